import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { normalQuantile } from '../../../src/foundation/statistics/quantiles.js';
import { influenceOf } from '../../../src/plugins/recognition/benchmarks/influence.js';
import { thresholdSpread } from '../../../src/plugins/recognition/benchmarks/learnt-threshold.js';
import { outcomesOf } from '../../../src/plugins/recognition/benchmarks/outcomes.js';
import { parseMetric, prepareScores } from '../../../src/plugins/recognition/benchmarks/verification/metrics.js';
import type { Protocol, ScoreSet } from '../../../src/plugins/recognition/benchmarks/verification/score-set.js';

interface Fixture {
  readonly cases: readonly {
    readonly name: string;
    readonly score: readonly number[];
    readonly genuine: readonly number[];
    readonly fold: readonly number[];
    readonly influences: Readonly<Record<string, readonly number[]>>;
    readonly learnt: number;
  }[];
  readonly normal: { readonly n: number; readonly apart: number; readonly errors: Readonly<Record<string, number>> };
}

const fixture = JSON.parse(readFileSync('tests/recognition/benchmarks/fixtures/influences.json', 'utf8')) as Fixture;

function scoreSet(
  score: readonly number[],
  genuine: readonly number[],
  fold: readonly number[],
  protocol: Protocol = 'folds',
): ScoreSet {
  const index = Int32Array.from(score, (_, i) => i);
  return {
    benchmark: 'x',
    protocol,
    score: Float64Array.from(score),
    genuine: Uint8Array.from(genuine),
    fold: Int32Array.from(fold),
    first: index,
    second: index,
  };
}

function assertNear(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1e-3, Math.abs(expected)),
    `${what}: ${actual}, ${expected}`,
  );
}

/** Of few scores, so that many are tied, and mostly of one kind in some: the best threshold may accept none, or all. */
const pairs = fc
  .tuple(fc.integer({ min: 6, max: 30 }), fc.integer({ min: 1, max: 9 }))
  .chain(([n, one]) =>
    fc.array(
      fc.record({
        s: fc.integer({ min: 0, max: 7 }),
        g: fc.integer({ min: 1, max: 10 }).map((x) => (x > one ? 1 : 0)),
      }),
      { minLength: n, maxLength: n },
    ),
  )
  .filter((each) => each.some(({ g }) => g === 1) && each.some(({ g }) => g === 0));

describe('influences of pairs are those of the infinitesimal jackknife in NumPy, to 1e-9', () => {
  for (const { name, score, genuine, fold, influences, learnt } of fixture.cases) {
    for (const [metric, expected] of Object.entries(influences)) {
      it(`on ${metric}: ${name}`, () => {
        const found = influenceOf(prepareScores(scoreSet(score, genuine, fold)), parseMetric(metric)!)!;
        expected.forEach((each, i) => assertNear(found[i]!, each, `${metric}, pair ${i}`));
      });
    }

    it(`and what a learnt threshold adds: ${name}`, () => {
      const prepared = prepareScores(scoreSet(score, genuine, fold));
      assertNear(thresholdSpread(prepared.ranked[0]!, prepared.scores.fold)!.variance, learnt, name);
    });
  }

  it('and what a learnt threshold adds, by trying every threshold', () => {
    fc.assert(
      fc.property(pairs, (each) => {
        const score = each.map(({ s }) => s / 4);
        const genuine = each.map(({ g }) => g);
        const fold = each.map((_, i) => i % 3);
        const accuracies = [0, 1, 2].map((own) => {
          const gainAt = (cut: number, isOwn: boolean): number =>
            each.reduce((sum, { s, g }, i) => sum + ((fold[i] === own) === isOwn && s / 4 >= cut ? 2 * g - 1 : 0), 0);
          const of = score.filter((_, i) => fold[i] === own).sort((a, b) => b - a);
          const cuts = [Infinity, ...new Set(of)];
          const gains = cuts.map((cut) => gainAt(cut, true));
          const best = cuts.filter((_, i) => gains[i] === Math.max(...gains));
          const cut = best[(best.length - 1) >> 1]!;
          const others = each.filter((_, i) => fold[i] !== own);
          return others.filter(({ s, g }) => s / 4 >= cut === (g === 1)).length / others.length;
        });
        const mean = accuracies.reduce((a, b) => a + b) / 3;
        const variance = accuracies.reduce((sum, accuracy) => sum + (accuracy - mean) ** 2, 0) / 2;
        const { ranked, scores } = prepareScores(scoreSet(score, genuine, fold));
        const found = thresholdSpread(ranked[0]!, scores.fold)!;
        assert.equal(found.freedom, 2);
        assertNear(found.variance, (4.1 * variance) / 3 ** (4 / 3), 'variance');
      }),
      { numRuns: 500 },
    );
  });

  it('of splits: the mean of what each split alone gives', () => {
    const [a, b] = [fixture.cases[0]!, fixture.cases[1]!];
    const split = [...a.score.map(() => 0), ...b.score.map(() => 1)];
    const both = scoreSet([...a.score, ...b.score], [...a.genuine, ...b.genuine], split, 'splits');
    for (const metric of ['auc', 'eer', 'tar@far=0.1']) {
      const found = influenceOf(prepareScores(both), parseMetric(metric)!)!;
      const expected = [...a.influences[metric]!, ...b.influences[metric]!];
      expected.forEach((each, i) => assertNear(found[i]!, each / 2, `${metric}, pair ${i}`));
    }
  });
});

