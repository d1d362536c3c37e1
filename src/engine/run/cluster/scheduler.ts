import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { Result } from '../../../foundation/failures/result.js';

/**
 * A cluster's batch scheduler, as far as a run needs it. An implementation asks the cluster's controller at most once for
 * each call, and reports a controller that does not answer as an error: it is asked again later.
 */
export interface Scheduler {
  /** Submits equal jobs as one array; gives the array's id. Job `i` of it is called `<array>_<i>`. */
  submit(request: JobRequest): Promise<Result<string, readonly Diagnostic<ClusterCode>[]>>;
  /** The jobs called `name` that the controller still knows, by their ids. */
  jobs(name: string): Promise<Result<ReadonlyMap<string, JobState>, readonly Diagnostic<ClusterCode>[]>>;
  /** Cancels jobs by id. Those that have ended are passed over. */
  cancel(ids: readonly string[]): Promise<void>;
  /** The same, done when it returns: for a process that is about to end. */
  cancelAtOnce(ids: readonly string[]): void;
}

export interface JobRequest {
  /** The same for all jobs of a run: how they are found again. */
  readonly name: string;
  /** Number of jobs in the array. */
  readonly count: number;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly gpus: number;
  /** Seconds; the site's or the experiment's own limit where absent. */
  readonly time?: number;
  /** The program and its arguments. It gets the job's id as its last argument. */
  readonly command: readonly string[];
  readonly directory: string;
  /** What the jobs print goes to `<logs>/<array>_<i>.log`. */
  readonly logs: string;
}

/**
 * - `queued`: not started; `reason` is the scheduler's word for it
 * - `never`: queued, and by the scheduler's reason it will not start
 * - `running`
 * - `done`: ended by itself, well or not
 * - `lost`: its node failed, or it was preempted: what it was at may be tried again
 * - `time`, `memory`: it went beyond a limit
 * - `cancelled`: by a person or an administrator
 * - `failed`: it ended with an error, or could not be started
 */
export type JobPhase = 'queued' | 'never' | 'running' | 'done' | 'lost' | 'time' | 'memory' | 'cancelled' | 'failed';

export interface JobState {
  readonly phase: JobPhase;
  /** The scheduler's own words: `PENDING (Resources)`, `NODE_FAIL`. */
  readonly words: string;
  /** Where it runs or ran; empty while queued. */
  readonly node: string;
  /** Seconds until its time is up; absent where there is no limit, or it does not run. */
  readonly left?: number;
}

export type ClusterCode =
  | 'cluster/no-scheduler'
  | 'cluster/unreachable'
  | 'cluster/refused'
  | 'cluster/lost'
  | 'cluster/time-limit'
  | 'cluster/memory-limit'
  | 'cluster/cancelled'
  | 'cluster/job-failed'
  | 'cluster/bad-folder';
