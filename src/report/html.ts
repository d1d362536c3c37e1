import { CHART_COLOURS } from './chart.js';
import { escapeXml as escape, GRAPH_COLOURS } from './graph-drawing.js';
import { STYLE } from './html-style.js';
import {
  capitalised,
  effectText,
  acceptedNotice,
  IRREPRODUCIBLE_NOTICE,
  publishedHead,
  STAND_IN_NOTICE,
  VERDICT_MARKS,
} from './markdown.js';
import type {
  Cell,
  ClaimVerdict,
  Comparison,
  Figure,
  Panel,
  Report,
  StageProvenance,
  Table,
  Verdict,
} from './report.js';
import { numberText } from './table.js';

/**
 * The report as one page that needs nothing else: no script, no request, pictures inside. Every number links to the stage
 * that it was measured by.
 *
 * @param files of the report's folder: the pictures
 */
export function reportHtml(report: Report, files: ReadonlyMap<string, Uint8Array | string>): string {
  const { experiment } = report;
  const accepted = acceptedNotice(report);
  const figures = report.figures.filter((figure) => figure.panels.length > 0);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="data:,">',
    `<title>${escape(experiment.title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<header><h1>${escape(experiment.title)}</h1>`,
    `<p class="facts"><code>${escape(experiment.name)}</code> <span>profile <b>${escape(experiment.profile)}</b></span>${parameters(report)}</p>`,
    ...(report.standIn ? [`<p class="notice">${escape(STAND_IN_NOTICE)}</p>`] : []),
    ...(report.reproducible ? [] : [`<p class="notice">${escape(IRREPRODUCIBLE_NOTICE)}</p>`]),
    ...(accepted === undefined ? [] : [`<p class="notice">${escape(accepted)}</p>`]),
    verdictCounts(report.claims),
    '</header>',
    ...report.tables.map(tableHtml),
    ...(report.claims.length === 0
      ? []
      : ['<section id="claims"><h2>Claims</h2>', ...report.claims.map(claimHtml), '</section>']),
    ...figures.map((figure) => figureHtml(figure, files)),
    '<section id="stages"><h2>Stages</h2>',
    '<p class="note">What was computed, each after what it reads. A key is the digest of all that a result depends on.</p>',
    ...report.stages.map(stageHtml),
    '</section>',
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function parameters({ experiment }: Report): string {
  return Object.entries(experiment.parameters)
    .map(([name, value]) => ` <span>${escape(name)} <code>${escape(JSON.stringify(value))}</code></span>`)
    .join('');
}

function verdictCounts(claims: readonly ClaimVerdict[]): string {
  if (claims.length === 0) return '';
  const verdicts: readonly Verdict[] = ['reproduced', 'undecided', 'not reproduced'];
  const counts = verdicts.flatMap((verdict) => {
    const count = claims.filter((claim) => claim.verdict === verdict).length;
    return count === 0 ? [] : [chip(verdict, `${count} ${verdict}`)];
  });
  return `<p class="verdicts"><a href="#claims">Claims</a> ${counts.join(' ')}</p>`;
}

function chip(verdict: Verdict, text: string): string {
  return `<span class="chip ${className(verdict)}">${VERDICT_MARKS[verdict]} ${escape(text)}</span>`;
}

function className(verdict: Verdict): string {
  return verdict.replace(' ', '-');
}

function tableHtml(table: Table): string {
  const hasPublished = table.rows.some(({ cells }) => cells.some((cell) => cell.published !== null));
  const notes = [
    'Small: 95 % intervals.',
    ...(table.best === 'none' ? [] : ['Bold: the best of a column.']),
    ...(hasPublished && !table.standIn
      ? [`Below: published${table.source === undefined ? '' : `, ${table.source}`}.`]
      : []),
  ];
  const measured = gridHtml(table, (cell) => cellHtml(cell, table));
  const published =
    hasPublished && table.standIn
      ? `<details class="published"><summary>${escape(publishedHead(table))}</summary>${gridHtml(table, ({ published: number }) => (number === null ? '–' : numberText(number, table)))}</details>`
      : '';
  return `<section id="${escape(table.id)}"><h2>${escape(table.title)}</h2>${measured}<p class="note">${escape(notes.join(' '))}</p>${published}</section>`;
}

function gridHtml(table: Table, cell: (cell: Cell) => string): string {
  const unit = table.percent ? ' (%)' : '';
  const head = table.columns.map(
    ({ label, metric }) => `<th scope="col">${escape(label)}<small>${escape(metric + unit)}</small></th>`,
  );
  const rows = table.rows.map(
    ({ label, cells }) =>
      `<tr><th scope="row">${escape(label)}</th>${cells.map((each) => `<td>${cell(each)}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr><td></td>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function cellHtml({ value, interval, best, published, sources, method }: Cell, table: Table): string {
  const source = sources[0];
  if (value === null || source === undefined) return '–';
  const from = `${source.metric} of ${source.stage}, key ${source.key.slice(0, 12)}; interval: ${method}`;
  const number = `<a href="#stage-${escape(source.stage)}" title="${escape(from)}"${best ? ' class="best"' : ''}>${numberText(value, table)}</a>`;
  const range =
    interval === null ? '' : `<small>${numberText(interval.low, table)} – ${numberText(interval.high, table)}</small>`;
  const replicates = sources.length > 1 ? `<small>mean of ${sources.length}</small>` : '';
  const paper =
    table.standIn || published === null ? '' : `<small class="paper">published ${numberText(published, table)}</small>`;
  return number + range + replicates + paper;
}

function claimHtml({ id, says, section, that, verdict, comparisons }: ClaimVerdict): string {
  const ends = comparisons.flatMap(({ effect, interval }) => [
    Math.abs(effect ?? 0),
    Math.abs(interval?.low ?? 0),
    Math.abs(interval?.high ?? 0),
  ]);
  const reach = Math.max(...ends, 1e-9) * 1.08;
  const rows = comparisons.map(
    (comparison) =>
      `<tr><th scope="row">${escape(comparison.column)}</th><td><code>${escape(comparison.statement)}</code></td>` +
      `<td>${intervalBar(comparison, reach)}</td><td class="effect" title="${escape(comparison.method)}">${escape(effectText(comparison))}</td>` +
      `<td><span class="chip ${className(comparison.verdict)}">${VERDICT_MARKS[comparison.verdict]}</span></td></tr>`,
  );
  const where = section === undefined ? '' : ` <span class="where">${escape(section)}</span>`;
  return (
    `<article class="claim" id="${escape(id)}"><h3>${chip(verdict, capitalised(verdict))} ${escape(says)}${where}</h3>` +
    `<p class="note"><code>${escape(that)}</code></p><div class="scroll"><table class="comparisons"><tbody>${rows.join('')}</tbody></table></div></article>`
  );
}

/** The effect and its interval about a line at zero; to the right is as claimed. */
function intervalBar({ effect, interval, verdict }: Comparison, reach: number): string {
  const at = (value: number): string => (90 + (85 * value) / reach).toFixed(1);
  const range =
    interval === null
      ? ''
      : `<line x1="${at(interval.low)}" x2="${at(interval.high)}" y1="9" y2="9" stroke-width="3" stroke-linecap="round"/>`;
  const point = effect === null ? '' : `<circle cx="${at(effect)}" cy="9" r="4.5"/>`;
  return `<svg class="bar ${className(verdict)}" viewBox="0 0 180 18" width="180" height="18" aria-hidden="true"><line class="zero" x1="90" x2="90" y1="0" y2="18"/>${range}${point}</svg>`;
}

function figureHtml(figure: Figure, files: ReadonlyMap<string, Uint8Array | string>): string {
  const panels = figure.panels.map((panel) => panelHtml(panel, figure, files));
  return `<section id="${escape(figure.id)}"><h2>${escape(figure.title)}</h2><div class="panels ${figure.type}">${panels.join('')}</div></section>`;
}

function panelHtml(panel: Panel, figure: Figure, files: ReadonlyMap<string, Uint8Array | string>): string {
  const content = files.get(panel.file);
  if (content === undefined) return '';
  const name = panel.label === '' ? figure.title : panel.label;
  const picture =
    typeof content === 'string'
      ? inlineSvg(content, panel.file, name)
      : `<img alt="${escape(name)}" src="data:image/png;base64,${Buffer.from(content).toString('base64')}">`;
  const caption =
    typeof content === 'string' || panel.label === '' ? '' : `<figcaption>${escape(panel.label)}</figcaption>`;
  return `<figure>${picture}${caption}</figure>`;
}

/** The colours of the page in place of those of paper, and ids that no other picture of the page has. */
function inlineSvg(svg: string, file: string, name: string): string {
  const prefix = file.replaceAll(/[^A-Za-z0-9]/g, '-');
  let inline = svg
    .replaceAll(/\bid="([^"]+)"/g, `id="${prefix}-$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`)
    .replace('<svg ', `<svg role="img" aria-label="${escape(name)}" `);
  for (const [colour, replacement] of COLOURS) inline = inline.replaceAll(colour, replacement);
  return inline.trimEnd();
}

const COLOURS: readonly (readonly [string, string])[] = [
  [CHART_COLOURS.background, 'transparent'],
  [CHART_COLOURS.text, 'var(--ink)'],
  [CHART_COLOURS.grid, 'var(--grid)'],
  [CHART_COLOURS.frame, 'var(--rule)'],
  [GRAPH_COLOURS.box, 'var(--raised)'],
  [GRAPH_COLOURS.line, 'var(--faint)'],
  [GRAPH_COLOURS.note, 'var(--soft)'],
];

function stageHtml({
  id,
  kind,
  key,
  artifact,
  parameters: given,
  reads,
  reproducible,
  accepted,
  warnings,
}: StageProvenance): string {
  const facts = [
    `<dt>key</dt><dd><code>${escape(key)}</code></dd>`,
    `<dt>artifact</dt><dd><code>${escape(artifact)}</code></dd>`,
    reads.length === 0
      ? ''
      : `<dt>reads</dt><dd>${reads.map((each) => `<a href="#stage-${escape(each)}">${escape(each)}</a>`).join(', ')}</dd>`,
    reproducible ? '' : '<dt>reproducible</dt><dd>no: another run may give other bits</dd>',
    accepted === undefined ? '' : `<dt>accepted</dt><dd>a result of earlier code: ${escape(accepted)}</dd>`,
    ...warnings.map((warning) => `<dt>warning</dt><dd>${escape(warning)}</dd>`),
    `<dt>parameters</dt><dd><pre>${escape(JSON.stringify(given, null, 2))}</pre></dd>`,
  ];
  return `<details class="stage" id="stage-${escape(id)}"><summary><b>${escape(id)}</b> <span>${escape(kind)}</span> <code>${escape(key.slice(0, 12))}</code></summary><dl>${facts.join('')}</dl></details>`;
}
