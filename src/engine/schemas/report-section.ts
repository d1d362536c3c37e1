import { byCodeUnit, type JsonObject } from '../../foundation/values/json.js';
import { FILE_NAME, LABEL } from '../../foundation/schema/names.js';
import {
  argument,
  flag,
  list,
  map,
  object,
  optional,
  text,
  texts,
  union,
  word,
  type Schema,
  type Value,
} from '../../foundation/schema/schema.js';
import type { FigureType } from '../presentation.js';
import type { AnyStageKind } from '../stage.js';
import { chartProperties } from './chart-section.js';

/**
 * The `report` section: which tables, figures and claims come out of the records. Names in it are those of stages, axis
 * values and metrics; graph/report-section/ ties them to the graph.
 */

const id = text({
  says: 'Names its files and anchors: letters, digits, `-`, `_` and `.`.',
  pattern: FILE_NAME.pattern,
});

export const tableSchema = object(
  {
    id,
    title: optional(text({ says: 'Above the table.' })),
    from: optional(
      texts({
        says: 'The stage, or the stages, whose metrics fill it. Default: every stage that has the coordinates.',
      }),
    ),
    rows: map(argument({ says: 'A stage or an axis value.' }), {
      says: 'Label -> the axis value (or stage) the row is about.',
      names: LABEL,
      of: 'a row',
      examples: [{ Baseline: 'plain' }],
    }),
    columns: map(text({ says: '`value.metric`, or `metric`.' }), {
      says: 'Label -> `axis value.metric`, or `metric` where the row alone says which stage.',
      names: LABEL,
      of: 'a column',
      examples: [{ 'Set A': 'a.accuracy', 'Set B': 'b.loss' }],
    }),
    published: optional(
      map(
        list(
          { json: { type: ['number', 'null'], description: 'The published number; `null` where there is none.' } },
          {
            says: 'One for each column.',
          },
        ),
        { says: 'Row label -> the numbers of the publication.', names: LABEL, of: 'a row' },
      ),
    ),
    source: optional(text({ says: 'Where the published numbers stand.', examples: ['Table II (b)'] })),
    best: optional(
      word(['highest', 'lowest', 'none'], {
        says: 'Which value of each column is bold, where the kind of its metric does not say. Default: highest.',
      }),
    ),
    percent: optional(flag({ says: 'Shows fractions as percentages.' })),
    digits: optional({
      json: { type: 'integer', minimum: 0, maximum: 9, description: 'Digits after the point. Default: 3.' },
    }),
  },
  { says: 'A table: a row for each thing compared, a column for each measure.' },
);

const figure = { id, title: optional(text({ says: 'Below the figure.' })) };
const curves = map(argument({ says: 'A stage or an axis value.' }), {
  says: 'Label -> the axis value (or stage) of the curve.',
  names: LABEL,
  of: 'a curve',
});

/** Figures that need no stage kind's word. */
const learningCurves = object(
  {
    type: word(['learning-curves'], { says: 'Loss by epoch.' }),
    ...figure,
    of: texts({ says: 'The training stages.' }),
    metric: optional(text({ says: 'What is drawn. Default: loss.' })),
  },
  { says: 'Learning curves.' },
);

const graph = object(
  { type: word(['graph'], { says: 'The stages and what they read.' }), ...figure },
  { says: 'The graph.' },
);

const chart = object(
  {
    type: word(['chart'], { says: 'A figure of your own, in the words of Vega-Lite.' }),
    ...figure,
    ...chartProperties,
  },
  { says: 'A figure of your own, in the words of Vega-Lite.' },
);

const image = object(
  {
    type: word(['image'], { says: 'A picture that stages made.' }),
    ...figure,
    of: texts({ says: 'The stages.' }),
    file: text({ says: 'A PNG file among their outputs.', examples: ['plot.png'] }),
  },
  { says: 'A picture that stages made.' },
);

const rows = object(
  {
    type: word(['rows'], { says: 'A table that stages made.' }),
    ...figure,
    of: texts({ says: 'The stages.' }),
    file: text({ says: 'A CSV file with a head among their outputs.', examples: ['confusion.csv'] }),
  },
  { says: 'A table that stages made.' },
);

