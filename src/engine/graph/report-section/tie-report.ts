import type { JsonObject } from '../../../foundation/values/json.js';
import { suggestion } from '../../../foundation/failures/nearest.js';
import type { Reporter } from '../../../foundation/failures/reporter.js';
import { problem } from '../../document/codes.js';
import { child, nearest, showScalar, type MapNode, type Node } from '../../document/node.js';
import type { Located } from '../../document/source.js';
import type {
  ChartFigure,
  FigureTypes,
  FileFigure,
  KindFigure,
  LearningCurvesFigure,
  ReportFigure,
  ReportSection,
  ReportTable,
} from '../../schemas/report-section.js';
import { resolveValue, type Resolver } from '../../values/resolve.js';
import { toClaim } from './tie-claims.js';
import { tieChart, tieFiles } from './tie-figures.js';
import type { ValueCode } from '../../values/codes.js';
import type { GraphCode } from '../codes.js';
import type { Column, Figure, Report, Row, Table } from './report.js';
import { CellIndex } from './cells.js';
import type { Measures } from './metrics.js';
import type { StageFamily } from '../expansion/stages.js';

/** `node` is the section with its references followed; its shape has been checked and is that of `section`. */
export function toReport(
  section: ReportSection,
  node: MapNode,
  types: FigureTypes,
  families: ReadonlyMap<string, StageFamily>,
  reads: ReadonlyMap<string, readonly string[]>,
  known: { readonly measures: Measures; readonly makes: Measures },
  wrong: Reporter<GraphCode | ValueCode>,
): Report {
  const index = new CellIndex(families, reads, known, wrong);
  const written = <Part>(parts: readonly Part[] | undefined, name: string): readonly (readonly [Part, MapNode])[] => {
    const list = child(node, name);
    const items = list?.kind === 'list' ? list.items : [];
    return items.flatMap((item, i) => {
      const part = parts?.[i];
      return part === undefined || item.kind !== 'map' ? [] : [[part, item] as const];
    });
  };
  const tables = written(section.tables, 'tables');
  const figures = written(section.figures, 'figures');
  const claims = written(section.claims, 'claims');
  uniqueIds(
    [...tables, ...figures, ...claims].map(([, item]) => item),
    wrong,
  );
  const tied = tables.map(([table, item]) => toTable(table, item, index));
  return {
    tables: tied,
    figures: figures.map(([figure, item]) => toFigure(figure, item, types, index)),
    claims: claims.map(([claim, item]) => toClaim(claim, item, section.tables ?? [], tied, index)),
    ...(section.correction === 'holm' ? { correction: section.correction } : {}),
  };
}

function uniqueIds(items: readonly MapNode[], wrong: Reporter<GraphCode | ValueCode>): void {
  const seen = new Map<string, Node>();
  for (const item of items) {
    const id = child(item, 'id');
    if (id?.kind !== 'scalar') continue;
    const first = seen.get(String(id.value));
    if (first === undefined) seen.set(String(id.value), id);
    else
      wrong.add(problem('graph/unclear-in-report', id, `two parts of the report have the id \`${String(id.value)}\``));
  }
}

function toTable(table: ReportTable, node: MapNode, index: CellIndex): Table {
  const from = index.families(table.from, child(node, 'from'));
  const rows = readRows(node);
  const columns = labelled(node, 'columns').map(([label, written]) =>
    index.column(label, written, from, at(node, 'columns', label)),
  );
  const cells = rows.map((row) =>
    columns.map((column) =>
      column.metric === '' ? [] : index.find(row.of, column.of, from, at(node, 'rows', row.label), column.label),
    ),
  );
  const labels = new Set(columns.map(({ label }) => label));
  for (const [i, { label, metric }] of columns.entries()) {
    const place = at(node, 'columns', label);
    index.checkMetric(
      metric,
      cells.flatMap((row) => row[i] ?? []),
      place,
    );
    const end = BESIDE.find((each) => label.endsWith(` ${each}`) && labels.has(label.slice(0, -each.length - 1)));
    if (end !== undefined)
      index.complain(
        'graph/unclear-in-report',
        place,
        `the table as CSV would have two columns \`${label}\``,
        `a column has its \`${end}\` beside it there: give this one another name`,
      );
  }
  return {
    id: table.id,
    title: table.title,
    rows,
    columns,
    cells,
    published: table.published && publishedBy(table.published, rows, columns, node, index),
    source: table.source,
    best: table.best ?? 'highest',
    percent: table.percent ?? false,
    digits: (table.digits as number | undefined) ?? 3,
  };
}

