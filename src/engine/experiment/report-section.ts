import { FILE_NAME, LABEL } from '../../foundation/names.js';
import { flag, list, map, object, optional, text, texts, union, word, type Value } from '../../foundation/schema.js';

/**
 * The `report` section: which tables, figures and claims come out of the records. Names in it are those of stages, axis
 * values and metrics; graph/report.ts ties them to the graph.
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
    rows: map(text({ says: 'A stage or an axis value.' }), {
      says: 'Label -> the axis value (or stage) the row is about.',
      names: LABEL,
      of: 'a row',
      examples: [{ 'SYN-Front': 'pretrain-front' }],
    }),
    columns: map(text({ says: '`value.metric`, or `metric`.' }), {
      says: 'Label -> `axis value.metric`, or `metric` where the row alone says which stage.',
      names: LABEL,
      of: 'a column',
      examples: [{ LFW: 'lfw.accuracy', 'IJB-A': 'ijba.tar@far=0.1' }],
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
      word(['highest', 'lowest', 'none'], { says: 'Which value of a column is set in bold. Default: highest.' }),
    ),
    percent: optional(flag({ says: 'Shows fractions as percentages.' })),
    digits: optional({
      json: { type: 'integer', minimum: 0, maximum: 9, description: 'Digits after the point. Default: 3.' },
    }),
  },
  { says: 'A table: a row for each thing compared, a column for each measure.' },
);

const figure = { id, title: optional(text({ says: 'Below the figure.' })) };
const curves = map(text({ says: 'A stage or an axis value.' }), {
  says: 'Label -> the axis value (or stage) of the curve.',
  names: LABEL,
  of: 'a curve',
});

export const figureSchema = union(
  'type',
  [
    object(
      {
        type: word(['roc'], { says: 'True against false accept rates.' }),
        ...figure,
        from: optional(texts({ says: 'The stage, or stages, whose scores are drawn.' })),
        rows: curves,
        on: optional(texts({ says: 'Axis values (benchmarks): a panel for each.' })),
      },
      { says: 'ROC curves.' },
    ),
    object(
      {
        type: word(['learning-curves'], { says: 'Loss by epoch.' }),
        ...figure,
        of: texts({ says: 'The training stages.' }),
        metric: optional(text({ says: 'What is drawn. Default: loss.' })),
      },
      { says: 'Learning curves.' },
    ),
    object(
      {
        type: word(['contact-sheet'], { says: 'Samples of a data set.' }),
        ...figure,
        of: texts({ says: 'The stages whose images are shown.' }),
        rows: optional({ json: { type: 'integer', minimum: 1, maximum: 100, description: 'Identities shown.' } }),
        columns: optional({ json: { type: 'integer', minimum: 1, maximum: 100, description: 'Samples of each.' } }),
      },
      { says: 'A contact sheet.' },
    ),
    object({ type: word(['graph'], { says: 'The stages and what they read.' }), ...figure }, { says: 'The graph.' }),
  ],
  { says: 'A figure.' },
);

export const claimSchema = object(
  {
    id,
    says: text({ says: 'The sentence of the paper.' }),
    section: optional(text({ says: 'Where it stands.' })),
    that: text({
      says: 'What must hold: rows of a table compared by `<`, `<=`, `>`, `>=`, as a chain, or a difference against a number.',
      examples: ['SYN-Front < SYN-1M', 'A <= B <= C', 'A - B > 0.05'],
    }),
    table: optional(text({ says: 'The table whose row labels are meant, where several have them.' })),
    on: list(text({ says: 'A column label, `value.metric`, or the axis value a column is about.' }), {
      says: 'The columns on which it must hold.',
      minItems: 1,
    }),
    hold: optional(
      word(['all', 'any', 'mean'], { says: 'On which of the columns: all (the default), any, or in their mean.' }),
    ),
  },
  { says: 'A sentence of the paper as a statement that is checked.' },
);

export const reportSchema = object(
  {
    tables: optional(list(tableSchema, { says: 'The tables.' })),
    figures: optional(list(figureSchema, { says: 'The figures.' })),
    claims: optional(list(claimSchema, { says: 'The claims.' })),
    correction: optional(
      word(['none', 'holm'], {
        says: 'For many claims: none (the default; the report says how many verdicts to expect by chance), or Holm’s.',
      }),
    ),
  },
  { says: 'What the report shows.' },
);

export type ReportSection = Value<typeof reportSchema>;
export type ReportTable = Value<typeof tableSchema>;
export type ReportFigure = Value<typeof figureSchema>;
export type ReportClaim = Value<typeof claimSchema>;
