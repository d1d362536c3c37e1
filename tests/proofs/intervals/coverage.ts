import { estimate, Measuring, type Arm, type Measured } from '../../../src/foundation/statistics/contrast.js';
import { studentQuantile } from '../../../src/foundation/statistics/quantiles.js';
import { foldAccuracy } from '../../../src/plugins/recognition/benchmarks/verification/fold-accuracy.js';
import {
  metricName,
  prepareScores,
  type Metric,
  type PreparedScores,
} from '../../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { outcomesOf } from '../../../src/plugins/recognition/benchmarks/outcomes.js';
import { drawWorld, type Protocol, type Size, type WorldOptions } from './world.js';

/** How often an interval holds the truth, and how wide it is, in one kind of worlds. */
export interface Coverage {
  readonly protocol: Protocol;
  readonly size: Size;
  readonly metric: string;
  readonly of: 'one' | 'difference';
  /** 1: persons alone, all trainings being equally skilled. */
  readonly trainings: number;
  readonly worlds: number;
  readonly truth: number;
  /** Between worlds, of the number itself. */
  readonly deviation: number;
  /** Root of the mean squared standard error. */
  readonly error: number;
  /** Share of the worlds. */
  readonly held: number;
  readonly width: number;
  /** Student's t over person-disjoint folds: accuracy of one training alone. */
  readonly folds?: { readonly held: number; readonly width: number };
}

export const NOISE: Readonly<Record<Protocol, readonly number[]>> = {
  lfw: [0.75, 0.8],
  multipie: [1, 1.06],
  ijba: [1.6, 1.7],
};
/** Trainings differ by so much that accuracies do by 0.01 to 0.02. */
const SPREAD = 0.06;
const TRAININGS = [1, 3, 5];

interface Drawn {
  readonly value: number;
  readonly error: number;
  readonly low: number;
  readonly high: number;
}

export function metricsOf(protocol: Protocol): readonly Metric[] {
  return [
    ...(protocol === 'ijba' ? [] : [{ kind: 'accuracy' } as const]),
    { kind: 'tar', far: 0.1 },
    { kind: 'tar', far: 0.01 },
    { kind: 'auc' },
    { kind: 'eer' },
  ];
}

/** What was drawn of one metric, or of one difference: plain, so that a proof can be kept and gone on with. */
export interface Cell {
  readonly metric: string;
  readonly of: 'one' | 'difference';
  readonly trainings: number;
  readonly drawn: Drawn[];
  readonly folds: Drawn[];
}

export function coverageOf(protocol: Protocol, size: Size, worlds: number, first = 0): readonly Coverage[] {
  return drawCells(protocol, size, { first, worlds }).map((cell) => summarise(protocol, size, cell));
}

/** Draws worlds `first` and on, and adds what is found in them to `cells`. */
export function drawCells(
  protocol: Protocol,
  size: Size,
  { first, worlds }: { readonly first: number; readonly worlds: number },
  cells: Cell[] = [],
): Cell[] {
  const metrics = metricsOf(protocol);
  const options: WorldOptions = {
    protocol,
    size,
    trainings: Math.max(...TRAININGS),
    noise: NOISE[protocol],
    spread: SPREAD,
  };
  const cellOf = (metric: string, of: Cell['of'], trainings: number): Cell => {
    let cell = cells.find((each) => each.metric === metric && each.of === of && each.trainings === trainings);
    if (cell === undefined) cells.push((cell = { metric, of, trainings, drawn: [], folds: [] }));
    return cell;
  };
  for (let world = first; world < first + worlds; world += 1) {
    const measuring = new Measuring();
    const prepared = drawWorld(options, world).sets.map((sets) => sets.map(prepareScores));
    const measured = prepared.map((sets) =>
      sets.map((each) => {
        const outcomes = outcomesOf(each, metrics)!;
        return outcomes.metrics.map((metric) => measuring.measure(outcomes, metric));
      }),
    );
    metrics.forEach((metric, m) => {
      for (const trainings of TRAININGS) {
        const arm = (network: number, factor: number): Arm => ({
          factor,
          replicates: chosen(measured[network]!, trainings, m),
        });
        for (const of of ['one', 'difference'] as const) {
          const { value, standardError, interval } = estimate(of === 'one' ? [arm(0, 1)] : [arm(0, 1), arm(1, -1)]);
          const cell = cellOf(metricName(metric), of, trainings);
          cell.drawn.push({ value, error: standardError, ...interval });
          if (metric.kind === 'accuracy' && trainings === 1) {
            cell.folds.push(overFolds(of === 'one' ? [prepared[0]![0]!] : [prepared[0]![0]!, prepared[1]![0]!]));
          }
        }
      }
    });
  }
  return cells;
}

export function summarise(protocol: Protocol, size: Size, { metric, of, trainings, drawn, folds }: Cell): Coverage {
  const truth = mean(drawn.map(({ value }) => value));
  const summary = (all: readonly Drawn[]) => ({
    held: mean(all.map(({ low, high }) => (low <= truth && truth <= high ? 1 : 0))),
    width: mean(all.map(({ low, high }) => high - low)),
  });
  return {
    protocol,
    size,
    metric,
    of,
    trainings,
    worlds: drawn.length,
    truth,
    deviation: Math.sqrt(mean(drawn.map(({ value }) => (value - truth) ** 2))),
    error: Math.sqrt(mean(drawn.map(({ error }) => error ** 2))),
    ...summary(drawn),
    ...(folds.length === 0 ? {} : { folds: summary(folds) }),
  };
}

/** Training 0 where there is one: its skill is the expected one. */
function chosen(
  sets: readonly (readonly Measured[])[],
  trainings: number,
  m: number,
): readonly (readonly Measured[])[] {
  const some = trainings === 1 ? sets.slice(0, 1) : sets.slice(1, trainings + 1);
  return some.map((metrics) => [metrics[m]!]);
}

/** Of accuracy, or of a difference of accuracies, by folds. */
function overFolds(networks: readonly PreparedScores[]): Drawn {
  const each = networks.map(({ ranked, scores }) => foldAccuracy(ranked[0]!, scores.fold)!.accuracy);
  const values = [...each[0]!].map((value, f) => value - (each[1]?.[f] ?? 0));
  const value = mean(values);
  const error = Math.sqrt(mean(values.map((one) => (one - value) ** 2)) / (values.length - 1));
  const half = studentQuantile(0.975, values.length - 1) * error;
  return { value, error, low: value - half, high: value + half };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
