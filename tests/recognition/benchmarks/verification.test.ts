import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { gridAccuracy } from '../../../src/plugins/recognition/benchmarks/threshold-grid.js';
import { quantileSorted, standardDeviation } from '../../../src/foundation/statistics/moments.js';
import { bootstrapMetrics } from '../../../src/plugins/recognition/benchmarks/bootstrap.js';
import { foldAccuracy } from '../../../src/plugins/recognition/benchmarks/verification/fold-accuracy.js';
import {
  evaluateMetrics,
  metricName,
  parseMetric,
  prepareScores,
} from '../../../src/plugins/recognition/benchmarks/verification/metrics.js';
import {
  areaUnderCurve,
  equalErrorRate,
  rankScores,
  rocCurve,
  trueAcceptRate,
} from '../../../src/plugins/recognition/benchmarks/verification/roc.js';
import { descending } from '../../../src/plugins/recognition/benchmarks/verification/ranking.js';
import {
  checkScores,
  encodeScores,
  readScores,
  type ScoreSet,
} from '../../../src/plugins/recognition/benchmarks/verification/score-set.js';

interface Case {
  name: string;
  score: number[];
  genuine: number[];
  fold: number[];
  roc: { far: number[]; tar: number[]; threshold: number[] };
  auc: number;
  eer: number;
  tar: Record<string, number>;
  accuracy: { mean: number; std: number; each: number[]; threshold: (number | null)[] };
  facenet: [number, number];
  openface: [number, number];
}

interface Fixture {
  cases: Case[];
  quantiles: { values: number[]; q: number[]; expected: number[] };
}

const fixture = JSON.parse(readFileSync('tests/recognition/benchmarks/fixtures/verification.json', 'utf8')) as Fixture;

function scoreSet(score: readonly number[], genuine: readonly number[], fold: readonly number[]): ScoreSet {
  const index = Int32Array.from(score, (_, i) => i);
  return {
    benchmark: 'lfw',
    protocol: 'folds',
    score: Float64Array.from(score),
    genuine: Uint8Array.from(genuine),
    fold: Int32Array.from(fold),
    first: index,
    second: index,
  };
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-12): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i += 1) {
    const same = Object.is(actual[i], expected[i]) || Math.abs(actual[i]! - expected[i]!) <= tolerance;
    assert.ok(same, `[${i}] ${actual[i]} is not ${expected[i]}`);
  }
}

describe('verification metrics agree with scikit-learn, SciPy and NumPy', () => {
  for (const c of fixture.cases) {
    it(`on ${c.name}`, () => {
      const scores = scoreSet(c.score, c.genuine, c.fold);
      const ranked = rankScores(scores.score, scores.genuine);
      const curve = rocCurve(ranked);
      assertNear(curve.far, c.roc.far);
      assertNear(curve.tar, c.roc.tar);
      assertNear(curve.threshold.subarray(1), c.roc.threshold);
      assertNear([areaUnderCurve(curve), equalErrorRate(curve)], [c.auc, c.eer], 1e-12);
      for (const [far, tar] of Object.entries(c.tar)) assert.equal(trueAcceptRate(curve, Number(far)), tar);
      const folds = foldAccuracy(ranked, scores.fold)!;
      assertNear([folds.mean, folds.std], [c.accuracy.mean, c.accuracy.std]);
      assertNear(folds.accuracy, c.accuracy.each);
      assertNear(
        folds.threshold.map((t) => (Number.isFinite(t) ? t : NaN)),
        c.accuracy.threshold.map((t) => t ?? NaN),
      );
      for (const rule of ['facenet', 'openface'] as const) {
        const grid = gridAccuracy(scores, rule);
        assertNear([grid.mean, grid.std], c[rule]);
      }
    });
  }

  it('on quantiles', () => {
    const { values, q, expected } = fixture.quantiles;
    const sorted = Float64Array.from(values).sort();
    assertNear(
      q.map((at) => quantileSorted(sorted, at)),
      expected,
    );
  });
});

