import assert from 'node:assert/strict';
import { prepareScores } from '../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { bootstrapMetrics } from '../../src/plugins/recognition/benchmarks/bootstrap.js';
import { coverageOf } from './intervals/coverage.js';
import { drawWorld } from './intervals/world.js';

/** The short form of `npm run prove:coverage`. Worlds are drawn by number, so that what is found is the same every time. */
const WORLDS = 40;

describe('95 % intervals, in simulated worlds of known truth', function () {
  this.timeout(600_000);

  for (const protocol of ['multipie', 'ijba'] as const) {
    it(`hold the truth about as often as they say: ${protocol}`, () => {
      for (const { metric, of, trainings, held, error, deviation } of coverageOf(protocol, 'mini', WORLDS)) {
        const what = `${metric}, ${of}, ${trainings}: ${held}, ${error / deviation}`;
        // 95 % less three standard errors of so few worlds.
        assert.ok(held >= 0.85, what);
        assert.ok(error / deviation > 0.7 && error / deviation < 1.5, what);
      }
    });
  }

  it('go by the folds where it is not known whom pairs show', () => {
    const options = { protocol: 'multipie', size: 'mini', trainings: 1, noise: [1], spread: 0 } as const;
    const found = Array.from({ length: WORLDS }, (_, world) => {
      const { persons: _persons, ...scores } = drawWorld(options, world).sets[0]![0]!;
      const estimates = bootstrapMetrics([scores], [{ kind: 'accuracy' }]);
      assert.ok(estimates.ok);
      assert.equal(prepareScores(scores).scores.persons, undefined);
      return estimates.value[0]!;
    });
    const truth = found.reduce((sum, { value }) => sum + value, 0) / WORLDS;
    const held = found.filter(({ interval: { low, high } }) => low <= truth && truth <= high).length;
    assert.ok(held / WORLDS >= 0.85, String(held / WORLDS));
  });
});
