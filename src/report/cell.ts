import { failure, type Diagnostic } from '../foundation/diagnostic.js';
import { suggestion } from '../foundation/nearest.js';
import { fail, ok, type Result } from '../foundation/result.js';
import type { Cell, Column, Report, Row, Source, StageProvenance, Table } from './report.js';
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
  readonly source: Source;
  /** That stage, and before it all it reads, each once: it comes first, and what reads nothing last. */
  readonly stages: readonly StageProvenance[];
}

export type CellCode = 'report/no-such-cell';

/** Walks from a cell, written `table/row/column` with labels as printed, back to what it was made of. */
export function walkCell(report: Report, path: string): Result<CellProvenance, readonly Diagnostic<CellCode>[]> {
  const table = report.tables.find(({ id }) => path.startsWith(`${id}/`));
  if (table === undefined)
    return missing(
      'table',
      path.split('/')[0]!,
      report.tables.map(({ id }) => id),
    );
  const rest = path.slice(table.id.length + 1);
  // Labels may hold slashes.
  const row = table.rows.find(({ label }) => rest.startsWith(`${label}/`));
  if (row === undefined)
    return missing(
      'row',
      rest.split('/')[0]!,
      table.rows.map(({ label }) => label),
    );
  const label = rest.slice(row.label.length + 1);
  const at = table.columns.findIndex((column) => column.label === label);
  if (at < 0)
    return missing(
      'column',
      label,
      table.columns.map((column) => column.label),
    );
  const cell = row.cells[at]!;
  const origins = cell.sources.map((source) => ({ source, stages: upstream(report, source.stage) }));
  return ok({ table, row, column: table.columns[at]!, cell, origins });
}

/**
 * The cell in lines: the number, then for each replicate the metric and the stages behind it, each told once.
 * @param behind what else there is to say of a stage: its parameters, what it reads from outside
 */
export function cellText(
  { table, row, column, cell, origins }: CellProvenance,
  behind: (stage: StageProvenance) => readonly string[] = () => [],
): string {
  const told = new Set<string>();
  const number = cell.value === null ? 'not measured' : numberText(cell.value, table);
  const range =
    cell.interval === null
      ? ''
      : ` [${numberText(cell.interval.low, table)}, ${numberText(cell.interval.high, table)}]`;
  const lines = [`${table.id}/${row.label}/${column.label}: ${number}${range} (${cell.method})`];
  for (const { source, stages } of origins) {
    lines.push('', `${source.metric} = ${source.value} of ${source.stage}`);
    for (const stage of stages) {
      if (told.has(stage.id)) {
        lines.push('', `${stage.id}  ${stage.kind}  as above`);
        continue;
      }
      told.add(stage.id);
      lines.push('', `${stage.id}  ${stage.kind}`, `  key ${stage.key}`);
      if (stage.reads.length > 0) lines.push(`  reads ${stage.reads.join(', ')}`);
      for (const warning of stage.warnings) lines.push(`  warning: ${warning}`);
      for (const line of behind(stage)) lines.push(`  ${line}`);
    }
  }
  return `${lines.join('\n')}\n`;
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
