import assert from 'node:assert/strict';
import { Sighting } from '../../../src/engine/artifacts/external/sighting.js';

const stat = (n: number) => ({ size: 1000 + n, mtimeMs: 1.7e12 + n, ctimeMs: 1.7e12 + n, ino: n });

/** Files enough that what holds them grows twice. */
const COUNT = 50;

function sightingOf(change?: (n: number) => ReturnType<typeof stat>): Sighting {
  const sighting = new Sighting(1.8e12);
  for (let n = 0; n < COUNT; n += 1) sighting.add(`folder/${n}.png`, (change ?? stat)(n));
  return sighting;
}

describe('a look at the files of an external input', () => {
  it('knows each of its files again, and no other', () => {
    const sighting = sightingOf();
    for (let n = 0; n < COUNT; n += 1) {
      const [path, seen] = [`folder/${n}.png`, stat(n)];
      assert.ok(sighting.includes(path, seen), path);
      assert.ok(!sighting.includes(`folder/${n}.pn`, seen));
      for (const name of ['size', 'mtimeMs', 'ctimeMs', 'ino'] as const)
        assert.ok(!sighting.includes(path, { ...seen, [name]: seen[name] + 1 }), `${path}: ${name}`);
    }
    assert.ok(!new Sighting(0).includes('a', stat(1)));
  });

  it('equals another at the same files with the same status alone', () => {
    assert.ok(sightingOf().equals(sightingOf()));
    for (const changed of [0, 1, 20, COUNT - 1])
      assert.ok(
        !sightingOf().equals(sightingOf((n) => ({ ...stat(n), ctimeMs: stat(n).ctimeMs + (n === changed ? 1 : 0) }))),
      );
    const more = sightingOf();
    more.add('z', stat(COUNT));
    assert.ok(!sightingOf().equals(more) && !more.equals(sightingOf()));
  });

  it('calls a file racy that changed within a tick of the clock before, or since', () => {
    const sighting = new Sighting(1.8e12);
    const at = (mtimeMs: number, ctimeMs: number) => sighting.isRacy({ ...stat(0), mtimeMs, ctimeMs });
    assert.ok(!at(1.7e12, 1.7e12));
    for (const recent of [1.8e12 - 1, 1.8e12, 1.8e12 + 5000]) {
      assert.ok(at(recent, 1.7e12));
      assert.ok(at(1.7e12, recent));
    }
  });
});
