import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BatchSampler } from '../../../src/plugins/recognition/learning/batches/sampler.js';
import { loadBackend, useBackend } from '../../../src/plugins/recognition/learning/engines/eager/backends.js';
import { tripletLoss, type TripletChoice } from '../../../src/plugins/recognition/learning/loss/triplet.js';
import type { Tensor2D, TensorFlow } from '../../../src/compiler/tensorflow.js';
import { stream } from '../../../src/foundation/numbers/random.js';

interface Triplet {
  readonly anchor: number;
  readonly positive: number;
  readonly negative: number;
}

interface Case {
  readonly points: readonly Float32Array[];
  readonly person: readonly number[];
  readonly pairs: readonly (readonly [number, number])[];
  readonly uniform: readonly number[];
}

const squared = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);

/** The triplets by their definitions, one at a time. */
function enumerate({ points, person, pairs, uniform }: Case, { choose, margin }: TripletChoice): Triplet[] {
  const d = (i: number, j: number): number => squared(points[i]!, points[j]!);
  const all = points.map((_, i) => i);
  if (choose === 'batch-hard') {
    return all.flatMap((anchor) => {
      const positives = all.filter((i) => i !== anchor && person[i] === person[anchor]);
      const negatives = all.filter((i) => person[i] !== person[anchor]);
      if (positives.length === 0 || negatives.length === 0) return [];
      const positive = positives.reduce((a, b) => (d(anchor, b) > d(anchor, a) ? b : a));
      return [{ anchor, positive, negative: negatives.reduce((a, b) => (d(anchor, b) < d(anchor, a) ? b : a)) }];
    });
  }
  return pairs.flatMap(([anchor, positive], k) => {
    const near = all.filter((i) => {
      const excess = d(anchor, i) - d(anchor, positive);
      return person[i] !== person[anchor] && excess < margin && (choose !== 'semi-hard' || excess > 0);
    });
    return near.length === 0 ? [] : [{ anchor, positive, negative: near[Math.floor(uniform[k]! * near.length)]! }];
  });
}

describe('triplet loss', () => {
  let tf: TensorFlow;
  before(async () => {
    const loaded = await loadBackend('wasm');
    assert.ok(loaded.ok);
    tf = loaded.value;
  });

  for (const choose of ['random-within-margin', 'semi-hard', 'batch-hard'] as const) {
    it(`${choose}: loss, count and gradient are those of the triplets taken one by one`, async () => {
      await useBackend(tf, 'wasm');
      const choice: TripletChoice = { choose, margin: 0.2 };
      const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 6 });
      fc.assert(
        fc.property(
          sizes,
          fc.integer({ min: 0, max: 1e6 }),
          fc.double({ min: 0.1, max: 2, noNaN: true }),
          (counts, seed, noise) => {
            fc.pre(counts.filter((n) => n > 1).length >= 2);
            const dimensions = 5;
            const random = stream(seed, 'test');
            const identity = Int32Array.from(counts.flatMap((n, p) => Array.from({ length: n }, () => p)));
            const sampler = BatchSampler.create(identity, { people: counts.length, images: 4, flip: false }, seed);
            assert.ok(sampler.ok);
            const plan = sampler.value.plan(0, 0);
            const n = sampler.value.shape.images;
            const points = Array.from({ length: n }, (_, i) => {
              const centre = stream(seed, 'person', plan.identity[i]!);
              const point = Float32Array.from({ length: dimensions }, () => centre.normal() + noise * random.normal());
              const length = Math.hypot(...point);
              return point.map((x) => x / length);
            });
            const pairs: [number, number][] = [];
            plan.pair.forEach((used, k) => used > 0 && pairs.push([plan.anchor[k]!, plan.positive[k]!]));
            const person = [...plan.identity];
            const triplets = enumerate({ points, person, pairs, uniform: [...plan.uniform] }, choice);

            const gradient = points.map(() => new Float64Array(dimensions));
            let loss = 0;
            let open = 0;
            for (const { anchor, positive, negative } of triplets) {
              const [a, p, q] = [points[anchor]!, points[positive]!, points[negative]!];
              const hinge = squared(a, p) - squared(a, q) + choice.margin;
              if (hinge <= 0) continue;
              open += 1;
              loss += hinge / triplets.length;
              for (let c = 0; c < dimensions; c += 1) {
                gradient[anchor]![c]! += (2 * (q[c]! - p[c]!)) / triplets.length;
                gradient[positive]![c]! -= (2 * (a[c]! - p[c]!)) / triplets.length;
                gradient[negative]![c]! += (2 * (a[c]! - q[c]!)) / triplets.length;
              }
            }

            tf.engine().startScope();
            const { identity: people, anchor, positive, pair, uniform } = plan;
            const inputs = { identity: people, anchor, positive, pair, uniform };
            const tensors = Object.fromEntries(Object.entries(inputs).map(([name, row]) => [name, tf.tensor1d(row)]));
            const x = tf.tensor2d(Float32Array.from(points.flatMap((point) => [...point])), [n, dimensions]);
            let selected = NaN;
            const { value, grad } = tf.valueAndGrad((embedding) => {
              const result = tripletLoss(tf, choice, embedding as Tensor2D, tensors as never);
              selected = result.metrics.selected.dataSync()[0]!;
              tf.dispose([result.metrics.selected, result.metrics.pairs, result.metrics.spread]);
              return result.loss;
            })(x);
            assert.equal(selected, open);
            assert.ok(Math.abs(value.dataSync()[0]! - loss) < 1e-5, `loss ${value.dataSync()[0]!}, not ${loss}`);
            const found = grad.dataSync();
            gradient.forEach((row, i) =>
              row.forEach((expected, c) => assert.ok(Math.abs(found[i * dimensions + c]! - expected) < 1e-5)),
            );
            tf.engine().endScope();
          },
        ),
        { numRuns: 60, seed: 7 },
      );
    });
  }

  it('is 0, with gradient 0, where no negative is within the margin', async () => {
    await useBackend(tf, 'wasm');
    tf.tidy(() => {
      const row = (...values: number[]) => tf.tensor1d(values);
      const inputs = {
        identity: row(0, 0, 1, 1),
        anchor: row(0, 2),
        positive: row(1, 3),
        pair: row(1, 1),
        uniform: row(0.5, 0.5),
      };
      const x = tf.tensor2d([1, 0, 1, 0, -1, 0, -1, 0], [4, 2]);
      const { value, grad } = tf.valueAndGrad((embedding) => {
        const { loss, metrics } = tripletLoss(
          tf,
          { choose: 'random-within-margin', margin: 0.2 },
          embedding as Tensor2D,
          inputs,
        );
        assert.equal(metrics.selected.dataSync()[0], 0);
        tf.dispose([metrics.selected, metrics.pairs, metrics.spread]);
        return loss;
      })(x);
      assert.equal(value.dataSync()[0], 0);
      assert.ok(grad.dataSync().every((g) => g === 0));
    });
  });
});
