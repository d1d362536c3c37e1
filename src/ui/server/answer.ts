import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { Result } from '../../foundation/failures/result.js';
import { safeSvg } from '../../foundation/words/html.js';
import { diffReports } from '../../report/diff/diff.js';
import { outcomesReader } from '../../report/measures/evidence.js';
import { shownRows } from '../../report/tables/shown-rows.js';
import { thinned, type Curve } from '../model/curves.js';
import { linesOf } from '../model/lines.js';
import type { RunProgress } from '../model/run.js';
import type { CompareView, CurvesView, ProjectView, Refusal, ReportView } from '../model/views.js';
import { Evidence } from './evidence.js';
import type { UiProject } from './project.js';
import { Reports } from './reports.js';
import { Runs } from './runs.js';

export type Answer =
  | { readonly status: 200; readonly json: unknown }
  | { readonly status: 200; readonly bytes: Uint8Array; readonly type: string }
  | { readonly status: 400 | 404; readonly json: Refusal };

/** Points of a curve that the page is given: more than a screen has columns. */
const MOST_POINTS = 1200;
/** Points of all curves together. */
const MOST_IN_ALL = 40_000;

/** What the page may ask, and what it is answered. Reads alone: nothing here writes. */
export class Answers {
  readonly runs: Runs;
  readonly #project: UiProject;
  readonly #reports: Reports;
  readonly #evidence: Evidence;

  constructor(project: UiProject) {
    this.#project = project;
    this.runs = new Runs(project.root);
    this.#reports = new Reports(project, this.runs);
    this.#evidence = new Evidence(project);
  }

