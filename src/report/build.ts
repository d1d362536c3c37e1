import type { RunRecord, StageRecord } from '../engine/run/record.js';
import { canonicalText } from '../foundation/values/canonical.js';
import type { Json } from '../foundation/values/json.js';
import { byCodeUnit } from '../foundation/values/json.js';
import { safeSvg } from '../foundation/words/html.js';
import { judgeClaims } from './claims/claims.js';
import { tableCsv } from './figures/csv.js';
import { evidenceOf } from './measures/evidence.js';
import { drawFigure } from './figures/figures.js';
import { noticesOf, type Kinds } from './kinds.js';
import { reportHtml } from './formats/html.js';
import { tableLatex } from './formats/latex.js';
import { reportMarkdown, tableMarkdown } from './formats/markdown.js';
import { Noise } from './measures/noise.js';
import { numbersTex } from './formats/numbers.js';
import { inOrder, planOf } from './plan.js';
import type { Report } from './report.js';
import { buildTable } from './tables/table.js';

/** A report and its files by path: `report.json`, `report.md`, `report.html`, `tables/`, `figures/`. */
export interface BuiltReport {
  readonly report: Report;
  readonly files: ReadonlyMap<string, Uint8Array | string>;
}

export interface ReportServices {
  /** Path of a blob by its digest. */
  readonly locateBlob: (digest: string) => string;
  readonly kinds: Kinds;
}

/** Makes the report of a finished run: a function of its records and stored files alone. */
export async function buildReport(run: RunRecord, services: ReportServices): Promise<BuiltReport> {
  const evidence = evidenceOf(run, services.locateBlob);
  const plan = planOf(run);
  const noise = new Noise(evidence.outcomes);
  const { kinds } = services;
  const notices = noticesOf(run.stages, kinds);
  const stages = inOrder(run.stages);
  const figures = [];
  for (const figure of plan.figures) figures.push(await drawFigure(figure, evidence, kinds, noise));
  const report: Report = {
    schema: 'fx/report@2',
    experiment: run.experiment,
    notices: [...new Set([...notices.values()].map(({ says }) => says))],
    reproducible: stages.every((stage) => stage.reproducible),
    tables: plan.tables.map((table) => buildTable(table, run, { notices, kinds }, noise)),
    figures: figures.map(({ figure }) => figure),
    correction: plan.correction ?? 'none',
    ...(plan.look === undefined ? {} : { look: plan.look }),
    claims: judgeClaims(plan, run, noise, kinds),
    stages: stages.map(provenance),
  };
  return {
    report,
    files: filesOf(
      report,
      figures.map((figure) => figure.files),
    ),
  };
}

function filesOf(
  report: Report,
  figures: readonly ReadonlyMap<string, Uint8Array | string>[],
): ReadonlyMap<string, Uint8Array | string> {
  const files = new Map<string, Uint8Array | string>([['report.json', reportJson(report)]]);
  for (const table of report.tables) {
    files.set(`tables/${table.id}.csv`, tableCsv(table));
    files.set(`tables/${table.id}.tex`, tableLatex(table, report));
    files.set(`tables/${table.id}.md`, `${tableMarkdown(table)}\n`);
  }
  for (const figure of figures)
    for (const [path, content] of figure)
      files.set(path, path.endsWith('.svg') && typeof content === 'string' ? safeSvg(content) : content);
  files.set('numbers.tex', numbersTex(report));
  files.set('report.md', reportMarkdown(report, files));
  files.set('report.html', reportHtml(report, files));
  return files;
}

/** Keys in order, a value a line, so that `git diff` shows what moved. */
export function reportJson(report: Report): string {
  return `${JSON.stringify(JSON.parse(canonicalText(report)) as Json, null, 2)}\n`;
}

function provenance(stage: StageRecord): Report['stages'][number] {
  const { id, name, kind, key, preimage, artifact, parameters, reads, reproducible, accepted, warnings } = stage;
  return {
    id,
    name,
    kind,
    key,
    preimage,
    artifact,
    parameters,
    reads: [...new Set(Object.values(reads))].sort(byCodeUnit),
    reproducible,
    ...(accepted === undefined ? {} : { accepted }),
    warnings: warnings.map(({ message }) => message),
  };
}
