import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../../foundation/failures/diagnostic.js';
import { isInside, isSystemError } from '../../foundation/files/files.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { readPlain } from '../../foundation/files/opening.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { runsFolder } from '../../history/history.js';
import { readReport } from '../../report/read.js';
import type { Report } from '../../report/report.js';
import { parseRef, refText, type ReportRef } from '../model/address.js';
import type { ReportEntry, ReportsView } from '../model/views.js';
import type { UiProject } from './project.js';
import type { Runs } from './runs.js';

/** Bytes of a report or a picture of it. */
const LARGEST = 64 << 20;
/** Runs whose reports are listed. */
const MOST_RUNS = 200;

/** The reports of a project: as they are, as runs wrote them, and as they were committed. */
export class Reports {
  readonly #project: UiProject;
  readonly #runs: Runs;

  constructor(project: UiProject, runs: Runs) {
    this.#project = project;
    this.#runs = runs;
  }

  async list(): Promise<ReportsView> {
    const now = this.#below().map(({ experiment, profile, when }): ReportEntry => {
      return { ref: refText({ from: 'now', experiment, profile }), experiment, profile, from: 'now', when, says: '' };
    });
    const runs = this.#runs
      .list()
      .runs.filter(({ hasReport }) => hasReport)
      .slice(0, MOST_RUNS)
      .map(({ id, experiment, profile, began, set, commit }): ReportEntry => {
        const says = [...set, commit === null ? '' : commit.slice(0, 8)].filter((word) => word !== '').join(' · ');
        return { ref: refText({ from: 'run', id }), experiment, profile, from: 'run', when: began, says };
      });
    const commits = (await this.#project.commits.list()).flatMap(({ id, when, says, reports }) =>
      reports.map(({ experiment, profile }): ReportEntry => {
        const ref = refText({ from: 'commit', commit: id, experiment, profile });
        return { ref, experiment, profile, from: 'commit', when, says: `${id.slice(0, 8)} ${says}` };
      }),
    );
    return { reports: [...now, ...runs, ...commits].filter(({ ref }) => parseRef(ref) !== undefined) };
  }

  async read(ref: string): Promise<Result<Report>> {
    const bytes = await this.file(ref, 'report.json');
    return bytes.ok ? readReport(bytes.value.toString('utf8'), 'the report') : bytes;
  }

  /** A picture or the numbers of a figure: only what the report itself names. */
  async figureFile(ref: string, file: string): Promise<Result<Buffer>> {
    const report = await this.read(ref);
    if (!report.ok) return report;
    const named = report.value.figures.flatMap(({ panels }) => panels.flatMap((panel) => [panel.file, panel.data]));
    return named.includes(file) ? this.file(ref, file) : missing('the report names no such file');
  }

  private async file(text: string, path: string): Promise<Result<Buffer>> {
    const ref = parseRef(text);
    if (ref === undefined) return missing('this is not the name of a report');
    if (!/^(report\.json|figures\/[\w.+-]+)$/.test(path) || path.includes('..'))
      return missing('this does not belong to a report');
    if (ref.from === 'commit') {
      return this.#project.commits.read(ref.commit, `${ref.experiment}/${ref.profile}/${path}`);
    }
    return this.#readBelow(this.#folder(ref), path);
  }

  #folder(ref: Exclude<ReportRef, { readonly from: 'commit' }>): string {
    return ref.from === 'now'
      ? join(this.#project.root, 'reports', ref.experiment, ref.profile)
      : join(runsFolder(this.#project.root), ref.id, 'report');
  }

  /** No link on the way leads out of the project. */
  #readBelow(folder: string, path: string): Result<Buffer> {
    const file = join(folder, path);
    try {
      if (!isInside(realpathSync(file), realpathSync(this.#project.root)))
        return missing('it lies outside of the project');
      return ok(readPlain(file, { links: 'refused', most: LARGEST }));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return missing(error.code === 'ENOENT' ? 'no such report, or it is gone' : 'the report cannot be read');
    }
  }

  #below(): readonly { readonly experiment: string; readonly profile: string; readonly when: string }[] {
    const root = join(this.#project.root, 'reports');
    return foldersIn(root).flatMap((experiment) =>
      foldersIn(join(root, experiment)).flatMap((profile) => {
        const file = join(root, experiment, profile, 'report.json');
        return existsSync(file) ? [{ experiment, profile, when: statSync(file).mtime.toISOString() }] : [];
      }),
    );
  }
}

function missing(what: string): Result<never> {
  return fail(failure('ui/no-report', what));
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort(byCodeUnit);
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
