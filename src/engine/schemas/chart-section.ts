import type { JsonObject } from '../../foundation/values/json.js';
import {
  flag,
  list,
  map,
  object,
  optional,
  text,
  texts,
  word,
  type Schema,
  type Value,
} from '../../foundation/schema/schema.js';

/**
 * Figures of a user's own: `mark` and `encoding` as Vega-Lite has them, as far as they draw data and compute nothing from a
 * text of the experiment. What names a file or an address has no place here: the data are the run's (decision 0155).
 */
/** A name, or hexadecimal digits: nothing that leads anywhere. */
const COLOUR = '^([a-zA-Z]+|#[0-9a-fA-F]{3,8})$';

const MARKS = ['line', 'point', 'circle', 'square', 'bar', 'area', 'rect', 'tick', 'rule', 'text', 'boxplot'] as const;

const mark: Schema<string | JsonObject> = {
  json: {
    type: ['string', 'object'],
    pattern: `^(${MARKS.join('|')})$`,
    description: `How a row is drawn: ${MARKS.map((name) => `\`${name}\``).join(', ')}; or a map with that as \`type\`.`,
    properties: {
      type: { enum: [...MARKS], description: 'How a row is drawn.' },
      point: { type: 'boolean', description: 'Of a line: a point at each row.' },
      interpolate: { enum: ['linear', 'step', 'step-before', 'step-after', 'monotone'], description: 'Of a line.' },
      filled: { type: 'boolean', description: 'Of a point: filled, or a ring.' },
      opacity: { type: 'number', minimum: 0, maximum: 1, description: 'From 0 to 1.' },
      size: { type: 'number', minimum: 0, description: 'Of a point, in square pixels.' },
      strokeWidth: { type: 'number', minimum: 0, description: 'In pixels.' },
      strokeDash: { type: 'array', items: { type: 'number' }, description: 'Lengths of dashes and gaps, in pixels.' },
      color: { type: 'string', pattern: COLOUR, description: 'A colour: a name, or `#rrggbb`.' },
    },
    required: ['type'],
    additionalProperties: false,
    examples: ['line', { type: 'line', point: true }],
  },
};

const scale = object(
  {
    type: optional(word(['linear', 'log', 'sqrt', 'symlog', 'pow'], { says: 'How numbers are laid out.' })),
    domain: optional(list({ json: { type: ['number', 'string', 'boolean'] } }, { says: 'What the scale is about.' })),
    zero: optional(flag({ says: 'Whether zero is shown.' })),
    nice: optional(flag({ says: 'Whether the ends are round numbers.' })),
    reverse: optional(flag({ says: 'From the greatest to the least.' })),
    scheme: optional(text({ says: 'A colour scheme of Vega: `viridis`.', pattern: '^[a-zA-Z0-9-]{1,40}$' })),
    range: optional(
      list(text({ says: 'A colour.', pattern: COLOUR }), { says: 'Colours, one for each value of the domain.' }),
    ),
  },
  { says: 'From values to places or colours.' },
);

const axis = object(
  {
    format: optional(text({ says: 'Of numbers, as d3 writes it: `.2f`, `%`.' })),
    tickCount: optional({ json: { type: 'integer', minimum: 1, maximum: 100, description: 'About how many marks.' } }),
    grid: optional(flag({ says: 'Whether there are lines at the marks.' })),
    labelAngle: optional({ json: { type: 'number', minimum: -360, maximum: 360, description: 'In degrees.' } }),
  },
  { says: 'The axis.' },
);

const legend = object(
  {
    title: optional(text({ says: 'Above the legend.' })),
    orient: optional(word(['bottom', 'top', 'left', 'right', 'none'], { says: 'Where it stands. Default: bottom.' })),
  },
  { says: 'The legend.' },
);

const AGGREGATES = ['count', 'sum', 'mean', 'median', 'min', 'max', 'stdev'] as const;

