import type { TopLevelSpec } from 'vega-lite';
import type { Channel, ChartEncoding, ChartLayer } from '../../engine/run/record.js';
import { present } from '../../foundation/values/present.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { csvRows } from '../../foundation/words/csv.js';
import { rowsOf, type ChartPlan, type ChartRows } from './chart-rows.js';
import { drawSpec } from './chart.js';
import { hiddenRows } from './one-place.js';
import type { Evidence } from '../measures/evidence.js';
import type { Noise } from '../measures/noise.js';

/** A chart of a user's own, drawn; or why it is not. */
export type DrawnChart =
  | { readonly svg: string; readonly csv: string; readonly lacks: undefined }
  | { readonly svg: undefined; readonly lacks: string };

export async function drawChart(plan: ChartPlan, evidence: Evidence, noise: Noise): Promise<DrawnChart> {
  const drawn = fieldsOf(plan);
  const read = rowsOf(plan, drawn, evidence, noise);
  if (!read.ok) return { svg: undefined, lacks: read.error[0].message };
  const { columns, rows } = read.value;
  if (rows.length === 0) return { svg: undefined, lacks: 'there is nothing to draw' };
  for (const { mark, encoding } of layersOf(plan)) {
    const hidden = hiddenRows(typeOf(mark), { ...plan.view.encoding, ...encoding }, plan, read.value);
    if (hidden !== undefined) return { svg: undefined, lacks: hidden };
  }
  const svg = await drawSpec(specOf(plan, read.value));
  return { svg, csv: csvRows([columns, ...rows.map((row) => columns.map((column) => row[column]))]), lacks: undefined };
}

function layersOf({ view }: ChartPlan): readonly ChartLayer[] {
  return [{ mark: view.mark }, ...(view.layer ?? [])];
}

function fieldsOf({ view }: ChartPlan): ReadonlySet<string> {
  const encodings = [view.encoding, ...(view.layer ?? []).map(({ encoding }) => encoding ?? {})];
  return new Set(encodings.flatMap((each) => Object.values(each).flatMap(({ field }) => field ?? [])));
}

/** Channels that make small multiples: of the whole figure, not of a layer. */
const MULTIPLES = ['column', 'row', 'facet'] as const;

/** Channels on which a number is a name. */
const NAMES: ReadonlySet<string> = new Set([...MULTIPLES, 'shape', 'strokeDash', 'detail', 'xOffset']);

const PLACES: ReadonlySet<string> = new Set(['x', 'y', 'x2', 'y2']);

type Spec = JsonObject;

/** The figure as Vega-Lite has it: names of columns, which may hold what Vega takes for a path, are numbered. */
function specOf(plan: ChartPlan, data: ChartRows): TopLevelSpec {
  const { view, intervals } = plan;
  const positions = new Map(data.columns.map((column, i) => [column, `c${i}`]));
  const values = data.rows.map((row) =>
    Object.fromEntries([...positions].map(([column, name]) => [name, row[column] ?? null])),
  );
  const layers = layersOf(plan);
  const fromZero = layers.some(({ mark }) => ['bar', 'area'].includes(typeOf(mark)));
  const isLine = layers.every(({ mark }) => typeOf(mark) === 'line');
  const context: Context = { plan, data, positions, fromZero, isLine };
  const encode = (encoding: ChartEncoding): Spec =>
    Object.fromEntries(Object.entries(encoding).map(([name, channel]) => [name, channelOf(name, channel, context)]));
  const all = encode(view.encoding);
  const shared = Object.fromEntries(Object.entries(all).filter(([name]) => !MULTIPLES.some((each) => each === name)));
  const multiples = MULTIPLES.flatMap((name) => {
    const channel = all[name];
    return channel === undefined ? [] : [[name, channel] as const];
  });
  const marks = layers.flatMap(({ mark, encoding }): Spec[] => {
    const own = encode(encoding ?? {});
    const whole = { ...view.encoding, ...encoding };
    const ends = intervals ? intervalOf(mark, whole, { ...shared, ...own }, data, positions) : undefined;
    return [...(ends === undefined ? [] : [ends]), { mark: markOf(mark), encoding: own }];
  });
  const size = {
    width: view.width ?? (multiples.length > 0 ? 200 : 460),
    height: view.height ?? (multiples.length > 0 ? 180 : 260),
  };
  const body = { ...size, encoding: shared, layer: marks };
  const head = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', data: { values } };
  if (multiples.length === 0) return { ...head, ...body } as unknown as TopLevelSpec;
  const facet = all.facet === undefined ? { facet: Object.fromEntries(multiples) } : { facet: all.facet, columns: 3 };
  return { ...head, ...facet, spec: body } as unknown as TopLevelSpec;
}

function typeOf(mark: string | JsonObject): string {
  return typeof mark === 'string' ? mark : (mark.type as string);
}

function markOf(mark: string | JsonObject): JsonObject {
  return { ...(typeof mark === 'string' ? { type: mark } : mark), clip: true };
}

interface Context {
  readonly plan: ChartPlan;
  readonly data: ChartRows;
  readonly positions: ReadonlyMap<string, string>;
  readonly fromZero: boolean;
  readonly isLine: boolean;
}

