import type { RunRecord, TablePlan } from '../engine/run/record.js';
import { measure, sourcesOf } from './measurement.js';
import type { Noise } from './noise.js';
import { stagesOf } from './plan.js';
import type { Cell, Row, Source, Table } from './report.js';

/** `[row][column]`: where the numbers of a table come from. */
export function tableSources(plan: TablePlan, run: RunRecord): readonly (readonly (readonly Source[])[])[] {
  return plan.cells.map((row) => row.map((ids, c) => sourcesOf(stagesOf(run, ids), plan.columns[c]!.metric)));
}

export function buildTable(plan: TablePlan, run: RunRecord, standIn: ReadonlySet<string>, noise: Noise): Table {
  const sources = tableSources(plan, run);
  const rows = plan.rows.map(({ label }, r): Row => {
    const cells = plan.columns.map((_, c): Cell => {
      const of = sources[r]![c]!;
      const measured = measure(of, noise);
      return {
        value: measured.value,
        interval: measured.interval,
        method: measured.method,
        notes: measured.notes,
        noise: measured.noise === null ? null : { error: measured.noise.error, freedom: measured.noise.freedom },
        published: plan.published?.[r]?.[c] ?? null,
        best: false,
        sources: of,
      };
    });
    return { label, cells };
  });
  const { percent, digits, best } = plan;
  return {
    id: plan.id,
    title: plan.title ?? plan.id,
    columns: plan.columns.map(({ label, metric }) => ({ label, metric })),
    rows: markBest(rows, { percent, digits, best }),
    ...(plan.source === undefined ? {} : { source: plan.source }),
    best,
    percent,
    digits,
    standIn: plan.cells.flat(2).some((id) => standIn.has(id)),
  };
}

type Printing = Pick<Table, 'percent' | 'digits'>;

/** Numbers that print alike are equally good. */
function markBest(rows: readonly Row[], table: Printing & Pick<Table, 'best'>): readonly Row[] {
  if (rows.length < 2 || table.best === 'none') return rows;
  const pick = table.best === 'highest' ? Math.max : Math.min;
  const rounded = (value: number): number => Number(numberText(value, table));
  const best = (rows[0]?.cells ?? []).map((_, c) =>
    pick(...rows.flatMap(({ cells }) => (cells[c]!.value === null ? [] : [rounded(cells[c]!.value)]))),
  );
  return rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell, c) => ({ ...cell, best: cell.value !== null && rounded(cell.value) === best[c] })),
  }));
}

/** The number as the table prints it, without the sign of percentage. */
export function numberText(value: number, { percent, digits }: Printing): string {
  return withoutNegativeZero((percent ? 100 * value : value).toFixed(digits));
}

/** With its sign: an effect. */
export function signedText(value: number, printing: Printing): string {
  const text = numberText(Math.abs(value), printing);
  return value < 0 && Number(text) !== 0 ? `−${text}` : `+${text}`;
}

function withoutNegativeZero(text: string): string {
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** How numbers are printed that no table prints. */
export const PLAIN: Printing = { percent: false, digits: 3 };

/** Whether the publication's numbers stand beside those measured. */
export function hasPublished({ rows }: Pick<Table, 'rows'>): boolean {
  return rows.some(({ cells }) => cells.some(({ published }) => published !== null));
}

export function publishedText({ published }: Cell, printing: Printing): string {
  return published === null ? '–' : numberText(published, printing);
}

/** What stands above the columns of measured numbers and above those of the publication, and where the latter are from. */
export function groupHeads({ standIn, source }: Table): {
  readonly measured: string;
  readonly published: string;
  readonly from: string;
} {
  const from = source === undefined ? '' : `Published: ${source}.`;
  return standIn
    ? { measured: 'measured on stand-in data', published: 'published, not comparable', from }
    : { measured: 'measured', published: 'published', from };
}