/** What stands beside each column in a table's CSV, behind its label (report/figures/csv.ts). */
const BESIDE = ['low', 'high', 'published', 'published (not comparable)', 'interval', 'notes'] as const;

function readRows(node: MapNode): Row[] {
  return labelled(node, 'rows').map(([label, of]) => ({ label, of }));
}

/** The labels of a map and what they mean, as they are written: an object would put whole numbers first. */
function labelled(node: MapNode, section: string): (readonly [label: string, of: string])[] {
  const map = child(node, section);
  return map?.kind === 'map'
    ? [...map.entries].map(([label, { value }]) => [label, value.kind === 'scalar' ? showScalar(value) : ''] as const)
    : [];
}

function publishedBy(
  published: NonNullable<ReportTable['published']>,
  rows: readonly Row[],
  columns: readonly Column[],
  node: MapNode,
  index: CellIndex,
): (number | null)[][] {
  for (const [label, numbers] of Object.entries(published)) {
    const place = at(node, 'published', label);
    if (!rows.some((row) => row.label === label))
      index.complain(
        'graph/unknown-in-report',
        place,
        `the table has no row \`${label}\``,
        suggestion(
          label,
          rows.map((row) => row.label),
          'rows',
        ),
      );
    else if (numbers.length !== columns.length)
      index.complain(
        'graph/unknown-in-report',
        place,
        `\`${label}\` has ${numbers.length} published numbers for ${columns.length} columns`,
        'write `null` for a number that was not published',
      );
  }
  const byLabel = new Map(Object.entries(published));
  return rows.map(({ label }) => {
    const numbers = byLabel.get(label);
    return columns.map((_, i) => (numbers?.[i] as number | null | undefined) ?? null);
  });
}

function toFigure(figure: ReportFigure, node: MapNode, types: FigureTypes, index: CellIndex): Figure {
  const { type, id, title } = figure;
  const head = { type, id, title };
  const declared = types.get(type);
  if (declared === undefined) {
    if (type === 'graph') return { ...head, shape: 'graph' };
    if (type === 'chart') return { ...head, ...tieChart(figure as ChartFigure, node, index) };
    if (type === 'image' || type === 'rows') return { ...head, ...tieFiles(figure as FileFigure, node, index) };
    const { of, metric } = figure as LearningCurvesFigure;
    return { ...head, shape: 'series', stages: index.stages(of, nearest(node, 'of')), metric: metric ?? 'loss' };
  }
  const { from: written, on, of } = figure as KindFigure;
  if (declared.shape === 'pictures') {
    const options = resolveValue(declared.options.json, node, '', optionsOnly(index));
    return {
      ...head,
      shape: 'pictures',
      stages: index.stages(of!, nearest(node, 'of')),
      options: (options ?? {}) as JsonObject,
    };
  }
  const from = index.families(written, child(node, 'from'));
  const rows = readRows(node);
  const panels = on === undefined ? [undefined] : asList(on);
  const cells = rows.map((row) =>
    panels.map((panel) => index.find(row.of, panel, from, at(node, 'rows', row.label), panel ?? id)),
  );
  return { ...head, shape: 'curves', rows, panels: panels.map((panel) => panel ?? ''), cells };
}

/** The options of a figure are plain values: a stage or a file among them is out of place, as the schema says. */
function optionsOnly(index: CellIndex): Resolver {
  return {
    wrong: index.wrong,
    stage: () => undefined,
    stages: () => [],
    external: () => undefined,
  };
}

function asList(texts: string | readonly string[]): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts;
}

function at(node: MapNode, section: string, label: string): Located {
  const written = nearest(node, section);
  return child(written, label) ?? written;
}
