import { availableParallelism } from 'node:os';
import type { Report } from '../../report/report.js';
import { Durations } from './durations.js';
import type { ExperimentOptions } from '../program/options.js';
import { openExperiment } from '../project/open-experiment.js';
import { sayAbout } from '../../foundation/numbers/duration.js';
import { openTerminal } from '../terminal/terminal.js';

/** Of a run. */
export interface GrowthOptions extends ExperimentOptions {
  readonly cores?: number;
}

/** The most replicates that a stage has; 0 where none has any. */
export function replicatesIn({ stages }: { readonly stages: readonly { readonly id: string }[] }): number {
  const numbers = stages.flatMap(({ id }) => /[[,]replicate=(\d+)[\],]/.exec(id)?.[1] ?? []);
  return Math.max(0, ...numbers.map(Number));
}

/**
 * Seconds that `more` replicates take beside those of a report, by what stages like theirs took before; undefined where that is
 * not known.
 */
export async function timeToAdd(
  more: number,
  file: string,
  options: GrowthOptions,
  report: Report,
): Promise<number | undefined> {
  const opened = await openExperiment(file, { ...options, added: (options.added ?? 0) + more }, () => undefined);
  if (!opened.ok) return undefined;
  const { experiment } = opened;
  const done = new Set(report.stages.map(({ id }) => id));
  return new Durations(experiment.graph, experiment, options.cores ?? availableParallelism()).left(new Map(), done);
}

/** Beside verdicts that more replicates would decide: how long these take. Not in the report, which knows no clock. */
export async function sayWhatWouldDecide(file: string, options: GrowthOptions, report: Report): Promise<void> {
  const wanted = report.claims.flatMap(({ verdict, comparisons }) =>
    verdict === 'undecided' ? comparisons.flatMap(({ replicates }) => replicates ?? []) : [],
  );
  const now = replicatesIn(report);
  const most = Math.max(0, ...wanted);
  if (now === 0 || most <= now) return;
  const seconds = await timeToAdd(most - now, file, options, report);
  if (seconds === undefined) return;
  const terminal = openTerminal();
  terminal.note(
    terminal.dim(
      `\`replicates: ${most}\` takes ${sayAbout(seconds)} more, by what such stages took before; ` +
        `fx run ${file} --until decided adds them one by one`,
    ),
  );
}
