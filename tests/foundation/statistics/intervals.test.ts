import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estimate, Measuring } from '../../../src/foundation/statistics/contrast.js';
import { subjectLayout, subjectVariance, sumBySubject } from '../../../src/foundation/statistics/dyadic.js';
import {
  encodeOutcomes,
  meanOutcome,
  PLAIN_WORDS,
  readOutcomes,
  type Outcomes,
} from '../../../src/foundation/statistics/outcomes.js';
import { normalQuantile, studentQuantile } from '../../../src/foundation/statistics/quantiles.js';
import { prepareScores } from '../../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { influenceOf } from '../../../src/plugins/recognition/benchmarks/influence.js';

interface Fixture {
  readonly student: readonly (readonly [number, number, number])[];
  readonly normal: readonly (readonly [number, number])[];
  readonly pairs: {
    readonly genuine: readonly number[];
    readonly first: readonly number[];
    readonly second: readonly number[];
    readonly scores: readonly (readonly number[])[];
    readonly influences: readonly (readonly number[])[];
    readonly alone: number;
    readonly three: number;
    readonly difference: number;
  };
}

const fixture = JSON.parse(readFileSync('tests/foundation/fixtures/intervals.json', 'utf8')) as Fixture;

function assertNear(actual: number, expected: number, what = ''): void {
  const size = Math.max(1e-3, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= 1e-9 * size, `${what}: ${actual} is not ${expected}`);
}

describe('quantiles are those of SciPy to 1e-9', () => {
  it('of Student’s distribution, for whole and broken degrees of freedom', () => {
    for (const [p, freedom, expected] of fixture.student)
      assertNear(studentQuantile(p, freedom), expected, `${p}, ${freedom}`);
  });

  it('of the normal distribution', () => {
    for (const [p, expected] of fixture.normal) assertNear(normalQuantile(p), expected, String(p));
    assertNear(studentQuantile(0.975, Infinity), normalQuantile(0.975));
  });
});

