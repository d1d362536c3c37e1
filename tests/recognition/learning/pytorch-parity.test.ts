import assert from 'node:assert/strict';
import { loadBackend, useBackend } from '../../../src/plugins/recognition/learning/engines/eager/backends.js';
import { batchTensors, eagerEngine } from '../../../src/plugins/recognition/learning/engines/eager/engine.js';
import { recordedEngine } from '../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { foldBatchNormalisation } from '../../../src/plugins/recognition/learning/network/folding.js';
import { forwardTraining } from '../../../src/plugins/recognition/learning/network/forward.js';
import { stateEntries } from '../../../src/plugins/recognition/learning/step/recipe.js';
import { lossAndGradients } from '../../../src/plugins/recognition/learning/step/step.js';
import { firstStep, isIdle, median } from './first-step.js';
import { oracle, ORACLES, relativeError } from './oracle.js';

/**
 * Bounds: 1e-4 forward and 1e-3 for gradients, relative to the array's largest magnitude, against PyTorch in float64. The
 * steps of Adam, which makes a whole step of a gradient that is nothing but rounding, are compared by the way that weights
 * went: within 1%, or as near as PyTorch's own float32 run is to its float64 run.
 */
describe('agreement with PyTorch (tfjs:wasm)', function () {
  this.timeout(60_000);

  for (const name of ORACLES) {
    it(`${name}: forward, loss and every gradient`, async () => {
      const { network, fixture, recipe, shape, state, batch, scalars } = oracle(name);
      const loaded = await loadBackend('wasm');
      assert.ok(loaded.ok);
      const tf = loaded.value;
      await useBackend(tf, 'wasm');
      const before = tf.memory().numTensors;
      tf.engine().startScope();
      const tensors = Object.fromEntries(
        stateEntries(network, recipe).map((e) => [e.name, tf.tensor(state[e.name]!.slice(), [...e.shape])]),
      );
      const inputs = batchTensors(tf, network, shape, batch(0), scalars(0));

      const forward = forwardTraining(tf, network, tensors, inputs.images);
      const embeddingError = relativeError('embedding', forward.embedding.dataSync(), fixture.embedding);
      assert.ok(embeddingError < 1e-4, `embedding: ${embeddingError}`);

      const result = lossAndGradients(tf, network, recipe, tensors, inputs);
      assert.ok(Math.abs(result.loss.dataSync()[0]! / fixture.losses[0]! - 1) < 1e-4);
      assert.equal(result.metrics.selected.dataSync()[0], fixture.selected[0]);
      const names = Object.keys(result.gradients);
      assert.deepEqual(
        names.toSorted(),
        Object.keys(fixture.gradients)
          .filter((n) => !isIdle(n))
          .toSorted(),
      );
      const errors = names.map((n) => relativeError(n, result.gradients[n]!.dataSync(), fixture.gradients[n]!));
      assert.ok(Math.max(...errors) < 1e-3, `worst gradient: ${Math.max(...errors)}`);
      assert.ok(median(errors) < 1e-4, `median gradient: ${median(errors)}`);

      for (const { statistics } of [forward, result]) statistics.forEach((s) => tf.dispose([s.mean, s.variance]));
      tf.dispose([result.metrics.selected, result.metrics.pairs, result.metrics.spread]);
      tf.engine().endScope();
      assert.equal(tf.memory().numTensors, before, 'tensors left behind');
    });

    it(`${name}: three steps of Adam, running statistics, and inference after them`, async () => {
      const { network, fixture, recipe, shape, state, batch, scalars } = oracle(name);
      const engine = eagerEngine('wasm');
      const session = await engine.prepareTraining(network, recipe, shape, state);
      assert.ok(session.ok);
      for (const [step, loss] of fixture.losses.entries()) {
        const metrics = await session.value.step(batch(step), scalars(step));
        // A difference of squared distances, so its error is of their size and not of its own.
        const error = Math.abs(metrics.loss - loss) / recipe.triplets.margin;
        assert.ok(error < 1e-3, `loss of step ${step + 1}: ${metrics.loss}, not ${loss}`);
        assert.equal(metrics.selected, fixture.selected[step]);
      }
      const after = await session.value.state();
      await session.value.dispose();
      const compare = (isCompared: (entry: string) => boolean): { errors: number[]; own: number[] } => {
        const entries = Object.entries(fixture.weights).filter(([entry]) => !isIdle(entry) && isCompared(entry));
        return {
          errors: entries.map(([entry, summary]) => relativeError(entry, after[entry]!, summary) * summary.largest),
          own: entries.map(([, summary]) => summary.float32 * summary.largest),
        };
      };
      // A weight moves by about the rate at each step, whatever its gradient: it is the way that is compared.
      const way = fixture.losses.length * fixture.rate;
      const isStatistic = (entry: string): boolean => /\.(mean|variance)$/.test(entry);
      const weights = compare((entry) => !isStatistic(entry));
      assert.ok(
        Math.max(...weights.errors) < Math.max(1e-2 * way, ...weights.own),
        `worst: ${Math.max(...weights.errors)}`,
      );
      assert.ok(
        median(weights.errors) < Math.max(1e-2 * way, median(weights.own)),
        `median: ${median(weights.errors)}`,
      );
      const statistics = compare(isStatistic);
      assert.ok(Math.max(...statistics.errors) < 1e-4, `running statistics: ${Math.max(...statistics.errors)}`);
      const embedding = await engine.prepareEmbedding(network, foldBatchNormalisation(network, after));
      assert.ok(embedding.ok);
      const values = await embedding.value.embed(batch(0).images, shape.images);
      await embedding.value.dispose();
      const error = relativeError('inference', values, fixture.inference);
      assert.ok(error < 1e-4, `inference: ${error}`);
    });
  }
});

/** From the mean of Adam's first step, which is a tenth of the gradient. */
describe('agreement with PyTorch of what was recorded', function () {
  this.timeout(120_000);

  for (const engine of ['native', 'exact'] as const) {
    for (const name of ORACLES) {
      it(`${engine}, ${name}: loss and every gradient`, async () => {
        const found = await firstStep(recordedEngine(engine, { threads: 1 }), name);
        assert.ok(found.loss < 1e-4, `loss: ${found.loss}`);
        assert.equal(found.selected, found.fixture.selected[0]);
        assert.ok(found.worst < 1e-3, `worst gradient: ${found.worst}`);
        assert.ok(found.median < 1e-4, `median gradient: ${found.median}`);
      });
    }
  }
});
