import assert from 'node:assert/strict';
import type { ComparisonPlan } from '../../src/engine/run/record.js';
import { stream } from '../../src/foundation/numbers/random.js';
import { meanOutcome, type MetricOutcome, type Outcomes } from '../../src/foundation/statistics/outcomes.js';
import { judgeClaims } from '../../src/report/claims/claims.js';
import { claimOn, smallRun, type Result } from './small-run.js';

/** Items of one or two of some persons. */
interface Set {
  readonly name: string;
  readonly subjects: readonly (readonly [number, number])[];
}

function setOf(name: string, first: number, last: number): Set {
  const draw = stream(last, name);
  const count = last - first;
  const pairs = Array.from({ length: 3 * count }, (_, i) => {
    const person = first + (i % count);
    return [person, i % 2 === 0 ? person : first + draw.integer(count)] as const;
  });
  return { name, subjects: pairs };
}

const who = (person: number): string => person.toString(16).padStart(16, '0');

/** As a benchmark writes them: persons by numbers of its own, and, if so, who those are. */
function outcomesOn({ name, subjects }: Set, metrics: readonly MetricOutcome[], isNamed: boolean): Outcomes {
  const persons = [...new Set(subjects.flat())].sort((a, b) => b - a);
  const numbers = new Map(persons.map((person, i) => [person, i]));
  return {
    items: name,
    subjects: Int32Array.from(subjects.flat(), (person) => numbers.get(person)!),
    ...(isNamed ? { names: new Map(persons.map((person, i) => [i, who(person)])) } : {}),
    words: { subjects: 'persons', replicates: 'trainings' },
    metrics,
  };
}

function measured(set: Set, seed: number, shift: number): MetricOutcome {
  const [shared, own] = [stream(1, 'persons'), stream(seed, set.name)];
  const effects = Array.from({ length: 90 }, () => shared.normal());
  return meanOutcome(
    'm',
    set.subjects.map(([a, b]) => shift + effects[a]! + (a === b ? 0 : effects[b]!) + 0.5 * own.normal()),
  );
}

const resultOf = (set: Set, metric: MetricOutcome, isNamed: boolean): Result => ({
  metrics: { m: metric.value },
  outcomes: outcomesOn(set, [metric], isNamed),
});

type Claim = readonly [string, ComparisonPlan['operator'], string | number];

/** The claim about the mean over the sets, a stage for each side and set, and three trainings. */
function onColumns(sets: readonly Set[], claim: Claim, named: readonly boolean[] = sets.map(() => true)) {
  const sides = { a: 0, b: 0.3 };
  const stages = Object.fromEntries(
    Object.entries(sides).flatMap(([side, shift], s) =>
      sets.map((set, c) => [
        `${side}${c}`,
        [1, 2, 3].map((seed) => resultOf(set, measured(set, 10 * s + seed, shift), named[c]!)),
      ]),
    ),
  );
  const plan = claimOn(
    stages,
    [`${claim[0]}0`, claim[1], typeof claim[2] === 'string' ? `${claim[2]}0` : claim[2]],
    sets.map(() => 'm'),
    'mean',
  );
  const operands = plan.operands.map((operand) => ({
    ...operand,
    cells: sets.map((_, c) => [1, 2, 3].map((r) => `${operand.label.slice(0, -1)}${c}[replicate=${r}]`)),
  }));
  const { run, noise } = smallRun(stages, [{ ...plan, operands }]);
  return judgeClaims(run.report as never, run, noise, new Map())[0]!.comparisons[0]!;
}