describe('scores in descending order', () => {
  const number = fc.oneof(
    fc.constantFrom(-Infinity, -1, -0, 0, 5e-324, 1, Infinity),
    fc.double({ noNaN: true }),
    fc.double({ noNaN: true, min: -1, max: 1 }),
  );

  it('are those of a comparison of numbers, equal ones by index, among any of them', () => {
    const asked = fc.array(fc.tuple(number, fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(asked, fc.integer(), (drawn, turn) => {
        const score = Float64Array.from(drawn, ([value]) => value);
        const some = drawn.flatMap(([, isAmong], i) => (isAmong ? [i] : []));
        const among = Int32Array.from(turn % 2 === 0 ? some : some.reverse());
        const compare = (a: number, b: number): number => score[b]! - score[a]! || a - b;
        const all = Int32Array.from(score, (_, i) => i);
        assert.deepEqual(descending(score), all.sort(compare));
        assert.deepEqual(descending(score, among), among.slice().sort(compare));
      }),
    );
  });
});

describe('verification metrics', () => {
  const pair = fc.record({
    score: fc.constantFrom(-0.5, 0, 0.25, 0.5, 0.75),
    genuine: fc.boolean(),
    fold: fc.integer({ min: 0, max: 3 }),
  });
  const pairs = fc.array(pair, { minLength: 8, maxLength: 40 });

  it('do not depend on the order of pairs', () => {
    const metrics = ['accuracy', 'auc', 'eer', 'tar@far=0.1'].map((name) => parseMetric(name)!);
    const evaluate = (list: { score: number; genuine: boolean; fold: number }[]) => {
      const set = scoreSet(
        list.map((p) => p.score),
        list.map((p) => Number(p.genuine)),
        list.map((p) => p.fold),
      );
      return [...evaluateMetrics(prepareScores(set), metrics)];
    };
    fc.assert(fc.property(pairs, (list) => assertNear(evaluate(list), evaluate([...list].reverse()))));
  });

  it('count a pair of weight two as two pairs, and of weight none not at all', () => {
    const metrics = ['accuracy', 'auc', 'eer', 'tar@far=0.1'].map((name) => parseMetric(name)!);
    fc.assert(
      fc.property(
        pairs.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.array(fc.integer({ min: 0, max: 3 }), { minLength: list.length, maxLength: list.length }),
          ),
        ),
        ([list, weights]) => {
          const set = (rows: typeof list) =>
            scoreSet(
              rows.map((p) => p.score),
              rows.map((p) => Number(p.genuine)),
              rows.map((p) => p.fold),
            );
          const repeated = list.flatMap((p, i) => Array<typeof p>(weights[i]!).fill(p));
          const weighted = evaluateMetrics(prepareScores(set(list)), metrics, Uint32Array.from(weights));
          assertNear(weighted, evaluateMetrics(prepareScores(set(repeated)), metrics));
        },
      ),
    );
  });

  it('are written by names that read back, and other words are none', () => {
    for (const name of ['accuracy', 'auc', 'eer', 'tar@far=0.1', 'tar@far=0.001']) {
      assert.equal(metricName(parseMetric(name)!), name);
    }
    for (const name of ['tar', 'tar@far=2', 'tar@far=', 'f1']) assert.equal(parseMetric(name), undefined);
  });

  it('choose each threshold as the definition has it: every cut of the other folds tried, the middle one of the best', () => {
    const pair = fc.record({
      score: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.double({ min: 0, max: 8, noNaN: true })),
      genuine: fc.integer({ min: 0, max: 1 }),
      fold: fc.integer({ min: 0, max: 4 }),
      weight: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 30 }), (pairs) => {
        const ranked = rankScores(
          Float64Array.from(pairs, ({ score }) => score),
          Uint8Array.from(pairs, ({ genuine }) => genuine),
        );
        const found = foldAccuracy(
          ranked,
          Int32Array.from(pairs, ({ fold }) => fold),
          Uint32Array.from(pairs, ({ weight }) => weight),
        );
        found?.folds.forEach((left, i) => {
          const others = pairs.filter(({ fold, weight }) => fold !== left && weight > 0);
          const scores = [...new Set(others.map(({ score }) => score))].sort((a, b) => b - a);
          // A cut between two scores accepts the upper one alone; of neighbours in floating point it is the upper one.
          const between = scores.slice(1).map((low, j) => {
            const middle = low + (scores[j]! - low) / 2;
            return middle > low ? middle : scores[j]!;
          });
          const cuts = [Infinity, ...between, -Infinity];
          const rights = cuts.map((cut) =>
            others.reduce(
              (sum, { score, genuine, weight }) => sum + (score >= cut === (genuine === 1) ? weight : 0),
              0,
            ),
          );
          const best = cuts.filter((_, j) => rights[j] === Math.max(...rights));
          const chosen = found.threshold[i]!;
          const middle = best[(best.length - 1) >> 1]!;
          assert.equal(chosen, middle);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('have no accuracy where no other fold gives a threshold', () => {
    const ranked = rankScores(Float64Array.of(1, 0), Uint8Array.of(1, 0));
    assert.equal(foldAccuracy(ranked, Int32Array.of(0, 0)), undefined);
  });
});

describe('scores that cannot be summed up are refused', () => {
  const message = (set: ScoreSet) => {
    const checked = checkScores(set);
    return checked.ok ? '' : checked.error.map((d) => d.message).join('; ');
  };

  it('where one is not a number', () => {
    assert.match(message(scoreSet([1, NaN, 0, NaN], [1, 1, 0, 0], [0, 0, 0, 0])), /2 of 4 scores .* that of pair 2$/);
  });

  it('where one class is missing, in a split as well', () => {
    assert.match(message(scoreSet([1, 0], [1, 1], [0, 1])), /no impostor pair, so/);
    assert.match(message(scoreSet([1, 0], [0, 0], [0, 1])), /no genuine pair, so/);
    const splits = { ...scoreSet([1, 0, 1, 0], [1, 0, 1, 1], [0, 0, 1, 1]), protocol: 'splits' as const };
    assert.match(message(splits), /no impostor pair in split 2/);
    assert.match(message(scoreSet([], [], [])), /no pairs/);
    const refused = bootstrapMetrics([scoreSet([1, 0], [1, 1], [0, 1])], [{ kind: 'auc' }]);
    assert.ok(!refused.ok);
  });

  it('where two models are of different pairs', () => {
    const a = scoreSet([1, 0], [1, 0], [0, 1]);
    const refused = bootstrapMetrics([a, { ...a, first: Int32Array.of(1, 0) }], [{ kind: 'auc' }]);
    assert.ok(!refused.ok && refused.error[0]!.code === 'scores/different-pairs');
  });
});

describe('a file of scores', () => {
  it('comes back as it was written, and another file is refused', () => {
    const directory = mkdtempSync(join(tmpdir(), 'fx-scores-'));
    try {
      const persons = { first: Int32Array.of(0, 0), second: Int32Array.of(0, 1) };
      const set = { ...scoreSet([0.5, -0.25], [1, 0], [0, 1]), persons };
      const path = join(directory, 'scores.safetensors');
      writeFileSync(path, encodeScores(set));
      const read = readScores(path);
      assert.ok(read.ok);
      assert.deepEqual(read.value, set);
      writeFileSync(path, 'nothing of the kind');
      assert.ok(!readScores(path).ok);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('sums up spread as NumPy does', () => {
    assert.equal(standardDeviation([1, 2, 3, 4]), Math.sqrt(1.25));
    assert.equal(standardDeviation([1, 2, 3, 4], 1), Math.sqrt(5 / 3));
  });
});
