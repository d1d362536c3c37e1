import type { Outcomes } from '../../foundation/statistics/outcomes.js';
import { normalQuantile } from '../../foundation/statistics/quantiles.js';
import { standardDeviation } from '../../foundation/statistics/moments.js';
import { chanceOfAlike } from '../measures/alike.js';
import { around, compare, type Measurement } from '../measures/measurement.js';
import { Noise } from '../measures/noise.js';
import { effectDigits } from '../tables/printing.js';
import { bestOf, type Cell, type Column, type Interval, type Report, type Table } from '../report.js';

/** A number of a table that is another one. */
export interface CellChange {
  readonly table: string;
  readonly row: string;
  readonly column: string;
  readonly before: number | null;
  readonly after: number | null;
  /** `after - before`. */
  readonly difference: number | null;
  /** 95 %, of the difference. */
  readonly interval: Interval | null;
  /** Digits after the point with which these are printed, where they are more than three. */
  readonly digits?: number;
  readonly method: string;
  readonly verdict: CellVerdict;
  /** Of which stages it is in each, where these are others though both reports have them all: the row or the column means something else. */
  readonly of?: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/**
 * - `better`, `worse`: moved by more than its noise; `moved` where the table has no better; which is better is of the column
 * - `within noise`: the interval of the difference contains zero
 * - `noise unknown`: one value each and no scores, or so few values that are all alike
 * - `not comparable`: of another metric, or one on data that a notice is of and one not
 * - `new`, `gone`: in one of the reports alone
 */
export type CellVerdict =
  'better' | 'worse' | 'moved' | 'within noise' | 'noise unknown' | 'not comparable' | 'new' | 'gone';

interface Pair {
  readonly table: Table;
  readonly row: string;
  readonly column: Column;
  readonly before: Place | undefined;
  readonly after: Place | undefined;
}

interface Place {
  readonly table: Table;
  readonly column: Column;
  readonly cell: Cell;
}

/**
 * Numbers that differ, matched by table and labels. The noise of a difference comes from the outcomes of both, where they are
 * at hand, as that of a claim does; else from the two errors (of a report of before: intervals), as if they were independent.
 */
export function changedCells(
  before: Report,
  after: Report,
  outcomes: (digest: string, metric: string) => Outcomes | undefined = () => undefined,
): readonly CellChange[] {
  const noise = new Noise(outcomes);
  const [olds, news] = [stagesOf(before.stages), stagesOf(after.stages)];
  const shared = new Set([...olds].filter((id) => news.has(id)));
  return matched(before, after)
    .filter(differs)
    .map((pair) => ({ ...changeOf(pair, noise), ...ofOthers(pair, shared) }));
}

/** Stages by id, replicates of one together. */
function stagesOf(stages: readonly { readonly id: string }[]): Set<string> {
  return new Set(
    stages.map(({ id }) =>
      id
        .replace(/,?replicate=\d+(?=[,\]])/, '')
        .replace('[,', '[')
        .replace('[]', ''),
    ),
  );
}

/** @param shared the stages that both reports have */
function ofOthers({ before, after }: Pair, shared: ReadonlySet<string>): Pick<CellChange, 'of'> {
  if (before === undefined || after === undefined) return {};
  const [old, now] = [before, after].map(({ cell }) => stagesOf(cell.sources.map(({ stage }) => ({ id: stage })))) as [
    Set<string>,
    Set<string>,
  ];
  const all = [...old, ...now];
  if (old.size === 0 || now.size === 0 || !all.every((id) => shared.has(id))) return {};
  return all.every((id) => old.has(id) && now.has(id)) ? {} : { of: { before: [...old], after: [...now] } };
}

function matched(before: Report, after: Report): readonly Pair[] {
  const pairs: Pair[] = [];
  const add = (report: Report, isNew: boolean): void => {
    for (const table of report.tables)
      for (const row of table.rows)
        table.columns.forEach((column) => {
          const other = find(isNew ? before : after, table.id, row.label, column.label);
          const own = find(report, table.id, row.label, column.label);
          if (isNew) pairs.push({ table, row: row.label, column, before: other, after: own });
          else if (other === undefined) pairs.push({ table, row: row.label, column, before: own, after: undefined });
        });
  };
  add(after, true);
  add(before, false);
  return pairs;
}

function find(report: Report, id: string, row: string, label: string): Place | undefined {
  const table = report.tables.find((each) => each.id === id);
  const at = table?.columns.findIndex((column) => column.label === label) ?? -1;
  const cell = table?.rows.find((each) => each.label === row)?.cells[at];
  return table === undefined || cell === undefined ? undefined : { table, column: table.columns[at]!, cell };
}