/** The same on one set with the items of all, of which the metric is the mean of the sets' means. */
function onOne(sets: readonly Set[], claim: Claim) {
  const whole: Set = { name: 'whole', subjects: sets.flatMap(({ subjects }) => subjects) };
  const results = (side: number, shift: number): readonly Result[] =>
    [1, 2, 3].map((seed) => {
      const each = sets.map((set) => measured(set, 10 * side + seed, shift));
      const influence = Float64Array.from(each.flatMap((one) => [...one.influence].map((x) => x / sets.length)));
      const value = each.reduce((sum, one) => sum + one.value, 0) / sets.length;
      return resultOf(whole, { name: 'm', value, influence, notes: [] }, false);
    });
  const stages = { a: results(0, 0), b: results(1, 0.3) };
  const { run, noise } = smallRun(stages, [claimOn(stages, claim, ['m'])]);
  return judgeClaims(run.report as never, run, noise, new Map())[0]!.comparisons[0]!;
}

function near(actual: { readonly interval: unknown }, expected: { readonly interval: unknown }): void {
  const [a, b] = [actual, expected].map(({ interval }) => interval as { low: number; high: number });
  const what = `${JSON.stringify(a)} against ${JSON.stringify(b)}`;
  assert.ok(Math.abs(a!.low - b!.low) < 1e-12 && Math.abs(a!.high - b!.high) < 1e-12, what);
}

const width = ({ interval }: { readonly interval: { low: number; high: number } | null }): number =>
  interval!.high - interval!.low;

const INDEPENDENT = 'columns of different items count as independent';
const LACKING = `${INDEPENDENT}: if these are of the same subjects, the interval is too narrow`;

describe('the mean of columns of different items that have persons in common', () => {
  const [left, right, apart] = [setOf('left', 0, 40), setOf('right', 20, 60), setOf('apart', 60, 90)];

  for (const claim of [
    ['a', '>', -1],
    ['a', '<', 'b'],
  ] as const)
    it(`has the interval of one set with the items of both: ${claim.join(' ')}`, () => {
      const columns = onColumns([left, right], claim);
      near(columns, onOne([left, right], claim));
      assert.ok(
        columns.notes.includes('20 of 60 persons are in several columns, and count once'),
        columns.notes.join(),
      );
      assert.ok(!columns.notes.some((note) => note.startsWith(INDEPENDENT)));
    });

  it('is that of independent ones where one column does not say who its persons are, which is said', () => {
    const claim = ['a', '>', -1] as const;
    const nameless = onColumns([left, right], claim, [false, false]);
    const half = onColumns([left, right], claim, [true, false]);
    assert.deepEqual([half.interval, half.notes], [nameless.interval, nameless.notes]);
    assert.ok(nameless.notes.includes(LACKING));
    assert.ok(width(onColumns([left, right], claim)) > 1.1 * width(nameless));
  });

  it('is that of independent ones where no person is in both, which is said in other words', () => {
    const claim = ['a', '<', 'b'] as const;
    const [named, nameless] = [
      [true, true],
      [false, false],
    ].map((each) => onColumns([left, apart], claim, each));
    assert.deepEqual(named!.interval, nameless!.interval);
    assert.deepEqual(named!.notes, [`${INDEPENDENT}: no two name the same persons`]);
  });

  it('leaves a third column independent that has none of these persons', () => {
    const claim = ['a', '>', -1] as const;
    const three = onColumns([left, apart, right], claim);
    assert.ok(three.notes.includes('20 of 90 persons are in several columns, and count once'));
    // The variances of independent parts add up, and each counts the subjects of its own: not those of one set of all.
    const ratio = width(three) / width(onOne([left, apart, right], claim));
    assert.ok(Math.abs(ratio - 1) > 1e-6 && Math.abs(ratio - 1) < 0.02, String(ratio));
  });

  it('counts one person once whichever way columns are tied: the first and the third by the second', () => {
    const claim = ['a', '<', 'b'] as const;
    const chain = [setOf('left', 0, 30), setOf('third', 50, 80), setOf('middle', 20, 60)];
    near(onColumns(chain, claim), onOne(chain, claim));
  });

  it('joins the same persons on columns of the same and of different items', () => {
    const claim = ['a', '<', 'b'] as const;
    near(onColumns([left, right, left, right], claim), onOne([left, right], claim));
  });
});
