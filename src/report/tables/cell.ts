import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { zip } from '../../foundation/values/zip.js';
import type { Cell, Column, Report, Row, MetricSource, StageProvenance, Table } from '../report.js';
import { numberText } from './table.js';

/** A number of a table with all that led to it. */
export interface CellProvenance {
  readonly table: Table;
  readonly row: Row;
  readonly column: Column;
  readonly cell: Cell;
  /** One per replicate: the metric and the stage that measured it. */
  readonly origins: readonly Origin[];
}

export interface Origin {
  readonly source: MetricSource;
  /** That stage, and before it all it reads, each once: it comes first, and what reads nothing last. */
  readonly stages: readonly StageProvenance[];
}

export type CellCode = 'report/no-such-cell';

/**
 * Walks from a cell, written `table/row/column` with labels as printed, back to what it was made of. Labels may hold slashes:
 * where two cells are written alike, a slash of a label is written `\\/`.
 */
export function walkCell(report: Report, path: string): Result<CellProvenance, readonly Diagnostic<CellCode>[]> {
  const spelt = cellsOf(report).map((place) => ({ ...place, ...spellings(place) }));
  const exact = spelt.filter(({ exact }) => exact === path);
  const found = exact.length > 0 ? exact : spelt.filter(({ plain }) => plain === path);
  const [place] = found;
  if (place === undefined) return nowhere(report, path);
  if (found.length > 1) {
    const help = `write one of them: ${found.map(({ exact }) => `\`${exact}\``).join(', ')}`;
    return fail(failure('report/no-such-cell', `${found.length} cells are written \`${path}\``, help));
  }
  const { table, row, column, cell } = place;
  const origins = cell.sources.map((source) => ({ source, stages: upstream(report, source.stage) }));
  return ok({ table, row, column, cell, origins });
}

type CellPlace = Omit<CellProvenance, 'origins'>;

function cellsOf({ tables }: Report): readonly CellPlace[] {
  return tables.flatMap((table) =>
    table.rows.flatMap((row) => zip(table.columns, row.cells).map(([column, cell]) => ({ table, row, column, cell }))),
  );
}

/** A cell as it may be written, and as no other is. */
function spellings({ table, row, column }: CellPlace): { readonly plain: string; readonly exact: string } {
  const names = [table.id, row.label, column.label];
  const escaped = (name: string): string => name.replaceAll(/[\\/]/g, (c) => `\\${c}`);
  return { plain: names.join('/'), exact: names.map(escaped).join('/') };
}

/** How far the path can be followed, and what there is from there on. */
function nowhere(report: Report, path: string): Result<never, readonly Diagnostic<CellCode>[]> {
  const first = (text: string): string => text.split('/')[0]!;
  const longest = <T>(all: readonly T[], nameOf: (each: T) => string, rest: string): T | undefined =>
    all.filter((each) => rest.startsWith(`${nameOf(each)}/`)).sort((a, b) => nameOf(b).length - nameOf(a).length)[0];
  const ids = report.tables.map(({ id }) => id);
  const table = longest(report.tables, ({ id }) => id, path);
  if (table === undefined) return missing('table', first(path), ids);
  const rest = path.slice(table.id.length + 1);
  const labels = table.rows.map(({ label }) => label);
  const row = longest(labels, (label) => label, rest);
  if (row === undefined) return missing('row', first(rest), labels);
  const columns = table.columns.map(({ label }) => label);
  return missing('column', rest.slice(row.length + 1), columns);
}

/**
 * The cell in lines: the number, then for each replicate the metric and the stages behind it, each shown once.
 * @param behind what else there is to say of a stage: its parameters, what it reads from outside
 */
export function cellLines(
  { table, row, column, cell, origins }: CellProvenance,
  behind: (stage: StageProvenance) => readonly string[] = () => [],
): readonly string[] {
  const shown = new Set<string>();
  const number = cell.value === null ? 'not measured' : numberText(cell.value, table);
  const range =
    cell.interval === null
      ? ''
      : ` [${numberText(cell.interval.low, table)}, ${numberText(cell.interval.high, table)}]`;
  const lines = [
    `${table.id}/${row.label}/${column.label}: ${number}${range} (${cell.method})`,
    ...cell.notes.map((note) => `note: ${note}`),
  ];
  for (const { source, stages } of origins) {
    lines.push('', `${source.metric} = ${source.value} of ${source.stage}`);
    for (const stage of stages) {
      if (shown.has(stage.id)) {
        lines.push('', `${stage.id}  ${stage.kind}  as above`);
        continue;
      }
      shown.add(stage.id);
      lines.push('', `${stage.id}  ${stage.kind}`, `  key ${stage.key}`);
      if (stage.reads.length > 0) lines.push(`  reads ${stage.reads.join(', ')}`);
      for (const warning of stage.warnings) lines.push(`  warning: ${warning}`);
      for (const line of behind(stage)) lines.push(`  ${line}`);
    }
  }
  return lines;
}

function upstream(report: Report, id: string): readonly StageProvenance[] {
  const wanted = new Set([id]);
  // Every stage stands after those it reads.
  return report.stages.toReversed().filter((stage) => {
    if (!wanted.has(stage.id)) return false;
    for (const read of stage.reads) wanted.add(read);
    return true;
  });
}

function missing(what: string, name: string, known: readonly string[]): Result<never, readonly Diagnostic<CellCode>[]> {
  return fail(
    failure(
      'report/no-such-cell',
      `there is no ${what} \`${name}\` in the report`,
      suggestion(name, known, `${what}s`),
    ),
  );
}
