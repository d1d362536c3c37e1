import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalDigest, canonicalText } from '../../../src/foundation/values/canonical.js';

describe('the canonical form', () => {
  it('has the digests that are frozen here, since keys rest on them', () => {
    // The encoding that canonical.ts states, written out here.
    const frozen: readonly (readonly [unknown, string])[] = [
      [null, sha256('string:4:null')],
      [true, sha256('string:4:true')],
      [35, sha256('string:2:35')],
      [1e21, sha256('string:5:1e+21')],
      ['35°', sha256('string:5:"35°"')],
      [[1, 'a'], sha256('string:7:[1,"a"]')],
      [{ b: 1, a: [] }, sha256('string:14:{"a":[],"b":1}')],
    ];
    for (const [value, digest] of frozen) assert.equal(canonicalDigest(value), digest);
    const preimage = { kind: 'faces/generate', parameters: { yaw: [-35, 35], seed: 1 }, format: 1 };
    assert.equal(canonicalDigest(preimage), GOLDEN);
  });

  it('does not see the order of keys, sharing, or the sign of zero', () => {
    const shared = { x: 1 };
    assert.equal(canonicalDigest({ a: shared, b: shared }), canonicalDigest({ b: { x: 1 }, a: { x: 1 } }));
    assert.equal(canonicalDigest([-0]), canonicalDigest([0]));
    assert.equal(canonicalText({ z: 1, B: -0, a: [true, null] }), '{"B":0,"a":[true,null],"z":1}');
  });

  it('orders keys by code unit, not by locale or code point', () => {
    assert.equal(
      canonicalText({ '\u{1f600}': 1, '\uffff': 2, ä: 3, a: 4, Z: 5 }),
      '{"Z":5,"a":4,"ä":3,"😀":1,"\uffff":2}',
    );
  });

  it('orders keys that look like numbers as the text that they are', () => {
    assert.equal(canonicalText({ 10: 'x', 9: 'y', a: 'z' }), '{"10":"x","9":"y","a":"z"}');
  });

  it('sees everything else', () => {
    const values = [
      '\ud800',
      '\udc00',
      '\ufffd',
      null,
      false,
      0,
      '',
      '0',
      [],
      {},
      [[]],
      [0],
      [0, 0],
      { a: 0 },
      { a: '0' },
      { a: null },
      ['a', 0],
      [1, 23],
      [12, 3],
    ];
    assert.equal(new Set(values.map(canonicalDigest)).size, values.length);
  });

  it('counts a key named __proto__ like any other', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":2}');
    assert.equal(canonicalText(value), '{"__proto__":{"a":1},"constructor":2}');
    assert.notEqual(canonicalDigest(value), canonicalDigest({ constructor: 2 }));
  });

  const refused: Readonly<Record<string, unknown>> = {
    undefined: { a: undefined },
    NaN: [NaN],
    infinity: -Infinity,
    'a hole': Array.from({ length: 2 })
      .map((_, i) => i)
      .concat(new Array<number>(1)),
    'a date': { finished: new Date(0) },
    'a map': new Map(),
    'a typed array': new Float32Array(1),
    'a big integer': 1n,
    'a function': () => 1,
    'a symbol as key': { [Symbol('a')]: 1 },
  };
  for (const [name, value] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.throws(() => canonicalDigest(value), TypeError));
  }

  it('refuses what contains itself, and says where', () => {
    const loop: Record<string, unknown> = {};
    loop.deep = [loop];
    assert.throws(() => canonicalDigest(loop), /\$\.deep\[0\] contains itself/);
  });

  it('of any JSON is read back as equal, and changes with any change', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (a, b) => {
        const again: unknown = JSON.parse(canonicalText(a));
        assert.equal(canonicalDigest(again), canonicalDigest(a));
        assert.equal(canonicalText(a) === canonicalText(b), canonicalDigest(a) === canonicalDigest(b));
      }),
      { numRuns: 200 },
    );
  });
});

const GOLDEN = '3b681b98f21740dd646d92e734bfe6fb2e6d2108a360c23a946790b99c35731c';

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