  /** @param path an address (ui/model/address.ts) without its query */
  async get(path: string, query: URLSearchParams): Promise<Answer> {
    const asked = (name: string): string => query.get(name) ?? '';
    switch (path) {
      case 'api/project':
        return found(this.#about());
      case 'api/runs':
        return found(this.runs.list());
      case 'api/reports':
        return found(await this.#reports.list());
      case 'api/report':
        return json(await this.#report(asked('of')));
      case 'api/picture':
        return this.#picture(asked('of'), asked('file'));
      case 'api/lines': {
        const csv = await this.#reports.figureFile(asked('of'), asked('file'));
        return csv.ok ? found(linesOf(csv.value.toString('utf8'))) : refused(csv.error);
      }
      case 'api/rows': {
        const csv = await this.#reports.figureFile(asked('of'), asked('file'));
        return csv.ok ? found(shownRows(csv.value)) : refused(csv.error);
      }
      case 'api/cell': {
        const report = await this.#reports.read(asked('of'));
        if (!report.ok) return refused(report.error);
        const [row, column] = [Number(asked('row')), Number(asked('column'))];
        return json(await this.#evidence.cell(report.value, asked('table'), row, column));
      }
      case 'api/cases': {
        const report = await this.#reports.read(asked('of'));
        if (!report.ok) return refused(report.error);
        return json(await this.#evidence.cases(report.value, asked('stage'), asked('name')));
      }
      case 'api/map': {
        const report = await this.#reports.read(asked('of'));
        if (!report.ok) return refused(report.error);
        return json(await this.#evidence.map(report.value, asked('stage'), asked('name')));
      }
      case 'api/sheet': {
        const report = await this.#reports.read(asked('of'));
        if (!report.ok) return refused(report.error);
        const options = [...query].flatMap(([name, value]) =>
          name.startsWith('with.') ? [`${name.slice('with.'.length)}=${value}`] : [],
        );
        const png = await this.#evidence.sheet(report.value, asked('stage'), options);
        return png.ok ? { status: 200, bytes: png.value, type: 'image/png' } : refused(png.error);
      }
      case 'api/compare':
        return this.#compare(asked('before'), asked('after'));
      default: {
        const [, id, what] = /^api\/runs\/([\w-]+)(\/curves)?$/.exec(path) ?? [];
        if (id === undefined) return nothing('there is no such page');
        return what === undefined ? this.#run(id) : this.#curves(id, asked('of'));
      }
    }
  }

  #about(): ProjectView {
    const { name, version, experiment } = this.#project;
    return { name, version, ...(experiment === undefined ? {} : { experiment }) };
  }

  async #report(ref: string): Promise<Result<ReportView>> {
    const report = await this.#reports.read(ref);
    if (!report.ok) return report;
    return { ok: true, value: { ref, report: report.value, sheets: this.#evidence.sheets(report.value) } };
  }

  async #picture(ref: string, file: string): Promise<Answer> {
    const bytes = await this.#reports.figureFile(ref, file);
    if (!bytes.ok) return refused(bytes.error);
    if (file.endsWith('.svg')) {
      const svg = Buffer.from(safeSvg(bytes.value.toString('utf8')), 'utf8');
      return { status: 200, bytes: svg, type: 'image/svg+xml' };
    }
    if (file.endsWith('.png')) return { status: 200, bytes: bytes.value, type: 'image/png' };
    return nothing('this is not a picture');
  }

  async #compare(before: string, after: string): Promise<Answer> {
    const [old, now] = [await this.#report(before), await this.#report(after)];
    if (!old.ok) return refused(old.error);
    if (!now.ok) return refused(now.error);
    const { cache, explain } = this.#project;
    const diff = diffReports(old.value.report, now.value.report, {
      outcomes: outcomesReader((digest) => cache.blobs.locate(digest)),
      explain,
    });
    return found({ before: old.value, after: now.value, diff } satisfies CompareView);
  }

  async #run(id: string): Promise<Answer> {
    const view = this.runs.view(id);
    if (view === undefined) return nothing('no such run, or it is gone');
    const measures = new Set(view.measures);
    // Of what was known before, and of programs, the result tells: one of each kind is asked.
    const asked = new Set<string>();
    for (const { kind, key } of this.#finished(view.progress)) {
      if (asked.has(kind)) continue;
      asked.add(kind);
      const series = await this.#evidence.series(key);
      for (const name of Object.keys(series?.values ?? {})) if (name !== series?.step) measures.add(name);
    }
    return found({ ...view, measures: [...measures] });
  }

  async #curves(id: string, measure: string): Promise<Answer> {
    const open = this.runs.open(id);
    if (open === undefined) return nothing('no such run, or it is gone');
    const heard = new Set(open.curves.stagesOf(measure));
    const known: Curve[] = [];
    for (const { stage, kind, key } of this.#finished(open.progress)) {
      // What a kind reads of a result is the whole: of a program that was tried again, the last time alone.
      if (heard.has(stage) && this.#project.kinds.get(kind)?.shows?.series === undefined) continue;
      const points = (await this.#evidence.series(key))?.values[measure];
      if (points === undefined) continue;
      heard.delete(stage);
      known.push({ stage, x: points.map(([x]) => x), y: points.map(([, y]) => y) });
    }
    const most = Math.max(50, Math.min(MOST_POINTS, Math.floor(MOST_IN_ALL / Math.max(1, heard.size + known.length))));
    const curves = [
      ...open.curves.of(measure, most).filter(({ stage }) => heard.has(stage)),
      ...known.map((curve) => ({ ...curve, ...thinned(curve, most) })),
    ];
    return found({ measure, curves } satisfies CurvesView);
  }

  #finished({
    order,
    stages,
  }: RunProgress): readonly { readonly stage: string; readonly kind: string; readonly key: string }[] {
    return order.flatMap((id) => {
      const { kind, status, key } = stages[id]!;
      const isFinished = status === 'reused' || status === 'executed';
      return isFinished && key !== undefined ? [{ stage: id, kind, key }] : [];
    });
  }
}

function found(value: unknown): Answer {
  return { status: 200, json: value };
}

function json(result: Result<unknown>): Answer {
  return result.ok ? found(result.value) : refused(result.error);
}

function refused(diagnostics: readonly Diagnostic[]): Answer {
  const [first] = diagnostics;
  const { message = 'this cannot be shown', help } = first ?? {};
  return { status: 404, json: { message, ...(help === undefined ? {} : { help }) } };
}

function nothing(message: string): Answer {
  return { status: 404, json: { message } };
}
