import { latexComment, latexNumber } from '../../foundation/words/latex.js';
import { zip } from '../../foundation/values/zip.js';
import type { Report } from '../report.js';
import { numberText, plainly, publishedText, signedText } from '../tables/table.js';

/**
 * `numbers.tex`: every number of the report as a macro, so that the text of a paper says what was measured:
 *
 *     \\input{numbers}  ...  reaches \\fx{table2b/SYN-1M/LFW}\\,\\% (95\\,\\% interval \\fx{table2b/SYN-1M/LFW/low} to ...)
 *
 * A name is `table/row/column`, with `/low`, `/high` or `/published` behind it, or `claim/ID/verdict`, and for a claim of one
 * comparison `/effect`, `/low`, `/high`. What of a label is no letter, digit, space or one of `.+-:=@()/` is a hyphen. A name that is not
 * there stops LaTeX with a word; of two that are alike neither is there.
 */
export function numbersTex(report: Report): string {
  const entries = [...tableNumbers(report), ...claimNumbers(report)].map(
    ([name, value]) => [nameOf(name), value] as const,
  );
  const counts = new Map<string, number>();
  for (const [name] of entries) counts.set(name, (counts.get(name) ?? 0) + 1);
  const { name, profile } = report.experiment;
  return [
    `% ${latexComment(name)}, profile ${latexComment(profile)}: written by fx; \\input it, then \\fx{table/row/column}`,
    '\\makeatletter',
    '\\providecommand\\fx[1]{\\ifcsname fx@\\detokenize{#1}\\endcsname\\csname fx@\\detokenize{#1}\\endcsname\\else',
    '  \\@latex@error{fx: no number is called \\detokenize{#1}}{See numbers.tex for those there are.}\\fi}',
    ...entries.flatMap(([key, value]) =>
      counts.get(key) === 1 && value !== null
        ? [`\\expandafter\\def\\csname fx@\\detokenize{${key}}\\endcsname{${value}}`]
        : [],
    ),
    '\\makeatother',
    '',
  ].join('\n');
}

/** A number that was not measured has its name too, so that no other number is found by it. */
type Numbers = readonly (readonly [name: string, value: string | null])[];

function tableNumbers({ tables }: Report): Numbers {
  return tables.flatMap((table) =>
    table.rows.flatMap(({ label, cells }) =>
      zip(cells, table.columns).flatMap(([cell, column]): Numbers => {
        const at = `${table.id}/${label}/${column.label}`;
        const { value, interval, published } = cell;
        const printed = (number: number | undefined): string | null =>
          number === undefined ? null : latexNumber(numberText(number, table));
        return [
          [at, printed(value ?? undefined)],
          [`${at}/low`, printed(interval?.low)],
          [`${at}/high`, printed(interval?.high)],
          [`${at}/published`, published === null ? null : latexNumber(publishedText(cell, table))],
        ];
      }),
    ),
  );
}

function claimNumbers({ claims }: Report): Numbers {
  return claims.flatMap(({ id, verdict, comparisons }): Numbers => {
    const [only] = comparisons;
    const at = `claim/${id}`;
    if (only === undefined || comparisons.length > 1 || only.effect === null) return [[`${at}/verdict`, verdict]];
    const signed = (value: number): string => latexNumber(signedText(value, plainly(only)));
    return [
      [`${at}/verdict`, verdict],
      [`${at}/effect`, signed(only.effect)],
      ...(only.interval === null
        ? []
        : ([
            [`${at}/low`, signed(only.interval.low)],
            [`${at}/high`, signed(only.interval.high)],
          ] as const)),
    ];
  });
}

/** Letters of every script are kept: a TeX that reads UTF-8 has them in names as well. */
function nameOf(name: string): string {
  return name
    .replaceAll(/[^\p{L}\p{N} .+:=@()/-]/gu, '-')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}
