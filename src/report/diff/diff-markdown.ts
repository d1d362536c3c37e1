import type { Json } from '../../foundation/values/json.js';
import { code, table as markdownTable, text } from '../../foundation/words/markdown.js';
import type { CellChange } from './diff-cells.js';
import type { ReportDiff } from './diff.js';
import { causes, type StageChange } from './diff-stages.js';
import { effectText, parameterText } from '../formats/markdown.js';
import { numberText, plainly } from '../tables/table.js';

/** More stages of one cause than these are counted, not named. */
const MOST_NAMED = 8;

/** For a pull request: what it comes to, the causes, the numbers, the claims. */
export function diffMarkdown(diff: ReportDiff): string {
  const { before, after } = diff;
  const name = `${text(after.name)}, profile ${text(after.profile)}`;
  const against =
    before.name === after.name && before.profile === after.profile
      ? ''
      : ` against ${text(before.name)}, profile ${text(before.profile)}`;
  const parts = [`## ${name}${against}: ${headline(diff)}`];
  const why = [
    ...diff.parameters.map(
      (change) => `- parameter ${code(change.name)}: ${code(shown(change.before))} → ${code(shown(change.after))}`,
    ),
    ...stageLines(diff.stages),
    ...diff.cells.flatMap(({ table, row, column, of }) =>
      of === undefined
        ? []
        : [`- ${code(`${table}/${row}/${column}`)} is of ${named(of.after)}, and was of ${named(of.before)}`],
    ),
    ...diff.claims.flatMap(({ says, asks }) =>
      asks === undefined
        ? []
        : [`- the claim “${text(says)}” asks for ${code(asks.after)}, and asked for ${code(asks.before)}`],
    ),
  ];
  if (why.length > 0) parts.push('### What changed', why.join('\n'));
  if (diff.cells.length > 0) parts.push('### Numbers', cellsTable(diff.cells));
  if (diff.claims.length > 0) {
    const rows = diff.claims.map(({ says, before, after, asks }) => [
      text(says),
      before ?? '–',
      `${after ?? '–'}${asks === undefined ? '' : ' (of another statement)'}`,
    ]);
    parts.push('### Claims', markdownTable(['claim', 'before', 'after'], rows, 'left'));
  }
  return `${parts.join('\n\n')}\n`;
}

export function headline({ cells, claims, stages, parameters }: ReportDiff): string {
  if (cells.length === 0 && claims.length === 0) {
    return stages.length === 0 && parameters.length === 0 ? 'nothing changed' : 'no number moved';
  }
  const count = (verdicts: readonly CellChange['verdict'][], what: string): string[] => {
    const n = cells.filter(({ verdict }) => verdicts.includes(verdict)).length;
    return n === 0 ? [] : [`${n} ${what}`];
  };
  return [
    ...count(['worse'], 'worse'),
    ...count(['better'], 'better'),
    ...count(['moved'], 'moved'),
    ...count(['within noise'], 'within noise'),
    ...count(['noise unknown', 'not comparable'], 'cannot be judged'),
    ...count(['new'], 'new'),
    ...count(['gone'], 'gone'),
    ...countClaims(claims.filter(({ asks }) => asks === undefined).length, 'flipped'),
    ...countClaims(claims.filter(({ asks }) => asks !== undefined).length, 'of another statement'),
  ].join(', ');
}

function countClaims(n: number, what: string): readonly string[] {
  return n === 0 ? [] : [`${n} ${n === 1 ? 'claim' : 'claims'} ${what}`];
}

function named(stages: readonly string[]): string {
  return stages.map(code).join(', ');
}

function stageLines(stages: readonly StageChange[]): readonly string[] {
  const own = causes(stages);
  // Stages of a matrix often change alike: one line for all.
  const alike = new Map<string, StageChange[]>();
  for (const stage of own) {
    const why = whyText(stage);
    const known = alike.get(why);
    if (known === undefined) alike.set(why, [stage]);
    else known.push(stage);
  }
  const lines = [...alike].map(([why, members]) => {
    const names = members.slice(0, MOST_NAMED).map(({ id }) => code(id));
    const more = members.length > MOST_NAMED ? ` and ${members.length - MOST_NAMED} more` : '';
    return `- ${names.join(', ')}${more}: ${why}`;
  });
  const rest = stages.length - own.length;
  return rest === 0 ? lines : [...lines, `- ${rest} more ${rest === 1 ? 'stage' : 'stages'} because of their inputs`];
}

function whyText({ change, parameters, reasons, differs }: StageChange): string {
  if (change !== 'changed') return change;
  const why = [
    ...parameters.map(({ name, before, after }) => `${code(name)} ${code(shown(before))} → ${code(shown(after))}`),
    ...reasons.map(text),
  ];
  const same = differs ? '' : ' (the same bytes came out)';
  return (why.length === 0 ? 'another result under the same key' : why.join('; ')) + same;
}

function shown(value: Json): string {
  return value === null ? '–' : parameterText(value);
}

function cellsTable(cells: readonly CellChange[]): string {
  const rows = cells.map(({ table, row, column, before, after, difference, interval, verdict, method, ...how }) => {
    const number = (value: number | null): string => (value === null ? '–' : numberText(value, plainly(how)));
    return [
      `${text(table)} / ${text(row)}`,
      text(column),
      number(before),
      number(after),
      difference === null ? '' : effectText({ effect: difference, interval, ...how }),
      verdict === 'worse' ? '**worse**' : verdict,
      text(method),
    ];
  });
  return markdownTable(['', 'on', 'before', 'after', 'difference [95 %]', 'verdict', 'by'], rows, 'left');
}
