import { stream } from '../../../src/foundation/numbers/random.js';
import { meanOutcome, type Outcomes } from '../../../src/foundation/statistics/outcomes.js';
import { outcomesOf } from '../../../src/plugins/recognition/benchmarks/outcomes.js';
import { prepareScores } from '../../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { combine, type Term } from '../../../src/report/measures/measurement.js';
import { Noise } from '../../../src/report/measures/noise.js';
import type { MetricSource } from '../../../src/report/report.js';
import { NOISE } from './coverage.js';
import { drawWorld } from './world.js';

/**
 * The mean over two columns of different items, whose subjects are in part the same: how often its interval, by the report's own
 * code, holds the truth where the columns say who their subjects are, and where they do not.
 *
 * - `items`: numbers of items of one subject each
 * - `couples`: numbers of items of two subjects each
 * - `pairs`: Multi-PIE's protocol at `mini`, on photographs and pairs of each column's own
 */
export type Design = 'items' | 'couples' | 'pairs';
export const DESIGNS: readonly Design[] = ['items', 'couples', 'pairs'];

export const SHARES = [0, 0.5, 1] as const;
const TRAININGS = [1, 3] as const;
const SUBJECTS = 60;
/** Trainings differ by so much that accuracies do by 0.01 to 0.02. */
const SPREAD = 0.06;

interface Held {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What was drawn of one mean, or of one difference of means: plain, so that a proof can be kept and gone on with. */
export interface SharedCell {
  readonly design: Design;
  readonly metric: string;
  /** Of a column's subjects, those that are in the other, too. */
  readonly share: number;
  readonly of: 'one' | 'difference';
  /** 1: persons alone, all trainings being equally skilled. */
  readonly trainings: number;
  /** Where the columns name their subjects, and where they do not. */
  readonly named: Held[];
  readonly nameless: Held[];
}

/** [network][training]; training 0 has the expected skill. */
type Column = readonly (readonly Outcomes[])[];

/** Draws worlds `first` and on, and adds what is found in them to `cells`. */
export function drawShared(
  design: Design,
  { first, worlds }: { readonly first: number; readonly worlds: number },
  cells: SharedCell[] = [],
): SharedCell[] {
  for (let world = first; world < first + worlds; world += 1)
    for (const share of SHARES) {
      const columns = [0, 1].map((number) => drawColumn(design, world, number, share));
      for (const [m, { name: metric }] of columns[0]![0]![0]!.metrics.entries())
        for (const of of ['one', 'difference'] as const)
          for (const trainings of TRAININGS) {
            const is = { design, metric, share, of, trainings };
            let cell = cells.find((each) =>
              Object.entries(is).every(([key, value]) => each[key as keyof typeof is] === value),
            );
            if (cell === undefined) cells.push((cell = { ...is, named: [], nameless: [] }));
            cell.named.push(intervalOf(columns, m, is));
            cell.nameless.push(intervalOf(columns.map(withoutNames), m, is));
          }
    }
  return cells;
}

export function heldIn(drawn: readonly Held[], design: Design): { readonly held: number; readonly width: number } {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const truth = design === 'pairs' ? mean(drawn.map(({ value }) => value)) : 0;
  return {
    held: mean(drawn.map(({ low, high }) => (low <= truth && truth <= high ? 1 : 0))),
    width: mean(drawn.map(({ low, high }) => high - low)),
  };
}

function intervalOf(
  columns: readonly Column[],
  m: number,
  { of, trainings }: Pick<SharedCell, 'of' | 'trainings'>,
): Held {
  const stored = new Map<string, Outcomes>();
  const term = (network: number, factor: number): Term => ({
    factor,
    tests: columns.map((column, c) =>
      (trainings === 1 ? [0] : Array.from({ length: trainings }, (_, t) => t + 1)).map((training): MetricSource => {
        const outcomes = column[network]![training]!;
        const { name: metric, value } = outcomes.metrics[m]!;
        const stage = `${network} ${c} ${training}`;
        stored.set(stage, outcomes);
        return { stage, key: stage, metric, value, outcomes: stage };
      }),
    ),
  });
  const terms = of === 'one' ? [term(0, 1)] : [term(0, 1), term(1, -1)];
  const { value, interval } = combine(terms, new Noise((digest) => stored.get(digest)));
  return { value: value!, ...interval! };
}

function withoutNames(column: Column): Column {
  return column.map((sets) => sets.map(({ names: _, ...outcomes }) => outcomes));
}

function drawColumn(design: Design, world: number, number: number, share: number): Column {
  const population = Math.round(SUBJECTS * (2 - share));
  const first = number * (population - SUBJECTS);
  const names = new Map(Array.from({ length: SUBJECTS }, (_, p) => [p, (first + p).toString(16).padStart(16, '0')]));
  if (design !== 'pairs')
    return numbers(design, world, { number, population, first }).map((sets) =>
      sets.map((each) => ({ ...each, names })),
    );
  const trainings = Math.max(...TRAININGS);
  const { sets } = drawWorld(
    {
      protocol: 'multipie',
      size: 'mini',
      trainings,
      noise: NOISE.multipie,
      spread: SPREAD,
      column: { number, population, first },
    },
    world,
  );
  return sets.map((each) =>
    each.map((scores) => outcomesOf(prepareScores({ ...scores, benchmark: String(number) }), METRICS, names)!),
  );
}

const METRICS = [{ kind: 'accuracy' }, { kind: 'tar', far: 0.1 }, { kind: 'auc' }] as const;

/** Of the effect of a subject, of what a network makes of it, and of what a training does; of an item, and of that in a training. */
const [SUBJECT, NETWORK, OPINION, SKILL, ITEM, NOISE_OF_ITEM] = [1, 0.7, 0.3, 0.1, 1, 0.5];

/** The mean of a normal number of each item, of which 0 is expected. */
function numbers(
  design: 'items' | 'couples',
  world: number,
  { number, population, first }: { readonly number: number; readonly population: number; readonly first: number },
): Column {
  const persons = stream(world, 'shared/subjects');
  const normals = (from: ReturnType<typeof stream>, count: number, deviation: number): readonly number[] =>
    Array.from({ length: count }, () => deviation * from.normal());
  const easy = normals(persons, population, SUBJECT);
  const items = stream(world, 'shared/items', number);
  const subjects: number[] = [];
  for (let p = 0; p < SUBJECTS; p += 1)
    for (let i = 0; i < 2 + items.integer(7); i += 1)
      subjects.push(p, design === 'items' ? p : items.integer(SUBJECTS));
  const n = subjects.length / 2;
  const hard = normals(items, n, ITEM);
  return [0, 1].map((network) => {
    const liked = normals(stream(world, 'shared/network', network), population, NETWORK);
    return Array.from({ length: Math.max(...TRAININGS) + 1 }, (_, training): Outcomes => {
      const draw = stream(world, 'shared/training', network, training);
      const skill = training === 0 ? 0 : SKILL * draw.normal();
      const opinion = normals(draw, population, OPINION);
      const own = stream(world, 'shared/noise', network, training, number);
      const of = (p: number): number => easy[first + p]! + liked[first + p]! + opinion[first + p]!;
      const values = Array.from({ length: n }, (_, i) => {
        const [a, b] = [subjects[2 * i]!, subjects[2 * i + 1]!];
        return skill + of(a) + (a === b ? 0 : of(b)) + hard[i]! + NOISE_OF_ITEM * own.normal();
      });
      return {
        items: `${number}`,
        subjects: Int32Array.from(subjects),
        words: { subjects: 'subjects', replicates: 'trainings' },
        metrics: [meanOutcome('mean', values)],
      };
    });
  });
}
