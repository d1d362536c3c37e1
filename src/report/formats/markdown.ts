import { code, codeBlock, image, message, table as markdownTable, text } from '../../foundation/words/markdown.js';
import { byName, graphMermaid } from '../figures/graph-drawing.js';
import { shownRows } from '../tables/shown-rows.js';
import { claimRemarks, claimsRemark, reasonText, tableRemarks } from './remarks.js';
import type { Cell, ClaimVerdict, Figure, Report, Table } from '../report.js';
import {
  acceptedNotice,
  capitalised,
  effectText,
  groupHeads,
  hasPublished,
  IRREPRODUCIBLE_NOTICE,
  numberText,
  parameterText,
  publishedText,
  VERDICT_MARKS,
} from '../tables/printing.js';

export function reportMarkdown(report: Report, files: ReadonlyMap<string, Uint8Array | string> = new Map()): string {
  const { experiment } = report;
  const accepted = acceptedNotice(report);
  const remark = [claimsRemark(report)].filter((each) => each !== undefined);
  const parts = [
    `# ${text(experiment.title)}`,
    `Experiment ${code(experiment.name)}, profile ${code(experiment.profile)}.${parametersText(report)}`,
    ...report.notices.map((notice) => `> ${text(notice)}`),
    ...(report.reproducible ? [] : [`> ${IRREPRODUCIBLE_NOTICE}`]),
    ...(accepted === undefined ? [] : [`> ${text(accepted)}`]),
    ...report.tables.map((table) => `## ${text(table.title)}\n\n${tableMarkdown(table)}`),
    ...(report.claims.length === 0 ? [] : ['## Claims', ...remark.map(message), ...report.claims.map(claimMarkdown)]),
    ...report.figures
      .filter((figure) => figure.panels.length > 0 || figure.lacks !== undefined)
      .map((figure) => figureMarkdown(figure, report, files)),
    '## Stages',
    stagesMarkdown(report),
  ];
  return `${parts.join('\n\n')}\n`;
}

function parametersText({ experiment }: Report): string {
  const entries = Object.entries(experiment.parameters)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${code(name)} = ${code(parameterText(value))}`);
  return entries.length === 0 ? '' : ` Parameters: ${entries.join(', ')}.`;
}

/** The publication's numbers in columns of their own, in italics; those beside data that a kind gives notice of are said to be not comparable. */
export function tableMarkdown(table: Table): string {
  const unit = table.percent ? ' (%)' : '';
  const labels = table.columns.map(({ label }) => text(label) + unit);
  const isPublished = hasPublished(table);
  const heads = groupHeads(table);
  const head = ['', ...labels, ...(isPublished ? labels.map((label) => `_${label}_`) : [])];
  const rows = table.rows.map(({ label, cells }) => [
    text(label),
    ...cells.map((cell) => cellText(cell, table)),
    ...(isPublished ? cells.map((cell) => `_${publishedText(cell, table)}_`) : []),
  ]);
  const notes = [
    `In brackets: ${message(tableRemarks(table).join(' '))}`,
    ...(table.best === 'none' ? [] : ['Bold: the best of a column.']),
    ...(isPublished
      ? [
          `In italics: ${heads.published}${table.measuredOn === undefined ? '' : ` with what is measured on ${text(table.measuredOn)}`}.`,
          text(heads.from),
        ]
      : []),
  ];
  return [markdownTable(head, rows), notes.filter((note) => note !== '').join(' ')].join('\n\n');
}

function cellText({ value, interval, best, sources }: Cell, table: Table): string {
  if (value === null) return '–';
  const number = numberText(value, table);
  const range = interval === null ? '' : ` [${numberText(interval.low, table)}, ${numberText(interval.high, table)}]`;
  const replicates = sources.length > 1 ? ` n=${sources.length}` : '';
  return `${best ? `**${number}**` : number}${range}${replicates}`;
}

function claimMarkdown(claim: ClaimVerdict): string {
  const { says, section, that, verdict, comparisons } = claim;
  const reason = reasonText(claim);
  const where = section === undefined ? '' : ` (${text(section)})`;
  const rows = comparisons.map((comparison) => [
    text(comparison.column),
    code(comparison.statement),
    effectText(comparison),
    comparison.verdict,
    text(comparison.method),
  ]);
  return [
    `### ${VERDICT_MARKS[verdict]} ${capitalised(verdict)}: ${text(says)}${where}`,
    code(that),
    ...(reason === undefined ? [] : [message(reason)]),
    markdownTable(['on', 'statement', 'effect [95 %]', 'verdict', 'by'], rows, 'left'),
    ...claimRemarks(claim).map(message),
  ].join('\n\n');
}

function figureMarkdown(figure: Figure, report: Report, files: ReadonlyMap<string, Uint8Array | string>): string {
  const lacks = figure.lacks === undefined ? [] : [`Not drawn: ${message(figure.lacks)}.`];
  return [`## ${text(figure.title)}`, ...drawingsOf(figure, report, files), ...lacks].join('\n\n');
}

function drawingsOf(
  { type, shape, title, panels }: Figure,
  report: Report,
  files: ReadonlyMap<string, Uint8Array | string>,
): readonly string[] {
  if (type === 'graph') return [codeBlock(graphMermaid(byName(report.stages)), 'mermaid')];
  if (shape !== 'rows') return [panels.map(({ label, file }) => image(label === '' ? title : label, file)).join(' ')];
  return panels.flatMap(({ label, file }) => {
    const content = files.get(file);
    if (content === undefined) return [];
    const { head, body, left } = shownRows(content);
    return [
      ...(panels.length === 1 ? [] : [code(label)]),
      markdownTable(
        head.map(text),
        body.map((cells) => cells.map(text)),
      ),
      ...(left === 0 ? [] : [`${left} more rows in ${code(file)}.`]),
    ];
  });
}

function stagesMarkdown(report: Report): string {
  const rows = report.stages.map(({ id, kind, key, reads, reproducible, accepted }) => [
    code(id),
    `${text(kind)}${reproducible ? '' : ' (not reproducible)'}${accepted === undefined ? '' : ' (accepted)'}`,
    code(key.slice(0, 12)),
    reads.map((each) => code(each)).join(', '),
  ]);
  return markdownTable(['stage', 'kind', 'key', 'reads'], rows, 'left');
}

export {
  acceptedNotice,
  capitalised,
  effectText,
  IRREPRODUCIBLE_NOTICE,
  parameterText,
  VERDICT_MARKS,
} from '../tables/printing.js';
