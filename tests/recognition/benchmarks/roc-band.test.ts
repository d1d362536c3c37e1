import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stream } from '../../../src/foundation/numbers/random.js';
import { outcomesOf } from '../../../src/plugins/recognition/benchmarks/outcomes.js';
import {
  evaluateMetrics,
  parseMetric,
  prepareScores,
} from '../../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { encodeScores, type ScoreSet } from '../../../src/plugins/recognition/benchmarks/verification/score-set.js';
import { rocBand } from '../../../src/plugins/recognition/kinds/benchmarks/roc-band.js';
import { measure } from '../../../src/report/measures/measurement.js';
import { Noise } from '../../../src/report/measures/noise.js';

const PERSONS = 100;

/** Scores of pairs of some persons, each of whom is easier or harder to tell from others. */
function drawn(seed: number): ScoreSet {
  const random = stream(seed, 'roc-band');
  const spread = (): number => 0.5 * random.normal();
  const ease = Array.from({ length: PERSONS }, () => 0.5 * spread());
  const n = 1000;
  const first = Int32Array.from({ length: n }, (_, i) => i % PERSONS);
  const genuine = Uint8Array.from({ length: n }, (_, i) => Number(i < n / 2));
  const second = first.map((person, i) => (genuine[i] === 1 ? person : (person + 1 + (i % 7)) % PERSONS));
  const score = Float64Array.from(first, (person, i) => (genuine[i] === 1 ? 0.8 : 0) + ease[person]! + spread());
  const fold = first.map((person) => person % 10);
  const pair = Int32Array.from({ length: n }, (_, i) => i);
  return {
    benchmark: 'b',
    protocol: 'folds',
    score,
    genuine,
    fold,
    first: pair,
    second: pair,
    persons: { first, second },
  };
}

describe('the band about a ROC curve', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'fx-band-'))));
  after(() => rmSync(folder, { recursive: true }));
  const bandOf = (scores: ScoreSet): ReturnType<typeof rocBand> => {
    const path = join(folder, 'scores.safetensors');
    writeFileSync(path, encodeScores(scores));
    return rocBand(path);
  };

  it('is at each rate the interval that a report has of the true accept rate there', () => {
    const scores = drawn(1);
    const outcomes = outcomesOf(prepareScores(scores), [parseMetric('tar@far=0.25')!])!;
    const { value } = outcomes.metrics[0]!;
    const source = { stage: 's', key: 'k', metric: 'tar@far=0.25', value, outcomes: 'digest' };
    const { interval } = measure([source], new Noise(() => outcomes));
    const [, low, high] = bandOf(scores)!.find(([far]) => far === 0.25)!;
    assert.deepEqual({ low, high }, interval);
    assert.ok(low < value && value < high);
  });

  it('holds the curve of other persons about as often as it says', () => {
    const metrics = [0.01, 0.04, 0.25].map((far) => parseMetric(`tar@far=${far}`)!);
    const draws = Array.from({ length: 60 }, (_, i) => drawn(100 + i));
    const values = draws.map((scores) => evaluateMetrics(prepareScores(scores), metrics));
    const truth = metrics.map((_, m) => values.reduce((sum, each) => sum + each[m]!, 0) / values.length);
    let [held, all] = [0, 0];
    for (const scores of draws) {
      const band = bandOf(scores)!;
      for (const [m, far] of [0.01, 0.04, 0.25].entries()) {
        const [, low, high] = band.find(([at]) => Math.abs(at - far) < 1e-9)!;
        held += Number(low <= truth[m]! && truth[m]! <= high);
        all += 1;
      }
    }
    assert.ok(held / all > 0.88, `${held} of ${all}`);
  });

  it('is none where it is not known what varies together', () => {
    const { persons: _, ...scores } = drawn(2);
    assert.equal(bandOf({ ...scores, protocol: 'splits' }), undefined);
  });
});