const channelProperties = {
  field: optional(text({ says: 'The column: an axis of the matrix, a metric, or a column of the file.' })),
  type: optional(
    word(['quantitative', 'nominal', 'ordinal'], { says: 'Numbers, or names. Default: as the values are.' }),
  ),
  aggregate: optional(word(AGGREGATES, { says: 'How rows that are alike in all other columns are aggregated.' })),
  bin: optional({
    json: {
      type: ['boolean', 'object'],
      properties: {
        maxbins: { type: 'integer', minimum: 2, maximum: 1000, description: 'The maximum number of bins.' },
        step: { type: 'number', exclusiveMinimum: 0, description: 'The width of each bin.' },
      },
      additionalProperties: false,
      description: 'Bins numbers together: a histogram.',
    },
  }),
  title: optional(text({ says: 'The title of the axis or legend. Default: the column.' })),
  sort: optional(
    texts({ says: '`ascending`, `descending`, or the values in order. Default: as the experiment has them.' }),
  ),
  stack: optional({ json: { type: 'boolean', description: 'Whether bars and areas are stacked.' } }),
  scale: optional(scale),
  axis: optional(axis),
  legend: optional(legend),
  value: optional({ json: { type: ['number', 'string'], pattern: COLOUR, description: 'A constant for all marks.' } }),
};

const channel = object(channelProperties, { says: 'Where the data come from.' });

const CHANNELS = [
  ['x', 'y', 'x2', 'y2', 'xOffset'],
  ['color', 'opacity', 'size', 'shape', 'strokeDash', 'text', 'detail', 'order'],
  // Small multiples: side by side, one above the other, line by line.
  ['column', 'row', 'facet'],
].flat();

export type Channel = Value<typeof channel>;

const encoding = map(channel, {
  says: `Which columns are drawn, and as what, by channel: ${CHANNELS.map((name) => `\`${name}\``).join(', ')}. The last three make small multiples.`,
  names: { pattern: `^(${CHANNELS.join('|')})$`, says: `it is one of ${CHANNELS.join(', ')}` },
  of: 'a channel',
  examples: [{ x: { field: 'epoch' }, y: { field: 'loss' }, color: { field: 'model' } }],
});

const layer = object({ mark, encoding: optional(encoding) }, { says: 'A layer.' });

export const chartProperties = {
  from: texts({ says: 'The stage, or stages, whose results are drawn: of a matrix, every cell.' }),
  metrics: optional(
    texts({
      says: 'Metrics, as columns: a row for each cell of the matrix, with the mean over replicates as `accuracy`, and the ends of its 95 % interval as `accuracy_low` and `accuracy_high`.',
    }),
  ),
  file: optional(
    text({
      says: 'In place of metrics: a CSV file with a head among the outputs of the stages. Its rows, with the axes of the matrix and `replicate` as further columns (a column of its own of such a name needs another, if it is drawn).',
      examples: ['curve.csv'],
    }),
  ),
  average: optional(
    texts({
      says: 'Columns of the file of which the mean over replicates is drawn, of rows that are alike in all other columns that are drawn, with `_low` and `_high` as the ends of its 95 % interval.',
    }),
  ),
  mark,
  encoding: optional(encoding),
  layer: optional(
    list(layer, { says: 'Further layers on the same axes; each gives what differs in its encoding.', minItems: 1 }),
  ),
  intervals: optional(
    flag({ says: 'Draws the intervals of metrics and averages: bars, or a band along a line. Default: true.' }),
  ),
  width: optional({
    json: { type: 'integer', minimum: 40, maximum: 2000, description: 'The size of a panel in pixels.' },
  }),
  height: optional({
    json: { type: 'integer', minimum: 40, maximum: 2000, description: 'The size of a panel in pixels.' },
  }),
};

export type ChartEncoding = Value<typeof encoding>;
export type ChartLayer = Value<typeof layer>;