describe('the standard error of a TAR at a FAR', () => {
  it('is that of two normal classes (SciPy, Hsieh and Turnbull) within 5 %, of scores at their quantiles', () => {
    const { n, apart, errors } = fixture.normal;
    const at = Array.from({ length: n }, (_, i) => normalQuantile((i + 0.5) / n));
    const score = [...at, ...at.map((each) => each + apart)];
    const prepared = prepareScores(
      scoreSet(
        score,
        score.map((_, i) => Number(i >= n)),
        score.map(() => 0),
      ),
    );
    for (const [far, expected] of Object.entries(errors)) {
      const influence = influenceOf(prepared, { kind: 'tar', far: Number(far) })!;
      const error = Math.sqrt(influence.reduce((sum, each) => sum + each ** 2, 0));
      assert.ok(Math.abs(error / expected - 1) < 0.05, `${far}: ${error}, ${expected}`);
    }
  });
});

describe('the subjects of pairs', () => {
  const { score, genuine, fold } = fixture.cases[0]!;
  const plain = scoreSet(score, genuine, fold);
  const subjectsOf = (set: ScoreSet): readonly number[] => [
    ...outcomesOf(prepareScores(set), [parseMetric('auc')!])!.subjects,
  ];

  it('are the persons of both images where they are known, else the folds', () => {
    const first = Int32Array.from(score, (_, i) => 7 + i);
    const second = Int32Array.from(score, (_, i) => 3 + 2 * i);
    assert.deepEqual(
      subjectsOf({ ...plain, persons: { first, second } }),
      score.flatMap((_, i) => [7 + i, 3 + 2 * i]),
    );
    const later = Int32Array.from(fold, (each) => each + 5);
    assert.deepEqual(
      subjectsOf({ ...plain, fold: later }),
      [...later].flatMap((each) => [each, each]),
    );
  });
});

describe('what a number of pairs cannot say is noted', () => {
  const notes = (set: ScoreSet, metric: string): readonly string[] =>
    outcomesOf(prepareScores({ ...set, persons: { first: set.first, second: set.second } }), [parseMetric(metric)!])!
      .metrics[0]!.notes;
  const n = 200;
  const score = Array.from({ length: n }, (_, i) => i / n + (i % 2) / 3);
  const genuine = score.map((_, i) => i % 2);
  const fold = score.map((_, i) => i % 4);
  const plain = scoreSet(score, genuine, fold);

  it('a FAR below one in the impostors, and few of them at the threshold', () => {
    assert.match(
      notes(plain, 'tar@far=0.009').join(),
      /^FAR 0.009 is below 1\/100 \(impostor pairs\): this is the TAR without any false accept/,
    );
    assert.match(notes(plain, 'tar@far=0.04').join(), /^the threshold rests on 4 of 100 impostor pairs$/);
    assert.deepEqual(notes(plain, 'tar@far=0.05'), []);
  });

  it('many pairs of one score at the threshold of a TAR and of an EER', () => {
    assert.deepEqual(notes(plain, 'eer'), []);
    const coarse = scoreSet(
      score.map((each) => Math.round(2 * each) / 2),
      genuine,
      fold,
    );
    for (const metric of ['eer', 'tar@far=0.1'])
      assert.match(notes(coarse, metric).join(), /^\d+ pairs are tied at the threshold/, metric);
    assert.deepEqual(notes(coarse, 'auc'), []);
  });

  it('from more than one pair in a hundred on', () => {
    const tied = (pairs: number, several: number): readonly string[] => {
      // Scores fall, impostors and genuine pairs in turn; those after the threshold of 10 % of the impostors are made one.
      const next = Math.round(0.1 * pairs) + 1;
      const at = Array.from({ length: pairs }, (_, i) => (i >= next && i < next + several ? next : i));
      const set = scoreSet(
        at.map((i) => -i),
        at.map((_, i) => (i + 1) % 2),
        at.map((_, i) => i % 4),
      );
      return notes(set, 'tar@far=0.1').filter((note) => note.includes('tied'));
    };
    const [two, three] = [2, 3].map((n) => `${n} pairs are tied at the threshold: the accept rate jumps there`);
    assert.deepEqual(tied(100, 1), []);
    assert.deepEqual(tied(100, 2), [two]);
    assert.deepEqual(tied(200, 2), []);
    assert.deepEqual(tied(200, 3), [three]);
  });
});
