import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sha256 } from '../../foundation/files/digest.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { address } from '../model/address.js';
import type { CellView, ProjectView, ReportsView, ReportView, RunsView, RunView } from '../model/views.js';
import { Answers } from './answer.js';
import { PAGE_FILES, readPageFile, type PageFile } from './page-files.js';
import type { UiProject } from './project.js';

export interface Exported {
  readonly runs: number;
  readonly reports: number;
  readonly files: number;
}

/** Runs that are exported, the latest. */
const MOST_RUNS = 50;

/** By this a folder is known to be an export of before, which may be replaced. */
const MARK = 'fx-export.json';

/**
 * Writes the page with what it shows as files that need no server: it opens from a folder, on a web server or in a zip of a paper's
 * supplement. Reports as they are now, with their figures and the way of every number; the latest runs with their curves, without
 * their logs, which speak of the machine; for each report what changed since it was last committed. Pictures of results are left
 * out, since results may be private, but for those of the report and of single cases behind its numbers: of private data there are none of these.
 */
export async function exportUi(project: UiProject, folder: string): Promise<Result<Exported>> {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(join(folder, MARK))) {
    const help = 'name a folder that does not exist yet, or one of an earlier export';
    return fail(failure('ui/folder-in-use', `${folder} holds other files`, help));
  }
  rmSync(join(folder, 'data'), { recursive: true, force: true });
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, MARK), `${JSON.stringify({ schema: 'fx/ui-export@1', fx: project.version })}\n`);
  const written = new Writer(project, folder);
  const runs = await written.runs();
  const reports = await written.reports();
  await written.project();
  written.page();
  return ok({ runs, reports, files: written.files });
}

class Writer {
  files = 0;
  readonly #answers: Answers;
  readonly #folder: string;
  readonly #index: Record<string, string> = {};

  constructor(project: UiProject, folder: string) {
    this.#answers = new Answers(project);
    this.#folder = folder;
  }

  async project(): Promise<void> {
    const about = await this.#json<ProjectView>(address.project);
    if (about !== undefined) this.#give(address.project, { ...about, exported: true } satisfies ProjectView);
  }

  async runs(): Promise<number> {
    const all = (await this.#json<RunsView>(address.runs))?.runs ?? [];
    const runs = all.slice(0, MOST_RUNS).map((run) => ({ ...run, file: basename(run.file), hasReport: false }));
    this.#give(address.runs, { runs } satisfies RunsView);
    for (const run of runs) {
      const view = await this.#json<RunView>(address.run(run.id));
      if (view === undefined) continue;
      const progress = { ...view.progress, log: [], forgotten: 0 };
      this.#give(address.run(run.id), { ...view, run, canStop: false, progress } satisfies RunView);
      for (const measure of view.measures) await this.#take(address.curves(run.id, measure));
    }
    return runs.length;
  }

  async reports(): Promise<number> {
    const { reports } = (await this.#json<ReportsView>(address.reports)) ?? { reports: [] };
    const now = reports.filter(({ from }) => from === 'now');
    for (const { ref, experiment, profile } of now) {
      await this.#report(ref);
      const committed = reports.find(
        (each) => each.from === 'commit' && each.experiment === experiment && each.profile === profile,
      );
      if (committed !== undefined) await this.#comparison(committed.ref, ref);
    }
    this.#give(address.reports, {
      reports: reports.filter(({ ref }) => this.#has(address.report(ref))),
    } satisfies ReportsView);
    return now.length;
  }

  /** The page's own files, of which the first gets the list of what there is. */
  page(): void {
    const index = `window.fxExport={index:${parsed(this.#index)},given:{}};\n`;
    this.#write('data/index.js', index);
    for (const name of Object.keys(PAGE_FILES) as PageFile[]) {
      const content = readPageFile(name);
      if (content === undefined) throw new Error(`the page lacks ${name}`);
      this.#write(name, name === 'index.html' ? alone(content.toString('utf8')) : content);
    }
  }

  async #report(ref: string): Promise<ReportView | undefined> {
    if (this.#has(address.report(ref))) return undefined;
    const view = await this.#json<ReportView>(address.report(ref));
    if (view === undefined) return undefined;
    this.#give(address.report(ref), { ...view, sheets: {} } satisfies ReportView);
    for (const { panels } of view.report.figures) {
      for (const { file, data } of panels) {
        await this.#picture(address.picture(ref, file));
        if (data !== undefined) await this.#take(address.lines(ref, data));
        if (file.endsWith('.csv')) await this.#take(address.rows(ref, file));
      }
    }
    for (const { id, rows } of view.report.tables) {
      for (const [r, { cells }] of rows.entries())
        for (const c of cells.keys()) await this.#cell(ref, address.cell(ref, id, r, c));
    }
    return view;
  }

  async #cell(ref: string, path: string): Promise<void> {
    const view = await this.#json<CellView>(path);
    if (view === undefined) return;
    this.#give(path, view);
    for (const { stage, cases, maps } of view.evidence) {
      const more = [
        ...cases.map(({ name }) => address.cases(ref, stage, name)),
        ...maps.map(({ name }) => address.map(ref, stage, name)),
      ];
      for (const at of more) if (!this.#has(at)) await this.#take(at);
    }
  }

  async #comparison(before: string, after: string): Promise<void> {
    const answer = await this.#answers.get(...split(address.compare(before, after)));
    if (answer.status !== 200 || !('json' in answer)) return;
    await this.#report(before);
    this.#give(address.compare(before, after), answer.json);
  }

  async #json<T>(path: string): Promise<T | undefined> {
    const answer = await this.#answers.get(...split(path));
    return answer.status === 200 && 'json' in answer ? (answer.json as T) : undefined;
  }

  async #take(path: string): Promise<void> {
    const answer = await this.#json(path);
    if (answer !== undefined) this.#give(path, answer);
  }

  async #picture(path: string): Promise<void> {
    const answer = await this.#answers.get(...split(path));
    if (!('bytes' in answer)) return;
    const name = `${nameOf(path)}.${answer.type === 'image/png' ? 'png' : 'svg'}`;
    this.#index[path] = name;
    this.#write(`data/${name}`, answer.bytes);
  }

  #give(path: string, value: unknown): void {
    const name = `${nameOf(path)}.js`;
    this.#index[path] = name;
    this.#write(`data/${name}`, `window.fxExport.given[${JSON.stringify(path)}]=${parsed(value)};\n`);
  }

  #has(path: string): boolean {
    return Object.hasOwn(this.#index, path);
  }

  #write(name: string, content: Uint8Array | string): void {
    writeFileSync(join(this.#folder, name), content);
    this.files += 1;
  }
}

function split(path: string): [string, URLSearchParams] {
  const at = path.indexOf('?');
  return at < 0 ? [path, new URLSearchParams()] : [path.slice(0, at), new URLSearchParams(path.slice(at + 1))];
}

function nameOf(path: string): string {
  return sha256(path).slice(0, 16);
}

/** A value as a script reads it: as text that is parsed, since a name of a stranger (`__proto__`) means something in an object literal. */
function parsed(value: unknown): string {
  return `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
}

/** No server says what the page may do: it says so itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

function alone(html: string): string {
  return html
    .replace(
      '<meta charset="utf-8" />',
      `<meta charset="utf-8" />\n    <meta http-equiv="Content-Security-Policy" content="${POLICY}" />`,
    )
    .replace('<script src="page.js"', '<script src="data/index.js" defer></script>\n    <script src="page.js"');
}
