import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLease } from '../engine/artifacts/leases.js';
import { writeFailure } from '../engine/artifacts/store.js';
import { clusterExecutor } from '../engine/run/cluster/executor.js';
import { Mailbox } from '../engine/run/cluster/mailbox.js';
import type { ClusterCode } from '../engine/run/cluster/scheduler.js';
import { slurm } from '../engine/run/cluster/slurm.js';
import type { WorkerPool } from '../engine/run/workers.js';
import { failure, type Diagnostic } from '../foundation/diagnostic.js';
import { sha256 } from '../foundation/digest.js';
import { isSystemError } from '../foundation/files.js';
import { isPrivate } from '../foundation/private-folder.js';
import { fail, ok, type Result } from '../foundation/result.js';
import type { Session } from './session.js';

export interface ClusterChoice {
  /** The place where the work is done; this machine where absent. */
  readonly on?: 'slurm';
  /** At most so many jobs at a time. */
  readonly jobs?: number;
}

const JOBS = 64;

/**
 * The executor that has the stages of an experiment done on the cluster. Its folder is the same each time the experiment
 * runs, so that a run whose process died takes its jobs back; two runs at a time have one each.
 */
export function openCluster(
  file: string,
  { project, services, graph }: Session,
  { jobs = JOBS }: ClusterChoice,
  warn: (warning: Diagnostic) => void,
): Result<WorkerPool> {
  const { leases, root } = services.cache;
  const home = join(root, `clusters-${process.getuid?.() ?? 0}`);
  try {
    for (let i = 0; ; i += 1) {
      const name = `fx-${sha256([project, file, graph.profile, i].join('\n')).slice(0, 10)}`;
      const held = leases.attempt(sha256(name));
      if (!isLease(held)) continue;
      process.once('exit', () => held.release());
      const folder = join(home, name);
      if (!isPrivate(home) || !isPrivate(folder)) {
        const help = 'choose another cache with --cache, or mend the owner and rights of the folder';
        return fail(
          failure<ClusterCode>('cluster/bad-folder', `${folder} cannot be made, or others may write to it`, help),
        );
      }
      const mail = new Mailbox(folder);
      const pilot = fileURLToPath(new URL('./pilot.js', import.meta.url));
      return ok(
        clusterExecutor({
          scheduler: slurm(),
          mail,
          name,
          command: [process.execPath, pilot, project, root, mail.root],
          directory: project,
          jobs,
          warn,
        }),
      );
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return writeFailure(error, root);
  }
}
