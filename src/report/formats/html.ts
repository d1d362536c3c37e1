import { CHART_COLOURS } from '../figures/chart.js';
import { createHash } from 'node:crypto';
import { escapeXml as escape, safeSvg } from '../../foundation/words/html.js';
import { GRAPH_COLOURS } from '../figures/graph-drawing.js';
import { STYLE } from './html-style.js';
import {
  capitalised,
  effectText,
  acceptedNotice,
  IRREPRODUCIBLE_NOTICE,
  parameterText,
  VERDICT_MARKS,
} from './markdown.js';
import { shownRows } from '../tables/shown-rows.js';
import { claimRemarks, claimsRemark, reasonText, tableRemarks } from './remarks.js';
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
} from '../report.js';
import { groupHeads, hasPublished, numberText, publishedText } from '../tables/table.js';

/**
 * The report as one page that needs nothing else: no script, no request, pictures inside. Every number links to the stage
 * that it was measured by.
 *
 * @param files of the report's folder: the pictures
 */
export function reportHtml(report: Report, files: ReadonlyMap<string, Uint8Array | string>): string {
  const { experiment } = report;
  const accepted = acceptedNotice(report);
  const remark = claimsRemark(report);
  const figures = report.figures.filter((figure) => figure.panels.length > 0 || figure.lacks !== undefined);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="data:,">',
    `<title>${escape(experiment.title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    '<header>',
    `<p class="kicker"><code>${escape(experiment.name)}</code> · profile <b>${escape(experiment.profile)}</b></p>`,
    `<h1>${escape(experiment.title)}</h1>`,
    parameters(report),
    ...report.notices.map((notice) => `<p class="notice">${escape(notice)}</p>`),
    ...(report.reproducible ? [] : [`<p class="notice">${escape(IRREPRODUCIBLE_NOTICE)}</p>`]),
    ...(accepted === undefined ? [] : [`<p class="notice">${escape(accepted)}</p>`]),
    contents(report, figures),
    '</header>',
    ...report.tables.map(tableHtml),
    ...(report.claims.length === 0
      ? []
      : [
          `<section id="claims"><h2>Claims</h2>${verdictCounts(report.claims)}`,
          '<p class="note">The effect is by how much the claimed side is ahead, with its 95 % interval: entirely right of zero, as claimed; entirely left, the opposite; spanning zero, undecided.</p>',
          ...(remark === undefined ? [] : [`<p class="note">${escape(remark)}</p>`]),
          ...report.claims.map(claimHtml),
          '</section>',
        ]),
    ...figures.map((figure) => figureHtml(figure, files)),
    '<section id="stages"><h2>Stages</h2>',
    '<p class="note">What was computed, each stage after what it reads. A key is the digest of all that a result depends on.</p>',
    ...report.stages.map(stageHtml),
    '</section>',
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function parameters({ experiment }: Report): string {
  const entries = Object.entries(experiment.parameters).filter(([, value]) => value !== null);
  if (entries.length === 0) return '';
  const items = entries.map(
    ([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(parameterText(value))}</dd></div>`,
  );
  return `<dl class="parameters">${items.join('')}</dl>`;
}

/** What the page holds, each a link. */
function contents(report: Report, figures: readonly Figure[]): string {
  const places = [
    ...report.tables.map(({ id, title }) => [id, title] as const),
    ...(report.claims.length === 0 ? [] : [['claims', 'Claims'] as const]),
    ...figures.map(({ id, title }) => [id, title] as const),
    ['stages', 'Stages'] as const,
  ];
  return `<nav>${places.map(([id, title]) => `<a href="#${escape(id)}">${escape(title)}</a>`).join('')}</nav>`;
}

function verdictCounts(claims: readonly ClaimVerdict[]): string {
  if (claims.length === 0) return '';
  const verdicts: readonly Verdict[] = ['reproduced', 'undecided', 'not reproduced'];
  const counts = verdicts.flatMap((verdict) => {
    const count = claims.filter((claim) => claim.verdict === verdict).length;
    return count === 0 ? [] : [chip(verdict, `${count} ${verdict}`)];
  });
  return `<p class="verdicts">${counts.join(' ')}</p>`;
}

function chip(verdict: Verdict, text: string): string {
  return `<span class="chip ${className(verdict)}">${VERDICT_MARKS[verdict]} ${escape(text)}</span>`;
}

function className(verdict: Verdict): string {
  return verdict.replace(' ', '-');
}

function tableHtml(table: Table): string {
  const isPublished = hasPublished(table);
  const heads = groupHeads(table);
  const count = table.columns.length;
  const unit = table.percent ? ' (%)' : '';
  const columns = (kind: string): string =>
    table.columns
      .map(
        ({ label, metric, metricLabel }) =>
          `<th scope="col"${kind}>${escape(label)}<small>${escape((metricLabel ?? metric) + unit)}</small></th>`,
      )
      .join('');
  const groups = isPublished
    ? `<tr class="groups"><td></td><th scope="colgroup" colspan="${count}"><span>${escape(heads.measured)}</span></th>` +
      `<th scope="colgroup" colspan="${count}" class="published"><span>${escape(heads.published)}</span></th></tr>`
    : '';
  const rows = table.rows.map(
    ({ label, cells }) =>
      `<tr><th scope="row">${escape(label)}</th>${cells.map((cell) => `<td>${cellHtml(cell, table)}</td>`).join('')}` +
      `${isPublished ? cells.map((cell) => `<td class="published">${publishedText(cell, table)}</td>`).join('') : ''}</tr>`,
  );
  const notes = [
    `Small: ${tableRemarks(table).join(' ')}`,
    ...(table.best === 'none' ? [] : ['Bold: the best of a column.']),
    ...(isPublished ? [heads.from] : []),
    'Each number leads to the stage that measured it.',
  ];
  return (
    `<section id="${escape(table.id)}"><h2>${escape(table.title)}</h2><div class="scroll"><table class="numbers">` +
    `<thead>${groups}<tr><td></td>${columns('')}${isPublished ? columns(' class="published"') : ''}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div><p class="note">${escape(notes.join(' '))}</p></section>`
  );
}

