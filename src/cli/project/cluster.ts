import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { isLease } from '../../engine/artifacts/store/leases.js';
import { writeFailure } from '../../engine/artifacts/store/store.js';
import { SETTINGS_FILE } from '../../engine/document/settings.js';
import type { SlurmSettings } from '../../engine/graph/graph.js';
import { clusterExecutor, type Pace } from '../../engine/run/cluster/executor.js';
import { Mailbox } from '../../engine/run/cluster/mailbox.js';
import type { ClusterCode } from '../../engine/run/cluster/scheduler.js';
import { slurm } from '../../engine/run/cluster/slurm.js';
import type { WorkerPool } from '../../engine/run/worker/workers.js';
import { atEnd } from '../../foundation/machine/at-end.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { sha256 } from '../../foundation/files/digest.js';
import { isSystemError } from '../../foundation/files/files.js';
import { byCodeUnit, isJsonObject } from '../../foundation/values/json.js';
import { LIMIT_VARIABLE } from '../../foundation/files/limits.js';
import { parseQuantity } from '../../foundation/schema/quantity.js';
import { isPrivate } from '../../foundation/files/private-folder.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { readIfPresent } from '../results/lock.js';
import type { PlaceOptions } from '../program/options.js';
import type { OpenExperiment } from './open-experiment.js';

export interface ClusterChoice extends PlaceOptions {
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
  { project, services, graph }: OpenExperiment,
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
      atEnd(() => held.release());
      const folder = join(home, name);
      if (!isPrivate(home) || !isPrivate(folder)) {
        const help = 'choose another cache with --cache, or fix the folder’s owner and permissions';
        return fail(
          failure<ClusterCode>('cluster/bad-folder', `${folder} cannot be made, or others may write to it`, help),
        );
      }
      const mail = new Mailbox(folder);
      const pilot = fileURLToPath(new URL('../pilot.js', import.meta.url));
      const settings = { ...graph.slurm, ...siteSettings(project) };
      const { time } = settings;
      return ok(
        clusterExecutor({
          scheduler: slurm(settings),
          mail,
          name,
          command: [...limitsAsWords(process.env), process.execPath, pilot, project, root, mail.root],
          directory: project,
          jobs,
          ...(time === undefined ? {} : { time: { first: time, most: graph.slurm?.['time-at-most'] ?? time } }),
          warn,
          pace: paceOf(process.env),
        }),
      );
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return writeFailure(error, root);
  }
}

/** The words before a command by which it has the limits of this environment: a site may have jobs begin with none of it. */
export function limitsAsWords(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const given = Object.entries(environment).filter(
    ([name, value]) => name.startsWith(LIMIT_VARIABLE) && value !== undefined,
  );
  return given.length === 0 ? [] : ['env', ...given.map(([name, value]) => `${name}=${value!}`).sort(byCodeUnit)];
}

/** `slurm:` of the settings file: what holds at this site whatever an experiment says. */
function siteSettings(project: string): SlurmSettings {
  const text = readIfPresent(join(project, SETTINGS_FILE));
  if (text?.includes('slurm') !== true) return {};
  let found: unknown;
  try {
    found = parse(text, { maxAliasCount: 0 });
  } catch {
    return {}; // Reading the experiment says what is wrong with the file.
  }
  const slurm = isJsonObject(found) ? found.slurm : undefined;
  if (!isJsonObject(slurm)) return {};
  const words = Object.entries(slurm).filter(
    ([name, value]) => ['partition', 'account', 'qos', 'constraint'].includes(name) && typeof value === 'string',
  );
  const time = typeof slurm.time === 'string' ? parseQuantity('duration', slurm.time) : undefined;
  return { ...Object.fromEntries(words), ...(typeof time === 'number' ? { time } : {}) };
}

/** What a site may set, in seconds: how often the scheduler is asked, and how late its shared file system may show a job's last words. */
function paceOf({ FX_CLUSTER_ASK: ask, FX_CLUSTER_LATENCY: latency }: NodeJS.ProcessEnv): Partial<Pace> {
  const seconds = (text: string | undefined): number | undefined => {
    const number = Number(text);
    return text === undefined || text === '' || !(number > 0) ? undefined : number * 1000;
  };
  const [every, late] = [seconds(ask), seconds(latency)];
  return { ...(every === undefined ? {} : { ask: every }), ...(late === undefined ? {} : { latency: late }) };
}
