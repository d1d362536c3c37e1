import { resolve } from 'node:path';
import { openCache } from '../../engine/artifacts/cache.js';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { zip } from '../../foundation/values/zip.js';
import { diffReports, type ReportDiff } from '../../report/diff/diff.js';
import { diffMarkdown } from '../../report/diff/diff-markdown.js';
import { outcomesReader } from '../../report/measures/evidence.js';
import type { Report } from '../../report/report.js';
import { EXIT } from '../program/exit.js';
import { knownRun } from '../report/known.js';
import { otherChanges } from '../report/other-changes.js';
import { readReports, type Reports } from '../report/sources.js';
import { makeReport } from '../report/write.js';
import { cacheFolder, openExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';

export interface DiffOptions extends ExperimentOptions {
  readonly failOn?: string;
}

/** `fx diff`: what changed between two reports, runs or commits, and whether by more than noise. */
export async function diff(before: string, after: string | undefined, options: DiffOptions): Promise<number> {
  const terminal = openTerminal();
  const complain = (diagnostics: readonly Diagnostic[]): number =>
    showDiagnostics(diagnostics, () => undefined, terminal, options);
  if (options.failOn !== undefined && options.failOn !== 'regression') {
    return complain([failure('diff/bad-option', `--fail-on takes \`regression\`, not \`${options.failOn}\``)]);
  }
  const [old, now] = [await reportsOf(before, options), await reportsOf(after ?? 'reports', options)];
  if (!old.ok) return complain(old.error);
  if (!now.ok) return complain(now.error);
  const pairs = pairUp(old.value, now.value);
  if (!pairs.ok) return complain(pairs.error);

  const cache = openCache(cacheFolder(options, findProject(resolve('report.json'), diskFiles)));
  const services = { outcomes: outcomesReader((digest) => cache.blobs.locate(digest)), explain: otherChanges(cache) };
  const diffs = pairs.value.map(([a, b]) => diffReports(a, b, services));
  if (options.json === true) terminal.json(diffs.length === 1 ? diffs[0] : diffs);
  else for (const each of diffs) terminal.say(diffMarkdown(each).split('\n'));
  return options.failOn !== undefined && diffs.some(regressed) ? EXIT.refuted : EXIT.done;
}

function regressed(each: ReportDiff): boolean {
  return each.hasRegression;
}

/** A YAML file means the run of that experiment, from the cache; all else is a report that was written. */
async function reportsOf(source: string, options: DiffOptions): Promise<Result<Reports>> {
  if (!/\.ya?ml$/.test(source)) return readReports(source);
  const opened = await openExperiment(source, options, () => undefined);
  if (!opened.ok) return { ok: false, error: opened.diagnostics };
  const run = await knownRun(opened.experiment);
  if (!run.ok) return run;
  const { report } = await makeReport(run.value, opened.experiment.services.cache, opened.experiment.kinds);
  return ok(new Map([[`${report.experiment.name}/${report.experiment.profile}`, report]]));
}

/** One report of each: those two. Several: those of one experiment and profile. */
function pairUp(old: Reports, now: Reports): Result<readonly (readonly [Report, Report])[]> {
  if (old.size === 1 && now.size === 1) return ok(zip([...old.values()], [...now.values()]));
  const pairs = [...now].flatMap(([name, report]) => {
    const other = old.get(name);
    return other === undefined ? [] : [[other, report] as const];
  });
  if (pairs.length > 0) return ok(pairs);
  const names = (reports: Reports): string => [...reports.keys()].join(', ');
  return fail(failure('diff/no-report', `no experiment is in both: ${names(old)}; ${names(now)}`));
}