/** The engine's own types, which no kind may take. */
const OWN_FIGURES = [learningCurves, graph, chart, image, rows];

/** The types of figures that stage kinds declare, by name: of two kinds that declare one, the first. */
export type FigureTypes = ReadonlyMap<string, FigureType>;

export function figureTypesOf(kinds: Iterable<AnyStageKind>): FigureTypes {
  const found = new Map<string, FigureType>();
  for (const { shows } of kinds)
    for (const [name, type] of Object.entries(shows?.figures ?? {})) if (!found.has(name)) found.set(name, type);
  return new Map([...found].sort(([a], [b]) => byCodeUnit(a, b)));
}

function figureSchemaOf(name: string, type: FigureType): Schema<KindFigure> {
  const head = { type: word([name], { says: type.says }), ...figure };
  if (type.shape === 'curves')
    return object(
      {
        ...head,
        from: optional(texts({ says: 'The stage, or stages, whose results are drawn.' })),
        rows: curves,
        on: optional(texts({ says: 'Axis values: a panel for each.' })),
      },
      { says: type.says },
    );
  const { json } = object({ ...head, of: texts({ says: 'The stages whose results are shown.' }) }, { says: type.says });
  const options = type.options.json;
  const properties = { ...(json.properties as JsonObject), ...(options.properties as JsonObject) };
  const required = [...(json.required as readonly string[]), ...((options.required ?? []) as readonly string[])];
  return { json: { ...json, properties, required } };
}

/** A figure of a type that a kind declares; of `pictures` it has the type's options besides. */
export interface KindFigure {
  readonly type: string;
  readonly id: string;
  readonly title?: string;
  readonly from?: string | readonly string[];
  readonly rows?: Readonly<Record<string, string>>;
  readonly on?: string | readonly string[];
  readonly of?: string | readonly string[];
}

export const claimSchema = object(
  {
    id,
    says: text({ says: 'The sentence that the paper claims.' }),
    section: optional(text({ says: 'Where it stands.' })),
    that: text({
      says: 'What must hold: rows of a table compared by `<`, `<=`, `>`, `>=`, as a chain, or a row or difference against a number (unless a row is called so).',
      examples: ['SYN-Front < SYN-1M', 'A <= B <= C', 'A - B > 0.05'],
    }),
    table: optional(text({ says: 'The table that is meant, where several have the row or the column.' })),
    on: list(text({ says: 'A column label, `value.metric`, or the axis value a column is about.' }), {
      says: 'The columns on which it must hold.',
      minItems: 1,
    }),
    hold: optional(
      word(['all', 'any', 'mean'], { says: 'On which of the columns: all (the default), any, or in their mean.' }),
    ),
  },
  { says: 'A claim of the paper as a checkable statement.' },
);

/** @param types that the kinds at hand declare */
export function reportSchemaOf(types: FigureTypes): Schema<ReportSection> {
  const declared = [...types].map(([name, type]) => figureSchemaOf(name, type));
  const figures = union('type', [...OWN_FIGURES, ...declared], { says: 'A figure.' });
  return object(
    {
      tables: optional(list(tableSchema, { says: 'The tables.' })),
      figures: optional(list(figures, { says: 'The figures.' })),
      claims: optional(list(claimSchema, { says: 'The claims.' })),
      correction: optional(
        word(['none', 'holm'], {
          says: 'For many claims: none (the default; the report says how many verdicts to expect by chance), or Holm’s.',
        }),
      ),
    },
    { says: 'What the report shows.' },
  );
}

export interface ReportSection {
  readonly tables?: readonly ReportTable[];
  readonly figures?: readonly ReportFigure[];
  readonly claims?: readonly ReportClaim[];
  readonly correction?: 'none' | 'holm';
}
export type ReportTable = Value<typeof tableSchema>;
export type LearningCurvesFigure = Value<typeof learningCurves>;
export type ChartFigure = Value<typeof chart>;
export type FileFigure = Value<typeof image> | Value<typeof rows>;
export type ReportFigure = LearningCurvesFigure | ChartFigure | FileFigure | Value<typeof graph> | KindFigure;
export type ReportClaim = Value<typeof claimSchema>;
