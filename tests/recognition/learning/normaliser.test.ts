import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Normaliser } from '../../../src/plugins/recognition/learning/embedding/normaliser.js';

/** Of NumPy and SciPy: scripts/fixtures/normaliser.py. */
interface Fixture {
  readonly persons: readonly number[];
  readonly dimensions: number;
  readonly reference: readonly number[];
  readonly tested: readonly number[];
  readonly cases: readonly { readonly within: boolean; readonly shrink: number; readonly cosines: number[][] }[];
}

const path = new URL('../../../../tests/recognition/learning/fixtures/normaliser.json', import.meta.url);
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;
const { dimensions: d } = fixture;

function normalised(persons: readonly number[], within: boolean, shrink: number): Float32Array {
  const normaliser = Normaliser.of(Float32Array.from(fixture.reference), persons, { within, shrink });
  assert.ok(normaliser.ok);
  const vectors = Float32Array.from(fixture.tested);
  normaliser.value.apply(vectors);
  return vectors;
}

const cosine = (vectors: Float32Array, i: number, j: number): number =>
  Array.from({ length: d }, (_, k) => vectors[i * d + k]! * vectors[j * d + k]!).reduce((sum, x) => sum + x, 0);

describe('normalised embeddings', () => {
  it('have the cosines that NumPy and SciPy find', () => {
    for (const { within, shrink, cosines } of fixture.cases) {
      const vectors = normalised(fixture.persons, within, shrink);
      cosines.forEach((row, i) =>
        row.forEach((expected, j) => {
          const found = cosine(vectors, i, j);
          assert.ok(Math.abs(found - expected) < 1e-5, `${within} ${shrink}: ${found} for ${expected}`);
        }),
      );
    }
  });

  it('are the same whatever the persons are called', () => {
    const renamed = fixture.persons.map((person) => 1000 - person);
    assert.deepEqual(normalised(renamed, true, 0.1), normalised(fixture.persons, true, 0.1));
  });

  it('need persons with two images that differ', () => {
    const alone = fixture.persons.map((_, i) => i);
    const none = Normaliser.of(Float32Array.from(fixture.reference), alone, { within: true, shrink: 0.1 });
    assert.ok(!none.ok && none.error[0]!.code === 'learning/too-few-identities');
    assert.ok(Normaliser.of(Float32Array.from(fixture.reference), alone, { within: false, shrink: 0.1 }).ok);
  });

  it('are 0 on the mean itself, and no number is made up', () => {
    const twice = Normaliser.of(Float32Array.of(1, 0, 0, 1), [0, 1], { within: false, shrink: 0 });
    assert.ok(twice.ok);
    const vectors = Float32Array.of(0.5, 0.5);
    twice.value.apply(vectors);
    assert.deepEqual([...vectors], [0, 0]);
  });

  it('leave out a direction in which nothing ever differs', () => {
    // The second person's two images differ in the first direction alone; nothing is added to the others.
    const normaliser = Normaliser.of(Float32Array.of(1, 0, 0, 1, 1, 0, 0.6, 0), [0, 1, 2, 2], {
      within: true,
      shrink: 0,
    });
    assert.ok(normaliser.ok);
    const vectors = Float32Array.of(0.3, 0.7, 0.8, 0.1);
    normaliser.value.apply(vectors);
    assert.ok(vectors.every(Number.isFinite));
  });
});
