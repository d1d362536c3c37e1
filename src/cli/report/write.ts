import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cache } from '../../engine/artifacts/cache.js';
import type { RunRecord, StageRecord } from '../../engine/run/record.js';
import { canonicalText } from '../../foundation/values/canonical.js';
import { sha256 } from '../../foundation/files/digest.js';
import { makeAndReplace } from '../../foundation/files/files.js';
import { readText } from '../../foundation/files/text-file.js';
import type { BuiltReport } from '../../report/build.js';
import type { Kinds as ReportKinds } from '../../report/kinds.js';
import type { Report } from '../../report/report.js';
import { digestOfFile, Stamp } from '../results/stamp.js';

export interface WrittenReport {
  /** Absolute. */
  readonly folder: string;
  readonly report: Report;
  /** False where the folder already held the report of this very run. */
  readonly isNew: boolean;
}

/** Where the report of an experiment and profile lies, and its lock. */
export function reportFolder(project: string, { experiment }: Subject): string {
  return join(project, 'reports', experiment.name, experiment.profile);
}

interface Subject {
  readonly experiment: Pick<RunRecord['experiment'], 'name' | 'profile'>;
}

/**
 * Writes `reports/<experiment>/<profile>/`. A run that has nothing to do must not take the second that resampling and drawing
 * take: a stamp in the cache says which files the report of a record consists of, and where the folder holds them, byte for
 * byte, nothing is made.
 */
export async function writeReport(
  run: RunRecord,
  cache: Cache,
  kinds: ReportKinds,
  project: string,
): Promise<WrittenReport> {
  const folder = reportFolder(project, run);
  const stamp = new Stamp(cache.root, madeOf(run));
  if (stamp.holdsIn(folder)) {
    return { folder, report: JSON.parse(readText(join(folder, 'report.json'))) as Report, isNew: false };
  }
  const { report, files } = await makeReport(run, cache, kinds);
  for (const owned of OWNED) removeOthers(join(folder, owned), owned, files);
  const digests: Record<string, string> = {};
  for (const [path, content] of files) {
    const target = join(folder, path);
    // A file that stays the same keeps its time. One that changes is another file: records of runs hold links to the old one.
    if (digestOfFile(target) !== sha256(content)) makeAndReplace(target, content);
    digests[path] = sha256(content);
  }
  stamp.keep(digests);
  return { folder, report, isNew: true };
}

/**
 * All that a report is a function of, as a text. Canonical: metrics of a run that made them stand in another order than when they are
 * read again. An artifact's digest stands for its files, of which there are thousands.
 */
function madeOf(run: RunRecord): string {
  const stages = run.stages.map((stage): Omit<StageRecord, 'outputs'> => {
    const { outputs: _, ...rest } = stage;
    return rest;
  });
  return canonicalText({ ...run, stages });
}

/** Of the files of a report, those that `fx ui` reads: its numbers, and the pictures and data of its figures. */
export function filesShown({ figures }: Report): readonly string[] {
  const panels = figures.flatMap((figure) => figure.panels);
  return ['report.json', ...panels.flatMap(({ file, data }) => (data === undefined ? [file] : [file, data]))];
}

/** Makes a report from the blobs that it asks for. */
export async function makeReport(
  run: RunRecord,
  cache: { readonly blobs: { locate(digest: string): string } },
  kinds: ReportKinds,
): Promise<BuiltReport> {
  const { buildReport } = await import('../../report/build.js');
  return buildReport(run, { locateBlob: (digest) => cache.blobs.locate(digest), kinds });
}

/** Folders in which nothing but the report's own files stays. */
const OWNED = ['tables', 'figures'] as const;

function removeOthers(folder: string, name: string, files: ReadonlyMap<string, unknown>): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    if (!files.has(`${name}/${file}`)) rmSync(join(folder, file), { recursive: true });
  }
}