function differs({ before, after }: Pair): boolean {
  const sameColumn =
    before?.column.metric === after?.column.metric && isNoticed(before?.table) === isNoticed(after?.table);
  return !(sameColumn && (before?.cell.value ?? null) === (after?.cell.value ?? null));
}

function changeOf({ table, row, column, before, after }: Pair, noise: Noise): CellChange {
  const tables = [before, after].flatMap((place) => (place === undefined ? [] : [place.table]));
  const named = { table: table.id, row, column: column.label, ...effectDigits(tables) };
  const [old, now] = [before?.cell.value ?? null, after?.cell.value ?? null];
  const alone = (verdict: CellVerdict): CellChange => {
    return { ...named, before: old, after: now, difference: null, interval: null, method: '', verdict };
  };
  if (before === undefined || old === null) return alone('new');
  if (after === undefined || now === null) return alone('gone');
  if (before.column.metric !== after.column.metric || isNoticed(before.table) !== isNoticed(after.table)) {
    return alone('not comparable');
  }
  const { interval, method } = noiseOf(before.cell, after.cell, now - old, noise);
  return {
    ...named,
    before: old,
    after: now,
    difference: now - old,
    interval,
    method,
    verdict: verdictOf(interval, bestOf(after.table, after.column)),
  };
}

function noiseOf(
  before: Cell,
  after: Cell,
  difference: number,
  noise: Noise,
): { interval: Interval | null; method: string } {
  const compared = compare(after.sources, before.sources, noise);
  if (isAlikeByChance(compared)) return { interval: null, method: 'each side gave one number alone' };
  const hasOutcomes = compared.noise !== null && compared.noise.counts.subjects > 0;
  if (hasOutcomes) return withOneSidesReplicates(compared, before, after, difference);
  const [old, now] = [errorOf(before), errorOf(after)];
  if (old === undefined || now === undefined) return compared;
  const error = Math.hypot(old.error, now.error);
  const freedom = error ** 4 / (old.error ** 4 / old.freedom + now.error ** 4 / now.freedom);
  const interval = around(difference, error, Number.isNaN(freedom) ? Infinity : freedom);
  return { interval, method: 'the errors of both, assumed independent' };
}

/** Nothing was seen to vary, and of so few that this says little: a claim would not be decided by it. */
function isAlikeByChance({ interval, noise }: Measurement): boolean {
  return noise?.error === 0 && interval?.low === interval?.high && chanceOfAlike(noise.counts) > 0.025;
}

/**
 * Where one side is a single replicate, and the other several: the single one is taken to vary as they do. Of one replicate each,
 * nothing is known of that, and the interval holds subjects alone.
 */
function withOneSidesReplicates(
  compared: Measurement,
  before: Cell,
  after: Cell,
  difference: number,
): { interval: Interval | null; method: string } {
  const { noise } = compared;
  const values = [before, after]
    .map(({ sources }) => sources.map(({ value }) => value))
    .find(({ length }) => length > 1);
  if (noise?.replicates !== null || values === undefined) return compared;
  const spread = standardDeviation(values, 1) ** 2 * (1 + 1 / values.length);
  const [subjects, own] = [noise.error ** 2, values.length - 1];
  const total = subjects + spread;
  const quartic = subjects ** 2 / noise.freedom + spread ** 2 / own;
  const { words } = noise.counts;
  return {
    interval: around(difference, Math.sqrt(total), quartic === 0 ? Infinity : total ** 2 / quartic),
    method: `over ${noise.counts.subjects} ${words.subjects}, and ${words.replicates} as they vary on the side that has ${values.length}`,
  };
}

/** A report of format 1 has intervals alone. */
function errorOf({ interval, noise }: Cell): { readonly error: number; readonly freedom: number } | undefined {
  if ((noise as Cell['noise'] | undefined) != null) return noise!;
  if (interval === null) return undefined;
  return { error: (interval.high - interval.low) / (2 * normalQuantile(0.975)), freedom: Infinity };
}

function verdictOf(interval: Interval | null, best: Table['best']): CellVerdict {
  if (interval === null) return 'noise unknown';
  if (interval.low <= 0 && interval.high >= 0) return 'within noise';
  if (best === 'none') return 'moved';
  return interval.low > 0 === (best === 'highest') ? 'better' : 'worse';
}

/** Numbers of such a table are comparable with those of another such table alone. */
function isNoticed(table: Table | undefined): boolean {
  return table?.measuredOn !== undefined;
}
