import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { ClusterCode, JobPhase } from './scheduler.js';

/** What the task fails with, where trying it again would not help. */
export function verdictOn(
  phase: JobPhase,
  job: { readonly pilot: string; readonly node: string; readonly words: string; readonly wasFresh: boolean },
): Diagnostic<ClusterCode> | undefined {
  const where = `job ${job.pilot} on ${job.node}`;
  switch (phase) {
    case 'time':
      // One that began late in a job's time gets a job of its own.
      if (!job.wasFresh) return undefined;
      return failure(
        'cluster/time-limit',
        `${where} reached its time limit (${job.words}) before the task was done`,
        'raise the time of a job: `slurm: { time: 4 h }` in the experiment or its profile, or let it be raised: `time-at-most`',
      );
    case 'memory':
      return failure(
        'cluster/memory-limit',
        `${where} used more memory than it asked for (${job.words})`,
        'raise `resources: { memory: ... }` of the stage, or let it be raised: `memory-at-most`',
      );
    case 'cancelled':
      return failure('cluster/cancelled', `${where} was cancelled by somebody (${job.words})`);
    case 'failed':
    case 'done':
    case 'lost':
    case 'queued':
    case 'never':
    case 'running':
      return undefined;
  }
}
