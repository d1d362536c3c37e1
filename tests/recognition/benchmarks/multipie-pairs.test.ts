import assert from 'node:assert/strict';
import { drawPairs, PAPER_DRAW } from '../../../src/plugins/recognition/benchmarks/multipie-pairs.js';
import { imageList, type ImageList } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import {
  MULTIPIE_YAW,
  multiPieFile,
  parseMultiPieFile,
} from '../../../src/plugins/recognition/datasets/formats/multipie.js';
import { formatPairList, parsePairList } from '../../../src/plugins/recognition/datasets/formats/pairs.js';

/** Session one as the paper takes it: subjects x recordings x 13 cameras. */
function session(subjects: number, recordings: number): ImageList {
  const entries = [];
  for (let s = 1; s <= subjects; s += 1) {
    for (let recording = 1; recording <= recordings; recording += 1) {
      for (const camera of MULTIPIE_YAW.keys()) {
        const subject = String(s).padStart(3, '0');
        const name = multiPieFile({ subject, session: 1, recording, camera, shot: 7 });
        entries.push({ name, file: name, identity: subject });
      }
    }
  }
  const list = imageList('multipie', entries);
  assert.ok(list.ok);
  return list.value;
}

describe('Multi-PIE pairs by the LFW protocol', () => {
  const list = session(249, 2);
  const drawn = drawPairs(list.entries, PAPER_DRAW);
  assert.ok(drawn.ok);
  const { pairs } = drawn.value;
  const subject = (name: string) => parseMultiPieFile(name)!.subject;

  it('are 10 folds of 300 genuine and 300 impostor pairs, none twice', () => {
    assert.equal(pairs.length, 6000);
    for (let fold = 0; fold < 10; fold += 1) {
      for (const genuine of [true, false]) {
        assert.equal(pairs.filter((p) => p.fold === fold && p.genuine === genuine).length, 300);
      }
    }
    assert.equal(new Set(pairs.map(({ a, b }) => [a, b].sort().join('|'))).size, 6000);
    assert.ok(pairs.every(({ a, b, genuine }) => a !== b && (subject(a) === subject(b)) === genuine));
  });

  it('have no person in two folds', () => {
    const folds = new Map<string, number>();
    for (const { a, b, fold } of pairs) {
      for (const person of [subject(a), subject(b)]) {
        assert.equal(folds.get(person) ?? fold, fold);
        folds.set(person, fold);
      }
    }
    assert.ok(folds.size > 240);
  });

  it('show every yaw about equally often', () => {
    const counts = new Map<string, number>();
    for (const name of pairs.flatMap(({ a, b }) => [a, b])) {
      const { camera } = parseMultiPieFile(name)!;
      counts.set(camera, (counts.get(camera) ?? 0) + 1);
    }
    assert.equal(counts.size, 13);
    for (const count of counts.values()) assert.ok(Math.abs(count / (12000 / 13) - 1) < 0.15);
  });

  it('are the same for a seed, and can be published as text', () => {
    assert.deepEqual(drawPairs([...list.entries].reverse(), PAPER_DRAW), drawn);
    assert.notDeepEqual(drawPairs(list.entries, { ...PAPER_DRAW, seed: 1 }), drawn);
    const back = parsePairList(formatPairList(drawn.value, ['Multi-PIE, session 1']), 'multipie-pairs.txt');
    assert.deepEqual(back, drawn);
  });

  it('use up a small set to its last pair, and then say that it is too small', () => {
    // Two subjects of 13 images in one fold: 156 genuine pairs, 169 impostor pairs.
    const all = drawPairs(session(2, 1).entries, { seed: 1, folds: 1, perFold: 156 });
    assert.ok(all.ok && all.value.pairs.length === 312);
    const more = drawPairs(session(2, 1).entries, { seed: 1, folds: 1, perFold: 157 });
    assert.ok(!more.ok);
    assert.equal(more.error[0]!.message, 'fold 1 of 1 has 2 persons, enough for 156 genuine pairs of 157');
    const alone = drawPairs(session(1, 1).entries, { seed: 1, folds: 1, perFold: 10 });
    assert.ok(!alone.ok);
    assert.match(alone.error[0]!.message, /1 person, enough for 0 impostor pairs of 10/);
  });
});
