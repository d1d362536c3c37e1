import { existsSync, readFileSync } from 'node:fs';
import type { FigurePlan } from '../../engine/run/record.js';
import { numberIn, readCsvTable } from '../../foundation/formats/csv-table.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { mean, standardDeviation } from '../../foundation/statistics/moments.js';
import type { Evidence } from '../measures/evidence.js';
import { around, measure } from '../measures/measurement.js';
import { sourcesOf } from '../measures/sources.js';
import type { Noise } from '../measures/noise.js';
import { measurementsOf } from '../plan.js';

export type ChartPlan = FigurePlan & { readonly shape: 'chart' };

export type Value = string | number | null;

type Row = Readonly<Record<string, Value>>;

/** What a chart draws: rows of values by column. */
export interface ChartRows {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Columns whose `_low` and `_high` stand beside them. */
  readonly measured: readonly string[];
}

/** @param drawn the columns that the chart speaks of */
export function rowsOf(
  plan: ChartPlan,
  drawn: ReadonlySet<string>,
  evidence: Evidence,
  noise: Noise,
): Result<ChartRows, readonly [Diagnostic]> {
  const { data } = plan;
  return 'file' in data ? fileRows(plan, data, drawn, evidence) : ok(metricRows(plan, data.metrics, evidence, noise));
}

function metricRows(
  { cells, axes }: ChartPlan,
  metrics: readonly string[],
  { run }: Evidence,
  noise: Noise,
): ChartRows {
  const rows = cells.map(({ name, coordinates, stages }) => {
    const row: Record<string, Value> = { stage: name, ...coordinates };
    let replicates = 0;
    for (const metric of metrics) {
      const sources = sourcesOf(measurementsOf(run, stages), metric);
      const { value, interval } = measure(sources, noise);
      replicates = Math.max(replicates, sources.length);
      row[metric] = value;
      row[`${metric}_low`] = interval?.low ?? null;
      row[`${metric}_high`] = interval?.high ?? null;
    }
    return { ...row, replicates };
  });
  const names = axes.map(({ name }) => name);
  return {
    columns: ['stage', ...names, ...metrics.flatMap(withEnds), 'replicates'],
    rows: withNumbers(rows, names),
    measured: metrics,
  };
}

function withEnds(column: string): readonly string[] {
  return [column, `${column}_low`, `${column}_high`];
}

function fileRows(
  { cells, axes }: ChartPlan,
  { file, average }: { readonly file: string; readonly average: readonly string[] },
  drawn: ReadonlySet<string>,
  evidence: Evidence,
): Result<ChartRows, readonly [Diagnostic]> {
  const bad = (message: string) => fail(failure('report/no-data', message));
  const names = axes.map(({ name }) => name);
  const rows: Record<string, Value>[] = [];
  // Rows of a file are one replicate's; what is averaged is of several.
  const columns = new Set<string>(['stage', ...names, average.length === 0 ? 'replicate' : 'replicates']);
  const ends = average.flatMap((column) => withEnds(column).slice(1));
  const wanted = [...drawn, ...average].filter((column) => !columns.has(column) && !ends.includes(column));
  const own = new Set<string>();
  for (const { name, coordinates, stages } of cells)
    for (const [i, stage] of measurementsOf(evidence.run, stages).entries()) {
      const path = evidence.locate(stage, file);
      if (path === undefined || !existsSync(path)) return bad(`${stage.id} has no file ${file}`);
      const read = readCsvTable(readFileSync(path, 'utf8'), `${file} of ${stage.id}`);
      if (!read.ok) return read;
      const missing = wanted.find((column) => !read.value.columns.includes(column));
      if (missing !== undefined)
        return bad(`${file} of ${stage.id} has no column \`${missing}\`; it has ${read.value.columns.join(', ')}`);
      for (const column of read.value.columns) own.add(column);
      const replicate = Number(stage.coordinates.replicate ?? i + 1);
      const known: Readonly<Record<string, string | number>> = { stage: name, ...coordinates, replicate };
      const taken = read.value.columns.find(
        (column, c) =>
          drawn.has(column) &&
          Object.hasOwn(known, column) &&
          read.value.rows.some((row) => !isSame(row[c]!, known[column]!)),
      );
      if (taken !== undefined)
        return bad(
          `${file} of ${stage.id} has a column \`${taken}\` of its own, whose values are others than that of the stage: it needs another name`,
        );
      for (const cellsOfRow of read.value.rows) {
        const given = Object.fromEntries(read.value.columns.map((column, c) => [column, cellsOfRow[c]!]));
        rows.push({ ...given, ...known });
      }
    }
  for (const column of own) columns.add(column);
  const typed = withNumbers(
    withNumbers(rows, names),
    [...own].filter((each) => !names.includes(each)),
    NO_NUMBER,
  );
  if (average.length === 0) return ok({ columns: [...columns], rows: typed, measured: [] });
  const isOdd = (cell: Value | undefined): boolean =>
    typeof cell === 'string' && cell !== '' && numberIn(cell) === undefined;
  for (const column of average) {
    const odd = rows.find((row) => isOdd(row[column]))?.[column];
    if (odd !== undefined)
      return bad(`the column \`${column}\` of ${file} does not hold numbers alone: \`${String(odd)}\` has no mean`);
  }
  const ofAverage = ends.find((column) => drawn.has(column) && own.has(column));
  if (ofAverage !== undefined)
    return bad(
      `${file} has a column \`${ofAverage}\` of its own, where an end of an interval belongs: it needs another name`,
    );
  const by = ['stage', ...names, ...[...own].filter((column) => drawn.has(column) && !average.includes(column))];
  return ok({
    columns: [...new Set([...by, ...average.flatMap(withEnds), 'replicates'])],
    rows: averaged(typed, by, average),
    measured: average,
  });
}