function cellHtml({ value, interval, best, sources, method }: Cell, table: Table): string {
  const source = sources[0];
  if (value === null || source === undefined) return '–';
  const from = `${source.metric} of ${source.stage}, key ${source.key.slice(0, 12)}; interval: ${method}`;
  const number = `<a href="#stage-${escape(source.stage)}" title="${escape(from)}"${best ? ' class="best"' : ''}>${numberText(value, table)}</a>`;
  const range =
    interval === null ? '' : `<small>${numberText(interval.low, table)} – ${numberText(interval.high, table)}</small>`;
  const replicates = sources.length > 1 ? `<small>mean of ${sources.length}</small>` : '';
  return number + range + replicates;
}

function claimHtml(claim: ClaimVerdict): string {
  const { id, says, section, that, verdict, comparisons } = claim;
  const reason = reasonText(claim);
  const ends = comparisons.flatMap(({ effect, interval }) => [
    Math.abs(effect ?? 0),
    Math.abs(interval?.low ?? 0),
    Math.abs(interval?.high ?? 0),
  ]);
  const reach = Math.max(...ends, 1e-9) * 1.08;
  const rows = comparisons.map(
    (comparison) =>
      `<tr><th scope="row">${escape(comparison.column)}</th><td>${escape(comparison.statement)}</td>` +
      `<td class="effect" title="${escape(comparison.method)}">${escape(effectText(comparison))}</td>` +
      `<td>${intervalBar(comparison, reach)}</td><td>${chip(comparison.verdict, comparison.verdict)}</td></tr>`,
  );
  const notes = [...(reason === undefined ? [] : [reason]), ...claimRemarks(claim)];
  const where = section === undefined ? '' : ` <span class="where">Section ${escape(section)}</span>`;
  return (
    `<article class="claim" id="${escape(id)}"><h3>${chip(verdict, capitalised(verdict))}<span>${escape(says)}${where}</span></h3>` +
    `<div class="scroll"><table class="comparisons" title="${escape(that)}"><tbody>${rows.join('')}</tbody></table></div>${notes.map((note) => `<p class="note">${escape(note)}</p>`).join('')}</article>`
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
  const lacks = figure.lacks === undefined ? '' : `<p class="note">Not drawn: ${escape(figure.lacks)}.</p>`;
  return `<section id="${escape(figure.id)}"><h2>${escape(figure.title)}</h2><div class="panels ${figure.shape}">${panels.join('')}</div>${lacks}</section>`;
}

function panelHtml(panel: Panel, figure: Figure, files: ReadonlyMap<string, Uint8Array | string>): string {
  const content = files.get(panel.file);
  if (content === undefined) return '';
  const name = panel.label === '' ? figure.title : panel.label;
  if (figure.shape === 'rows') return rowsHtml(content, panel, figure);
  if (typeof content === 'string') return `<figure>${inlineSvg(content, panel.file, name)}</figure>`;
  // Small crops are shown at twice their size: a screen's pixels are finer than theirs.
  const { width, height } = pngSize(content);
  const scale = width <= 560 ? 2 : 1;
  const caption = figure.panels.length === 1 ? '' : `<figcaption>${escape(panel.label)}</figcaption>`;
  return (
    `<figure><img alt="${escape(name)}" width="${scale * width}" height="${scale * height}" ` +
    `src="data:image/png;base64,${Buffer.from(content).toString('base64')}">${caption}</figure>`
  );
}

/** A table that a stage made. */
function rowsHtml(content: Uint8Array | string, panel: Panel, { panels }: Figure): string {
  const { head, body, left } = shownRows(content);
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  const caption = panels.length === 1 ? '' : `<figcaption>${escape(panel.label)}</figcaption>`;
  const more = left === 0 ? '' : `<p class="note">${left} more rows in ${escape(panel.file)}.</p>`;
  return (
    `<figure><div class="scroll"><table class="numbers"><thead>${row(head, 'th')}</thead>` +
    `<tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>${caption}${more}</figure>`
  );
}

/** Of the header of a PNG. */
function pngSize(png: Uint8Array): { readonly width: number; readonly height: number } {
  if (png.length < 24) return { width: 0, height: 0 };
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/**
 * The page needs nothing from anywhere: pictures lie in it, and its one style is known by its digest. Nothing in it runs, even if a
 * stranger's words came through as tags.
 */
const POLICY = [
  "default-src 'none'",
  'img-src data:',
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The colours of the page in place of those of paper, and ids that no other picture of the page has. */
function inlineSvg(svg: string, file: string, name: string): string {
  const prefix = file.replaceAll(/[^A-Za-z0-9]/g, '-');
  let inline = safeSvg(svg)
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
    reproducible ? '' : '<dt>reproducible</dt><dd>no: a rerun may give other bits</dd>',
    accepted === undefined ? '' : `<dt>accepted</dt><dd>made by earlier code: ${escape(accepted)}</dd>`,
    ...warnings.map((warning) => `<dt>warning</dt><dd>${escape(warning)}</dd>`),
    `<dt>parameters</dt><dd><pre>${escape(JSON.stringify(given, null, 2))}</pre></dd>`,
  ];
  return `<details class="stage" id="stage-${escape(id)}"><summary><b>${escape(id)}</b><span>${escape(kind)}</span><code>${escape(key.slice(0, 12))}</code></summary><dl>${facts.join('')}</dl></details>`;
}
