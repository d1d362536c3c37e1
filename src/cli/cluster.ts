import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isClaim } from '../engine/artifacts/claims.js';
import { writeFailure, type StoreResult } from '../engine/artifacts/store.js';
import { clusterExecutor } from '../engine/run/cluster/executor.js';
import { Mailbox } from '../engine/run/cluster/mailbox.js';
import { slurm } from '../engine/run/cluster/slurm.js';
import type { WorkerPool } from '../engine/run/workers.js';
import type { Diagnostic } from '../foundation/diagnostic.js';
import { sha256 } from '../foundation/digest.js';
import { isSystemError } from '../foundation/files.js';
import { ok } from '../foundation/result.js';
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
): StoreResult<WorkerPool> {
  const { claims, root } = services.cache;
  try {
    for (let i = 0; ; i += 1) {
      const name = `fx-${sha256([project, file, graph.profile, i].join('\n')).slice(0, 10)}`;
      const held = claims.attempt(sha256(name));
      if (!isClaim(held)) continue;
      process.once('exit', () => held.release());
      const mail = new Mailbox(join(root, 'clusters', name));
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