function channelOf(name: string, channel: Channel, context: Context): Spec {
  const { field, value, scale, legend, axis, title, sort, type: _, ...rest } = channel;
  if (value !== undefined) return { value } as Spec;
  const { data, positions } = context;
  const column = field === undefined ? {} : { field: positions.get(field) };
  if (name === 'x2' || name === 'y2') return { ...rest, ...column } as Spec;
  const type = typeIn(name, channel, context);
  const values = context.plan.axes.find((each) => each.name === field)?.values;
  // The values of an axis stand as the experiment has them; so do names in a file.
  const order = sort ?? (type === 'nominal' ? orderOf(field, values, data) : undefined);
  const isPlace = name === 'x' || name === 'y';
  const zero =
    type === 'quantitative' && isPlace && channel.bin === undefined ? { zero: startsAtZero(name, context) } : {};
  const isUpright = name === 'x' && type !== 'quantitative' && areShort(field, data) ? { labelAngle: 0 } : {};
  const laidOut = { ...zero, ...scale };
  const ticks = { ...isUpright, ...axis };
  return {
    ...rest,
    ...column,
    type,
    // Means are no parts of a whole.
    ...(isPlace && channel.stack === undefined && data.measured.includes(field ?? '') ? { stack: null } : {}),
    ...(name === 'detail' || name === 'order' ? {} : { title: title ?? titleOf(channel) }),
    ...(order === undefined ? {} : { sort: order }),
    ...(Object.keys(laidOut).length === 0 ? {} : { scale: laidOut }),
    ...(isPlace && Object.keys(ticks).length > 0 ? { axis: ticks } : {}),
    ...(LEGENDS.has(name) ? { legend: legendOf(type, legend, context) } : {}),
  } as Spec;
}

/** Channels with a legend. */
const LEGENDS: ReadonlySet<string> = new Set(['color', 'size', 'shape', 'opacity', 'strokeDash']);

type ChannelType = NonNullable<Channel['type']>;

/** Numbers are laid out as such at places, and as steps in colours if they are an axis of the matrix. */
function typeIn(name: string, { field, type, aggregate, bin }: Channel, { plan, data }: Context): ChannelType {
  if (type !== undefined) return type;
  const isNumeric =
    aggregate !== undefined || bin !== undefined || data.rows.every((row) => typeof row[field ?? ''] !== 'string');
  if (!isNumeric) return 'nominal';
  const isAxis = plan.axes.some((each) => each.name === field);
  return NAMES.has(name) || (isAxis && !PLACES.has(name)) ? 'ordinal' : 'quantitative';
}

/** Bars and areas stand on zero: on the axis along which they are drawn. */
function startsAtZero(name: 'x' | 'y', context: Context): boolean {
  if (!context.fromZero) return false;
  const { y } = context.plan.view.encoding;
  return name === 'y' || y === undefined || typeIn('y', y, context) !== 'quantitative';
}

/** Whether names stand beside each other without being turned. */
function areShort(field: string | undefined, { rows }: ChartRows): boolean {
  const names = new Set(rows.map((row) => String(row[field ?? ''] ?? '')));
  return [...names].reduce((sum, each) => sum + each.length + 2, 0) <= 56;
}

function legendOf(type: ChannelType, legend: Channel['legend'], { isLine }: Context): Spec | null {
  if (legend?.orient === 'none') return null;
  const symbols =
    type === 'quantitative' ? {} : { columns: 3, symbolOpacity: 1, ...(isLine ? { symbolType: 'stroke' } : {}) };
  return { orient: 'bottom', labelLimit: 0, ...symbols, ...legend };
}

function orderOf(
  field: string | undefined,
  values: readonly string[] | undefined,
  { rows }: ChartRows,
): readonly string[] | undefined {
  if (field === undefined) return undefined;
  return values ?? [...new Set(rows.flatMap((row) => (typeof row[field] === 'string' ? [row[field]] : [])))];
}

function titleOf({ field, aggregate }: Channel): string {
  if (aggregate === undefined) return field ?? '';
  return field === undefined ? aggregate : `${aggregate} of ${field}`;
}

/** Vega-Lite puts points on lines if a shape is encoded: here at the lower ends of intervals. */
const NO_POINTS = { point: false } as const;

/** The intervals of what a mark draws: a band along a line over numbers, else a bar at each row. */
function intervalOf(
  mark: string | JsonObject,
  encoding: ChartEncoding,
  encoded: Spec,
  { measured, rows }: ChartRows,
  positions: ReadonlyMap<string, string>,
): Spec | undefined {
  const type = typeOf(mark);
  if (!['line', 'point', 'circle', 'square', 'bar', 'tick'].includes(type)) return undefined;
  const [drawn] = (['y', 'x'] as const).flatMap((place) => {
    const { field, aggregate, bin, stack } = encoding[place] ?? {};
    const isMeasured = field !== undefined && measured.includes(field);
    return isMeasured && aggregate === undefined && bin === undefined && stack !== true ? [{ place, field }] : [];
  });
  if (drawn === undefined) return undefined;
  const { place, field } = drawn;
  if (rows.every((row) => row[`${field}_low`] === null)) return undefined;
  const other = encoded[place === 'y' ? 'x' : 'y'] as JsonObject | undefined;
  const isBand = type === 'line' && other?.type === 'quantitative';
  const ends = {
    [place]: { ...(encoded[place] as JsonObject), field: present(positions, `${field}_low`) },
    [`${place}2`]: { field: present(positions, `${field}_high`) },
  };
  // Bars are filled: an interval in their colour would be lost in them.
  const inInk = type === 'bar' ? { color: { value: '#1f2329' } } : {};
  return isBand
    ? {
        mark: { type: 'area', opacity: 0.18, clip: true, ...NO_POINTS },
        encoding: { ...ends, stroke: { value: null }, strokeDash: { value: null } },
      }
    : {
        mark: { type: 'rule', strokeWidth: 1.5, clip: true, ...NO_POINTS },
        encoding: { ...ends, ...inInk, strokeDash: { value: null } },
      };
}
