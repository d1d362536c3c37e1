import type { Notice } from '../../engine/presentation.js';
import type { RunRecord, StageRecord, TablePlan } from '../../engine/run/record.js';
import { zip } from '../../foundation/values/zip.js';
import { metricIn, type Kinds } from '../kinds.js';
import { measure } from '../measures/measurement.js';
import type { Noise } from '../measures/noise.js';
import { lackingNotes, sourcesOf } from '../measures/sources.js';
import { measurementsOf, stagesOf } from '../plan.js';
import { numberText, type Printing } from './printing.js';
import { bestOf, type Cell, type Column, type Row, type Table } from '../report.js';

export function buildTable(
  plan: TablePlan,
  run: RunRecord,
  { notices, kinds }: { readonly notices: ReadonlyMap<string, Notice>; readonly kinds: Kinds },
  noise: Noise,
): Table {
  const rows = zip(plan.rows, plan.cells).map(([{ label }, row], r): Row => {
    const cells = zip(row, plan.columns).map(([ids, { metric }], c): Cell => {
      const stages = measurementsOf(run, ids);
      const of = sourcesOf(stages, metric);
      const measured = measure(of, noise);
      return {
        value: measured.value,
        interval: measured.interval,
        method: measured.method,
        notes: [
          ...measured.notes,
          ...(measured.value === null ? absence(stages, metric) : lackingNotes(stages, metric)),
          ...tooSmall(measured.value, plan),
        ],
        noise: measured.noise === null ? null : { error: measured.noise.error, freedom: measured.noise.freedom },
        published: plan.published?.[r]?.[c] ?? null,
        best: false,
        sources: of,
      };
    });
    return { label, cells };
  });
  const { percent, digits, best } = plan;
  const columns = plan.columns.map(({ label, metric }, c): Column => ({
    label,
    metric,
    ...declared(metric, plan, c, run, kinds),
  }));
  const notice = plan.cells.flat(2).flatMap((id) => notices.get(id) ?? [])[0];
  return {
    id: plan.id,
    title: plan.title ?? plan.id,
    columns,
    rows: markBest(rows, columns, { percent, digits, best }),
    ...(plan.source === undefined ? {} : { source: plan.source }),
    best,
    percent,
    digits,
    ...(notice === undefined ? {} : { measuredOn: notice.on }),
  };
}

/** That a number is not the zero as which it is printed. */
function tooSmall(value: number | null, printing: Printing): readonly string[] {
  if (value === null || value === 0 || Number(numberText(value, printing)) !== 0) return [];
  return [`a value of ${value.toPrecision(2)} is less than what ${printing.digits} digits show (\`digits\`)`];
}

/** Why stages have no number: in the words of a warning of theirs that names the metric, if there is one. */
function absence(stages: readonly StageRecord[], metric: string): readonly string[] {
  if (stages.length === 0) return [];
  const warning = stages.flatMap(({ warnings }) => warnings).find(({ message }) => message.includes(metric));
  return [warning === undefined ? `\`${metric}\` was not measured` : warning.message];
}

/** What the kind of the first stage that a column is about declares of its metric. */
function declared(
  metric: string,
  plan: TablePlan,
  column: number,
  run: RunRecord,
  kinds: Kinds,
): Pick<Column, 'metricLabel' | 'best'> {
  const [stage] = stagesOf(
    run,
    plan.cells.flatMap((row) => row[column] ?? []),
  );
  const { label, better } = (stage === undefined ? undefined : metricIn(kinds, stage, metric)) ?? {};
  const best = better === undefined || plan.best === 'none' ? plan.best : BEST[better];
  return {
    ...(label === undefined ? {} : { metricLabel: label }),
    ...(best === plan.best || best === 'none' ? {} : { best }),
  };
}

const BEST = { higher: 'highest', lower: 'lowest' } as const;

/** Numbers that print alike are equally good. */
function markBest(
  rows: readonly Row[],
  columns: readonly Column[],
  table: Printing & Pick<Table, 'best'>,
): readonly Row[] {
  if (rows.length < 2 || table.best === 'none') return rows;
  const rounded = (value: number): number => Number(numberText(value, table));
  const best = columns.map((column, c) => {
    const pick = bestOf(table, column) === 'highest' ? Math.max : Math.min;
    const values = rows.map(({ cells }) => cells[c]?.value ?? null);
    return pick(...values.filter((value) => value !== null).map(rounded));
  });
  return rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell, c) => ({ ...cell, best: cell.value !== null && rounded(cell.value) === best[c] })),
  }));
}

export { groupHeads, hasPublished, numberText, plainly, publishedText, signedText } from './printing.js';
