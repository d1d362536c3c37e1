import type { ChartEncoding } from '../../engine/run/record.js';
import type { ChartPlan, ChartRows, Value } from './chart-rows.js';

type Row = ChartRows['rows'][number];

/** Channels that do not part what lies at one place, or belongs to one line. */
const NO_PARTS: ReadonlySet<string> = new Set(['x', 'y', 'x2', 'y2', 'text', 'order']);

/** Panels, and places within one. */
const PLACES: readonly string[] = ['x', 'y', 'xOffset', 'column', 'row', 'facet'];

/**
 * Why a layer would show something else than its rows: a line that leads to and fro between rows of several stages, bars and
 * tiles that hide one another. Undefined where it does not.
 */
export function hiddenRows(
  mark: string,
  encoding: ChartEncoding,
  { axes }: Pick<ChartPlan, 'axes'>,
  { rows, measured }: Pick<ChartRows, 'rows' | 'measured'>,
): string | undefined {
  const channels = Object.entries(encoding);
  if (channels.some(([, { aggregate, bin }]) => aggregate !== undefined || (bin !== undefined && bin !== false)))
    return undefined;
  const origin = ['stage', ...axes.map(({ name }) => name), 'replicate'];
  const keyOf = (row: Row, fields: readonly string[]): string =>
    JSON.stringify(fields.map((field) => row[field] ?? null));
  const fieldsOf = (of: (channel: string) => boolean): readonly string[] =>
    channels.flatMap(([name, { field }]) => (field !== undefined && of(name) ? [field] : []));
  const differing = (a: Row, b: Row): string | undefined => origin.find((column) => a[column] !== b[column]);

  if (mark === 'line' || mark === 'area') {
    const along = encoding.x?.field;
    if (along === undefined || encoding.order !== undefined) return undefined;
    const parts = fieldsOf((name) => !NO_PARTS.has(name));
    const height = encoding.y?.field;
    const drawn = rows.filter((row) => height === undefined || row[height] !== null);
    for (const line of groupedBy(drawn, (row) => keyOf(row, parts))) {
      const pieces = groupedBy(line, (row) => keyOf(row, origin));
      const found = overlapping(pieces, along);
      if (found !== undefined) return said(`one ${mark} would join rows`, differing(...found), 'color');
    }
    return undefined;
  }
  if (mark !== 'bar' && mark !== 'rect') return undefined;
  if (encoding.x2 !== undefined || encoding.y2 !== undefined) return undefined;
  const length = mark === 'bar' ? lengthOf(encoding, rows) : undefined;
  const field = length === undefined ? undefined : encoding[length]?.field;
  const isStacked = length !== undefined && (field === undefined || !measured.includes(field));
  if (length !== undefined && encoding[length]?.stack !== undefined) return undefined;
  // What is stacked is parted by its colour, too.
  const places = fieldsOf((name) => name !== length && (PLACES.includes(name) || (isStacked && !NO_PARTS.has(name))));
  const drawn = field ?? encoding.color?.field;
  const seen = rows.filter((row) => drawn === undefined || row[drawn] !== null);
  for (const place of groupedBy(seen, (row) => keyOf(row, places))) {
    const [first, second] = place;
    if (second === undefined) continue;
    return mark === 'bar'
      ? said('bars would hide one another, of rows', differing(first!, second), 'xOffset')
      : said('tiles would hide one another, of rows', differing(first!, second), 'column');
  }
  return undefined;
}

/** @param channel one that would show the difference */
function said(what: string, column: string | undefined, channel: string): string {
  const mean = 'draw a mean (`aggregate: mean`)';
  if (column === undefined) return `${what} of one stage: give what they differ in a channel, or ${mean}`;
  return column === 'replicate'
    ? `${what} of several replicates: average them (\`average\`, or \`aggregate: mean\`), or give them a channel (\`detail: { field: replicate }\`)`
    : `${what} that differ in \`${column}\`, which nothing shows: give it a channel (\`${channel}: { field: ${column} }\`), or ${mean}`;
}

/** Along which of its two axes a bar is long: that of numbers, `y` where both are. */
function lengthOf({ x, y }: ChartEncoding, rows: readonly Row[]): 'x' | 'y' | undefined {
  const isLong = (channel: ChartEncoding[string] | undefined): boolean =>
    channel?.field !== undefined &&
    channel.type !== 'nominal' &&
    channel.type !== 'ordinal' &&
    rows.every((row) => typeof row[channel.field!] !== 'string');
  return isLong(y) ? 'y' : isLong(x) ? 'x' : undefined;
}

function groupedBy(rows: readonly Row[], keyOf: (row: Row) => string): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

/** What a piece of a line reaches over: from `low` to `high`, or names. */
interface Span {
  readonly row: Row;
  readonly low: number;
  readonly high: number;
  readonly names: ReadonlySet<Value>;
}

/** A row of each of two pieces that do not lie one behind the other along a column: ends may meet. */
function overlapping(pieces: readonly (readonly Row[])[], along: string): readonly [Row, Row] | undefined {
  const spans = pieces.flatMap((rows) => spanOf(rows, along) ?? []);
  const numbers = spans.filter(({ names }) => names.size === 0).sort((a, b) => a.low - b.low || a.high - b.high);
  for (const [i, span] of numbers.entries()) {
    const before = numbers[i - 1];
    if (before !== undefined && (span.low < before.high || span.low === before.low || span.high === before.high))
      return [before.row, span.row];
  }
  const taken = new Map<Value, Row>();
  for (const { names, row } of spans)
    for (const name of names) {
      const other = taken.get(name);
      if (other !== undefined) return [other, row];
      taken.set(name, row);
    }
  return undefined;
}

function spanOf(rows: readonly Row[], along: string): Span | undefined {
  const at = rows.map((row) => row[along] ?? null).filter((value) => value !== null);
  const [row] = rows;
  if (row === undefined || at.length === 0) return undefined;
  const numbers = at.filter((value) => typeof value === 'number');
  if (numbers.length < at.length) return { row, low: 0, high: 0, names: new Set(at) };
  const low = numbers.reduce((a, b) => Math.min(a, b));
  const high = numbers.reduce((a, b) => Math.max(a, b));
  return { row, low, high, names: new Set() };
}
