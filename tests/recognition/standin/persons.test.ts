import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { loadEmbeddedModel } from '../../../src/plugins/recognition/faces/model/embedded.js';
import { drawCasia } from '../../../src/plugins/recognition/standin/casia.js';
import {
  AS_MADE,
  drawConditions,
  multiPieConditions,
} from '../../../src/plugins/recognition/standin/photograph/characters.js';
import { POPULATIONS, type Population } from '../../../src/plugins/recognition/standin/person/person.js';
import { personOf, studioFor } from '../../../src/plugins/recognition/standin/world.js';
import { digest, digests, inFolder, SIZE, WORLD } from './world.js';

/** Root mean square over vertices, mm. */
function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt((3 * sum) / a.length);
}

describe('the persons of the stand-in world', () => {
  it('are others in every set', () => {
    const sets = Object.keys(POPULATIONS) as Population[];
    const persons = sets.flatMap((set) => [0, 1, 2].map((index) => personOf(WORLD, set, index)));
    assert.equal(new Set(persons.map(({ number }) => number)).size, persons.length);
    for (const [i, a] of persons.entries()) {
      for (const b of persons.slice(i + 1))
        assert.ok(difference(a.shape, b.shape) > 1.5, `${a.number} and ${b.number}`);
    }
    const starts = Object.values(POPULATIONS);
    assert.ok(starts.every((start, k) => k === 0 || start - starts[k - 1]! >= 1_000_000));
  });

  it('lie outside the span of the model that training faces come from', () => {
    const { shape } = loadEmbeddedModel();
    const size = shape.mean.length;
    for (const index of [0, 1, 2]) {
      const person = personOf(WORLD, 'casia', index);
      const rest = Float64Array.from(person.shape, (x, i) => x - shape.mean[i]!);
      const whole = Math.hypot(...rest);
      for (let k = 0; k < shape.components; k += 1) {
        let weight = 0;
        for (let i = 0; i < size; i += 1) weight += rest[i]! * shape.basis[k * size + i]!;
        for (let i = 0; i < size; i += 1) rest[i] = rest[i]! - weight * shape.basis[k * size + i]!;
      }
      const share = Math.hypot(...rest) / whole;
      assert.ok(share > 0.2, `only ${(100 * share).toFixed(0)}% of person ${index} is beyond the model`);
    }
  });

  it('are alike in shape where the world has no identity', () => {
    const world = { ...WORLD, difficulty: { ...AS_MADE, identity: 0 } };
    const [a, b] = [personOf(world, 'lfw', 0), personOf(world, 'lfw', 1)];
    assert.equal(difference(a.shape, b.shape), 0);
  });
});

/** Of pixels before compression: what `+ - * / sqrt` alone decide. */
const GOLDEN = [
  '84030a45716365fd2913ea0aa49f286b70e6945202f330ca47a390611223ae3a',
  '668fbbbd81f9e6d0b4a7c6b58f539c6f02ae95225c760d66ab47d6960377a3a6',
  'a69f365c954216decffbc75c5102eb73daaddc6e6e6c0decb8d4f6b8d26fe7c3',
];

describe('the pictures of the stand-in world', () => {
  it('are the same bits as ever', () => {
    const studio = studioFor(SIZE);
    const casia = personOf(WORLD, 'casia', 4);
    const ijba = personOf(WORLD, 'ijba', 2);
    const found = [
      digest(studio.take(casia, drawConditions('casia', WORLD.seed, casia, 1, AS_MADE)).pixels),
      digest(studio.take(ijba, drawConditions('ijba', WORLD.seed, ijba, 3, AS_MADE)).pixels),
      digest(studio.take(casia, multiPieConditions(WORLD.seed, casia, 45, 2, AS_MADE)).pixels),
    ];
    assert.deepEqual(found, GOLDEN);
  });

  it('do not depend on the thread', async () => {
    const person = personOf(WORLD, 'casia', 4);
    const here = digest(studioFor(SIZE).take(person, drawConditions('casia', WORLD.seed, person, 1, AS_MADE)).pixels);
    const base = new URL('../../../src/plugins/recognition/standin/', import.meta.url).href;
    const code = `
      const { parentPort } = require('node:worker_threads');
      Promise.all([import('${base}world.js'), import('${base}photograph/characters.js')]).then(([w, c]) => {
        const world = { seed: ${WORLD.seed}, difficulty: c.AS_MADE };
        w.studioFor(${SIZE}).take(w.personOf(world, 'lfw', 9), c.multiPieConditions(1, w.personOf(world, 'lfw', 9), 0, 1, c.AS_MADE));
        const person = w.personOf(world, 'casia', 4);
        parentPort.postMessage(w.studioFor(${SIZE}).take(person, c.drawConditions('casia', ${WORLD.seed}, person, 1, c.AS_MADE)).pixels);
      });`;
    const there = await new Promise<Uint8Array>((resolve, reject) => {
      const worker = new Worker(code, { eval: true, execArgv: [] });
      worker.once('message', resolve).once('error', reject);
    });
    assert.equal(digest(there), here);
  });

  it('do not depend on how persons are dealt to shards', async () => {
    const options = { world: WORLD, images: 2, size: SIZE };
    const whole = await inFolder(async (folder) => {
      await drawCasia(options, { begin: 0, end: 3 }, folder);
      return digests(folder);
    });
    const pieces = await inFolder(async (folder) => {
      await drawCasia(options, { begin: 2, end: 3 }, folder);
      await drawCasia(options, { begin: 0, end: 2 }, folder);
      return digests(folder);
    });
    assert.deepEqual(pieces, whole);
  });

  it('follow the world’s seed', () => {
    const take = (seed: number) => {
      const world = { ...WORLD, seed };
      const person = personOf(world, 'casia', 0);
      return digest(studioFor(SIZE).take(person, drawConditions('casia', seed, person, 1, AS_MADE)).pixels);
    };
    assert.equal(take(3), take(3));
    assert.notEqual(take(3), take(4));
  });
});