describe('the variance of pairs of persons', () => {
  const { genuine, first, second, scores, influences, alone, three, difference } = fixture.pairs;
  const subjects = Int32Array.from(first.flatMap((a, i) => [a, second[i]!]));
  const layout = subjectLayout(subjects);
  const sums = influences.map((each) => sumBySubject(layout, Float64Array.from(each)));
  const total = (parts: Float64Array): number => parts.reduce((a, b) => a + b, 0);

  it('is the sum over pairs with a person in common, as its definition in NumPy has it', () => {
    assertNear(total(subjectVariance(layout, [{ factor: 1, replicates: sums.slice(0, 1) }])), alone);
    assertNear(total(subjectVariance(layout, [{ factor: 1, replicates: sums.slice(0, 3) }])), three);
    const sides = [
      { factor: 1, replicates: sums.slice(0, 3) },
      { factor: -1, replicates: sums.slice(3) },
    ];
    assertNear(total(subjectVariance(layout, sides)), difference);
  });

  it('is of placements for the AUC (DeLong’s, in NumPy)', () => {
    scores.forEach((score, s) => {
      const prepared = prepareScores({
        benchmark: 'x',
        protocol: 'folds',
        score: Float64Array.from(score),
        genuine: Uint8Array.from(genuine),
        fold: new Int32Array(score.length),
        first: Int32Array.from(first),
        second: Int32Array.from(second),
      });
      influenceOf(prepared, { kind: 'auc' })!.forEach((each, i) => assertNear(each, influences[s]![i]!));
    });
  });

  it('is that of a mean of independent items where each is of its own subject, by Student’s t', () => {
    const of = (values: readonly number[]) => {
      const outcomes: Outcomes = {
        items: 'ten',
        subjects: Int32Array.from(values.flatMap((_, i) => [i, i])),
        words: PLAIN_WORDS,
        metrics: [meanOutcome('right', values)],
      };
      return estimate([{ factor: 1, replicates: [[new Measuring().measure(outcomes, outcomes.metrics[0]!)]] }]);
    };
    const rare = of([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    assertNear(rare.value, 0.1);
    assertNear(rare.standardError, Math.sqrt((0.1 * 0.9) / 9));
    // 2 V^2 / Var(V) with Var(s^2) = (m4 - m2^2) / n by the delta method: few persons have few degrees of freedom.
    const [n, m2, m4] = [10, 0.1 * 0.9, 0.1 * 0.9 * (1 - 3 * 0.1 * 0.9)];
    assertNear(rare.freedom, (2 * n * m2 ** 2) / (m4 - m2 ** 2));
    assertNear(rare.interval.high - 0.1, studentQuantile(0.975, rare.freedom) * rare.standardError);
    // By that method 26: what is as often so as otherwise seems to have a variance that is known.
    const even = of([0, 1, 1, 0, 1, 1, 1, 0, 1, 1]);
    assertNear(even.standardError, Math.sqrt((0.7 * 0.3) / 9));
    assertNear(even.freedom, 9);
  });

  it('is what a single replicate says of itself where its subjects add nothing, by Welch and Satterthwaite', () => {
    const measured = (variance: number, freedom: number) => {
      const outcomes: Outcomes = {
        items: 'four',
        subjects: Int32Array.from([0, 0, 1, 1, 2, 2, 3, 3]),
        words: PLAIN_WORDS,
        metrics: [{ name: 'x', value: 1, influence: new Float64Array(4), own: { variance, freedom }, notes: [] }],
      };
      return new Measuring().measure(outcomes, outcomes.metrics[0]!);
    };
    const alone = estimate([{ factor: 3, replicates: [[measured(0.04, 7)]] }]);
    assertNear(alone.standardError, 0.6);
    assertNear(alone.freedom, 7);
    const difference = estimate([
      { factor: 1, replicates: [[measured(0.04, 7)]] },
      { factor: -1, replicates: [[measured(0.09, 11)]] },
    ]);
    assertNear(difference.standardError ** 2, 0.13);
    assertNear(difference.freedom, 0.13 ** 2 / (0.04 ** 2 / 7 + 0.09 ** 2 / 11));
    const mean = estimate([{ factor: 1, replicates: [[measured(0.04, 7), measured(0.08, 11)]] }]);
    assertNear(mean.standardError ** 2, 0.03);
    assertNear(mean.freedom, 0.03 ** 2 / (0.01 ** 2 / 7 + 0.02 ** 2 / 11));
  });

  it('takes off what two models share, and adds what trainings vary', () => {
    const measuring = new Measuring();
    const outcomes = (value: number, influence: readonly number[]): Outcomes => ({
      items: 'same',
      subjects,
      words: PLAIN_WORDS,
      metrics: [{ name: 'auc', value, influence: Float64Array.from(influence), notes: [] }],
    });
    const measured = (value: number, influence: readonly number[]) => {
      const each = outcomes(value, influence);
      return [measuring.measure(each, each.metrics[0]!)];
    };
    const same = measured(0.8, influences[0]!);
    const self = estimate([
      { factor: 1, replicates: [same] },
      { factor: -1, replicates: [same] },
    ]);
    assert.deepEqual([self.value, self.standardError, self.variance.replicates], [0, 0, null]);
    const three = [0.7, 0.8, 0.9].map((value, i) => measured(value, influences[i]!));
    const { variance, freedom } = estimate([{ factor: 1, replicates: three }]);
    assertNear(variance.replicates!, 0.01 / 3);
    assert.ok(freedom >= 2 && variance.subjects > 0);
  });
});

describe('a file of outcomes', () => {
  it('comes back as it was written; what is not whole is refused with words', () => {
    const directory = mkdtempSync(join(tmpdir(), 'fx-outcomes-'));
    try {
      const path = join(directory, 'outcomes.safetensors');
      const outcomes: Outcomes = {
        items: 'a',
        subjects: Int32Array.of(0, 0, 0, 1),
        words: { subjects: 'persons', replicates: 'trainings' },
        metrics: [meanOutcome('right', [1, 0], { bounds: [0, 1], notes: ['few'] }), meanOutcome('cost', [3, 5])],
      };
      writeFileSync(path, encodeOutcomes(outcomes));
      const read = readOutcomes(path);
      assert.ok(read.ok);
      assert.deepEqual(read.value, outcomes);
      const broken = { ...outcomes, metrics: [{ ...outcomes.metrics[0]!, influence: Float64Array.of(NaN, 1) }] };
      writeFileSync(path, encodeOutcomes(broken));
      const refused = readOutcomes(path);
      assert.ok(!refused.ok && refused.error[0]!.message.includes('not a finite number'));
      for (const subjects of [Int32Array.of(-1, 0, 0, 1), Int32Array.of(0, 0, 0, -1)]) {
        writeFileSync(path, encodeOutcomes({ ...outcomes, subjects }));
        assert.ok(!readOutcomes(path).ok);
      }
      writeFileSync(path, 'nothing of the kind');
      assert.ok(!readOutcomes(path).ok);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
