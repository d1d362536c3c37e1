import type { ScoreSet } from '../foundation/verification/score-set.js';
import { around, compare, measuresOf, NORMAL } from './measurement.js';
import type { Cell, Column, Interval, Report, Table } from './report.js';
import { Resampling } from './resampling.js';

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
  readonly method: string;
  readonly verdict: CellVerdict;
}

/**
 * - `better`, `worse`: moved by more than its noise; `moved` where the table has no better
 * - `within noise`: the interval of the difference contains zero
 * - `noise unknown`: one value each and no scores
 * - `not comparable`: of another metric, or one on stand-in data and one not
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
 * Numbers that differ, matched by table and labels. Where the scores of both are at hand and of the same pairs, the noise of
 * the difference comes from paired resamples; else from the two intervals, as if they were independent.
 */
export function changedCells(
  before: Report,
  after: Report,
  scores: (digest: string) => ScoreSet | undefined = () => undefined,
): readonly CellChange[] {
  const pairs = matched(before, after).filter(differs);
  const measures = pairs.flatMap(({ before: old, after: now }) =>
    measuresOf([...(old?.cell.sources ?? []), ...(now?.cell.sources ?? [])]),
  );
  const resampling = new Resampling(measures, scores);
  return pairs.map((pair) => changeOf(pair, resampling));
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
  const sameColumn = before?.column.metric === after?.column.metric && before?.table.standIn === after?.table.standIn;
  return !(sameColumn && (before?.cell.value ?? null) === (after?.cell.value ?? null));
}

function changeOf({ table, row, column, before, after }: Pair, resampling: Resampling): CellChange {
  const named = { table: table.id, row, column: column.label };
  const [old, now] = [before?.cell.value ?? null, after?.cell.value ?? null];
  const alone = (verdict: CellVerdict): CellChange => {
    return { ...named, before: old, after: now, difference: null, interval: null, method: '', verdict };
  };
  if (before === undefined || old === null) return alone('new');
  if (after === undefined || now === null) return alone('gone');
  if (before.column.metric !== after.column.metric || before.table.standIn !== after.table.standIn) {
    return alone('not comparable');
  }
  const { interval, method } = noiseOf(before.cell, after.cell, now - old, resampling);
  return {
    ...named,
    before: old,
    after: now,
    difference: now - old,
    interval,
    method,
    verdict: verdictOf(interval, after.table.best),
  };
}

function noiseOf(
  before: Cell,
  after: Cell,
  difference: number,
  resampling: Resampling,
): { interval: Interval | null; method: string } {
  const compared = compare(after.sources, before.sources, resampling);
  if (compared.interval !== null) return compared;
  if (before.interval === null || after.interval === null) return compared;
  const errors = [before.interval, after.interval].map(({ low, high }) => (high - low) / (2 * NORMAL));
  return { ...around(difference, Math.hypot(...errors)), method: 'the two intervals' };
}

function verdictOf(interval: Interval | null, best: Table['best']): CellVerdict {
  if (interval === null) return 'noise unknown';
  if (interval.low <= 0 && interval.high >= 0) return 'within noise';
  if (best === 'none') return 'moved';
  return interval.low > 0 === (best === 'highest') ? 'better' : 'worse';
}
