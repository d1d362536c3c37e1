import assert from 'node:assert/strict';
import { cos, exp, ln, sin } from '../../../src/foundation/numbers/elementary.js';
import { fnv1a, philox4x32, stream } from '../../../src/foundation/numbers/random.js';

describe('randomness', () => {
  // Known answers of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds).
  const known: readonly (readonly [readonly number[], readonly number[], readonly number[]])[] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  for (const [counter, key, expected] of known) {
    it(`philox4x32-10 of ${counter[0]!.toString(16)} is the published answer`, () => {
      const out = new Uint32Array(4);
      philox4x32(counter[0]!, counter[1]!, counter[2]!, counter[3]!, key[0]!, key[1]!, out);
      assert.deepEqual([...out], expected);
    });
  }

  it('has the moments of its distributions', () => {
    const s = stream(1, 'test');
    const n = 100_000;
    let mean = 0;
    let square = 0;
    let uniform = 0;
    for (let i = 0; i < n; i += 1) {
      const x = s.normal();
      mean += x / n;
      square += (x * x) / n;
      uniform += s.uniform() / n;
    }
    assert.ok(Math.abs(mean) < 0.015);
    assert.ok(Math.abs(square - 1) < 0.02);
    assert.ok(Math.abs(uniform - 0.5) < 0.005);
  });

  it('draws whole numbers below a bound with equal chances, though it does not divide 2^32', () => {
    // Words taken modulo 3 * 2^30 without a limit would give half of all numbers below 2^30, not a third.
    const s = stream(5, 'test');
    const [n, third] = [3 * 2 ** 30, 2 ** 30];
    const counts = [0, 0, 0];
    for (let i = 0; i < 9000; i += 1) counts[Math.floor(s.integer(n) / third)]! += 1;
    for (const count of counts) assert.ok(Math.abs(count - 3000) < 5 * Math.sqrt(2000), counts.join());
    const dice = new Uint32Array(6);
    for (let i = 0; i < 6000; i += 1) dice[s.integer(6)]! += 1;
    for (const count of dice) assert.ok(Math.abs(count - 1000) < 150, dice.join());
    assert.equal(s.integer(1), 0);
  });

  it('shuffles arrays of any kind in the same way', () => {
    const items = Array.from({ length: 1000 }, (_, i) => i);
    const shuffled = stream(3, 'test').shuffle([...items]);
    assert.deepEqual([...stream(3, 'test').shuffle(Uint32Array.from(items))], shuffled);
    assert.deepEqual(stream(3, 'test').shuffle(items.map(String)), shuffled.map(String));
    assert.deepEqual(shuffled.toSorted((a, b) => a - b), items); // prettier-ignore
  });

  it('differs by seed, purpose and index, and by nothing else', () => {
    const first = (s: ReturnType<typeof stream>) => s.uniform();
    assert.equal(first(stream(7, 'pose', 3, 4)), first(stream(7, 'pose', 3, 4)));
    const seen = new Set([
      first(stream(7, 'pose', 3, 4)),
      first(stream(8, 'pose', 3, 4)),
      first(stream(7 + 2 ** 32, 'pose', 3, 4)),
      first(stream(7, 'light', 3, 4)),
      first(stream(7, 'pose', 4, 3)),
    ]);
    assert.equal(seen.size, 5);
  });
});

describe('elementary functions', () => {
  it('agree with the platform to a few ulp', () => {
    const s = stream(2, 'elementary');
    for (let i = 0; i < 20_000; i += 1) {
      const x = (s.uniform() - 0.5) * 200;
      close(sin(x), Math.sin(x), 1e-14);
      close(cos(x), Math.cos(x), 1e-14);
      close(exp(x) / Math.exp(x), 1, 1e-14);
      const positive = Math.exp(x);
      close(ln(positive), Math.log(positive), 1e-14 * Math.max(1, Math.abs(x)));
    }
    assert.equal(ln(1), 0);
    assert.equal(exp(0), 1);
    assert.equal(ln(0), -Infinity);
    assert.ok(Number.isNaN(ln(-1)));
  });
});

function close(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

describe('the hash of a text', () => {
  it('is FNV-1a as its authors publish it', () => {
    for (const [text, hash] of [
      ['', 0x811c9dc5],
      ['a', 0xe40c292c],
      ['b', 0xe70c2de5],
      ['foobar', 0xbf9cf968],
    ] as const)
      assert.equal(fnv1a(text), hash);
  });
});
