import { suggestion } from '../../../foundation/failures/nearest.js';
import { child, nearest, type MapNode, type Node } from '../../document/node.js';
import type { ChartEncoding } from '../../schemas/chart-section.js';
import type { ChartFigure, FileFigure } from '../../schemas/report-section.js';
import type { ChartCell, ChartPlan, FileData, FilesPlan, MetricData } from './report.js';
import type { CellIndex } from './cells.js';
import type { StageFamily } from '../expansion/stages.js';

/** A figure of a user's own: its data found, its columns known as far as they can be before a run. */
export function tieChart(figure: ChartFigure, node: MapNode, index: CellIndex): ChartPlan {
  const { mark, layer, width, height } = figure;
  const encoding = figure.encoding ?? {};
  const families = index.families(figure.from, child(node, 'from')) ?? [];
  const cells = families.flatMap(cellsOf);
  const axes = axesOf(families);
  const names = axes.map(({ name }) => name);
  const data = dataOf(figure, node, { cells, axes: names }, index);
  if (data !== undefined) {
    const columns = columnsOf(data, names);
    if (columns !== undefined) {
      checkFields(encoding, child(node, 'encoding'), columns, index);
      const layers = child(node, 'layer');
      for (const [i, each] of (layer ?? []).entries())
        if (layers?.kind === 'list')
          checkFields(each.encoding ?? {}, child(layers.items[i], 'encoding'), columns, index);
    }
  }
  return {
    shape: 'chart',
    cells,
    axes,
    data: data ?? { metrics: [] },
    view: {
      mark,
      encoding,
      ...(layer === undefined ? {} : { layer }),
      ...(width === undefined ? {} : { width: width as number }),
      ...(height === undefined ? {} : { height: height as number }),
    },
    intervals: figure.intervals ?? true,
  };
}

/** A picture or a table that stages made. */
export function tieFiles({ type, of, file }: FileFigure, node: MapNode, index: CellIndex): FilesPlan {
  const stages = index.stages(of, nearest(node, 'of'));
  const at = nearest(node, 'file');
  const ending = type === 'image' ? '.png' : '.csv';
  if (!file.toLowerCase().endsWith(ending))
    index.complain('graph/unknown-in-report', at, `a figure of type \`${type}\` is of a file that ends in ${ending}`);
  index.checkFile(file, stages, at);
  return { shape: type, stages, file };
}

/** The cells of a stage, replicates of one another together, in the order of the matrix. */
function cellsOf(family: StageFamily): readonly ChartCell[] {
  const found = new Map<string, { readonly cell: Omit<ChartCell, 'stages'>; readonly stages: string[] }>();
  for (const { id, coordinates } of family.cells.values()) {
    const own = [...coordinates].filter(([axis]) => axis !== 'replicate').map(([axis, { label }]) => [axis, label]);
    const key = JSON.stringify(own);
    const known = found.get(key);
    if (known !== undefined) known.stages.push(id);
    else
      found.set(key, {
        cell: { name: family.declaration.name, coordinates: Object.fromEntries(own) as ChartCell['coordinates'] },
        stages: [id],
      });
  }
  return [...found.values()].map(({ cell, stages }) => ({ ...cell, stages }));
}

function axesOf(families: readonly StageFamily[]): ChartPlan['axes'] {
  const found = new Map<string, Set<string>>();
  for (const { axes } of families)
    for (const { name, values } of axes) {
      if (name === 'replicate') continue;
      const known = found.get(name) ?? new Set();
      for (const { label } of values) known.add(label);
      found.set(name, known);
    }
  return [...found].map(([name, values]) => ({ name, values: [...values] }));
}

function dataOf(
  { metrics, file, average }: ChartFigure,
  node: MapNode,
  { cells, axes }: { readonly cells: readonly ChartCell[]; readonly axes: readonly string[] },
  index: CellIndex,
): MetricData | FileData | undefined {
  const stages = cells.flatMap((cell) => cell.stages);
  if (file !== undefined && metrics === undefined) {
    index.checkFile(file, stages, nearest(node, 'file'));
    return { file, average: average === undefined ? [] : [average].flat() };
  }
  if (metrics === undefined || file !== undefined) {
    const said = metrics === undefined ? 'neither `metrics` nor `file`' : 'both `metrics` and `file`';
    const help =
      'write `metrics: [...]` for what stages measure, or `file: ...` for the rows of a file that they leave';
    index.complain('graph/unclear-in-report', node, `the chart has ${said}`, help);
    return undefined;
  }
  if (average !== undefined)
    index.complain(
      'graph/unclear-in-report',
      nearest(node, 'average'),
      '`average` is about the columns of a file',
      'metrics are averaged over replicates as they are: leave it out',
    );
  const names = [metrics].flat();
  const place = nearest(node, 'metrics');
  const others = ['stage', ...axes, 'replicates'];
  for (const [i, name] of names.entries()) {
    const at = (place.kind === 'list' ? place.items[i] : undefined) ?? place;
    index.checkMetric(name, stages, at);
    const measured = names.flatMap((each, j) => (j === i ? [] : j < i ? withEnds(each) : withEnds(each).slice(1)));
    const twice =
      withEnds(name).find((column) => others.includes(column)) ?? measured.find((column) => column === name);
    if (twice !== undefined)
      index.complain(
        'graph/unclear-in-report',
        at,
        `the chart would have two columns \`${twice}\``,
        'each metric has its mean and the ends of its interval (`_low`, `_high`) beside the axes: give this one, or the axis, another name',
      );
  }
  return { metrics: names };
}

/** A metric's column, and those of the ends of its interval. */
function withEnds(metric: string): readonly string[] {
  return [metric, `${metric}_low`, `${metric}_high`];
}

/** What can be drawn; undefined where that is known only after a run. */
function columnsOf(data: MetricData | FileData, axes: readonly string[]): readonly string[] | undefined {
  if ('file' in data) return undefined;
  return ['stage', ...axes, ...data.metrics.flatMap(withEnds), 'replicates'];
}

function checkFields(
  encoding: ChartEncoding,
  node: Node | undefined,
  columns: readonly string[],
  index: CellIndex,
): void {
  if (node?.kind !== 'map') return;
  for (const [name, channel] of Object.entries(encoding)) {
    if (channel.field === undefined || columns.includes(channel.field)) continue;
    const at = nearest(nearest(node, name), 'field');
    index.complain(
      'graph/unknown-in-report',
      at,
      `the chart has no column \`${channel.field}\``,
      suggestion(channel.field, columns, 'columns'),
    );
  }
}