/** Whether a cell says the same as what is known of the stage. */
function isSame(cell: string, value: string | number): boolean {
  return cell === String(value) || (numberIn(cell) !== undefined && numberIn(cell) === numberIn(String(value)));
}

/** Means over replicates of rows that are alike in `by`; of several rows of one replicate their mean counts. */
function averaged(rows: ChartRows['rows'], by: readonly string[], average: readonly string[]): readonly Row[] {
  const groups = new Map<string, { readonly first: Row; readonly group: Row[] }>();
  for (const row of rows) {
    const key = JSON.stringify(by.map((column) => row[column] ?? null));
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: row, group: [row] });
    else known.group.push(row);
  }
  return [...groups.values()].map(({ first, group }) => {
    const row: Record<string, Value> = Object.fromEntries(by.map((column) => [column, first[column] ?? null]));
    let replicates = 0;
    for (const column of average) {
      const values = perReplicate(group, column);
      const value = values.length === 0 ? null : mean(values);
      const n = values.length;
      const interval =
        value === null || n < 2 ? undefined : around(value, standardDeviation(values, 1) / Math.sqrt(n), n - 1);
      row[column] = value;
      row[`${column}_low`] = interval?.low ?? null;
      row[`${column}_high`] = interval?.high ?? null;
      replicates = Math.max(replicates, n);
    }
    return { ...row, replicates };
  });
}

function perReplicate(group: ChartRows['rows'], column: string): readonly number[] {
  const found = new Map<Value, number[]>();
  for (const row of group) {
    const value = row[column];
    if (typeof value !== 'number') continue;
    const replicate = row.replicate ?? null;
    found.set(replicate, [...(found.get(replicate) ?? []), value]);
  }
  return [...found.values()].map((values) => mean(values));
}

/** What programs write where a number is none: there is nothing to draw, and the numbers beside it stay numbers. */
const NO_NUMBER = /^([-+]?(nan|inf(inity)?)|na)?$/i;

/** Text columns in which every cell is a number, or empty, hold numbers. */
function withNumbers(rows: ChartRows['rows'], columns: readonly string[], empty = /^$/): readonly Row[] {
  const numeric = columns.filter((column) => {
    const cells = rows.map((row) => row[column]).filter((cell) => typeof cell === 'string' && !empty.test(cell));
    return cells.length > 0 && cells.every((cell) => numberIn(cell as string) !== undefined);
  });
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(
      numeric.map((column) => {
        const cell = row[column];
        return [column, typeof cell === 'string' ? (numberIn(cell) ?? null) : (cell ?? null)];
      }),
    ),
  }));
}
