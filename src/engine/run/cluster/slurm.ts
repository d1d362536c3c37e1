import { execa, execaSync } from 'execa';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { SlurmSettings } from '../../graph/graph.js';
import type { ClusterCode, JobPhase, JobRequest, JobState, Scheduler } from './scheduler.js';

/** Before a job's time is up it gets SIGUSR1 this many seconds ahead, a short job a quarter of its time: it takes no new task. */
const WARNING_SECONDS = 60;

/** A controller that is busy or restarting may take its time. */
const PATIENCE_MS = 60_000;

/**
 * Slurm, through `sbatch`, `squeue` and `scancel`: no accounting database is needed. What the experiment does not say of
 * partition, account and time, Slurm's own variables do (`SBATCH_PARTITION`, ...).
 */
export function slurm(settings: SlurmSettings = {}): Scheduler {
  return {
    async submit(request) {
      const words = [...asked(settings), ...submission(request, settings)];
      const answer = await call('sbatch', words, script(request));
      if (!answer.ok) return { ok: false, error: answer.error.map((reason) => refusalOf(reason, words)) };
      // `--parsable`: the id, and behind a semicolon the name of the cluster.
      const id = /^(\d+)/.exec(answer.value.trim())?.[1];
      return id === undefined
        ? fail(
            failure<ClusterCode>(
              'cluster/refused',
              `sbatch answered ${JSON.stringify(answer.value.trim())}, not an id`,
            ),
          )
        : ok(id);
    },
    async jobs(name) {
      // Ended jobs are listed as long as the controller remembers them (MinJobAge).
      const answer = await call('squeue', [
        '--noheader',
        '--array',
        '--states=all',
        `--name=${name}`,
        '--format=%F|%K|%T|%r|%N|%L',
      ]);
      return answer.ok ? ok(parseQueue(answer.value)) : answer;
    },
    async cancel(ids) {
      if (ids.length > 0) await call('scancel', ['--quiet', ...ids]);
    },
    cancelAtOnce(ids) {
      if (ids.length > 0)
        execaSync('scancel', ['--quiet', ...ids], { env: cleanEnvironment(), extendEnv: false, reject: false });
    },
  };
}

/** Before the run's own words: of two that contradict each other the later counts. */
function asked({ partition, account, qos, constraint, extra = [] }: SlurmSettings): readonly string[] {
  const words = Object.entries({ partition, account, qos, constraint });
  return [...extra, ...words.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]))];
}

function submission(request: JobRequest, settings: SlurmSettings): readonly string[] {
  const { name, count, cores, memory, gpus, directory, logs, time = settings.time } = request;
  const warning = Math.floor(Math.min(WARNING_SECONDS, (time ?? Infinity) / 4));
  return [
    '--parsable',
    `--job-name=${name}`,
    `--array=0-${count - 1}`,
    '--ntasks=1',
    `--cpus-per-task=${cores}`,
    `--mem=${Math.ceil(memory / 2 ** 20)}M`,
    ...(gpus > 0 ? [`--gpus=${gpus}`] : []),
    ...(time === undefined ? [] : [`--time=${Math.ceil(time / 60)}`]),
    `--signal=B:USR1@${warning}`,
    // A job whose node failed is replaced by a new one: which of the two is alive is then never in doubt.
    '--no-requeue',
    '--open-mode=append',
    `--output=${logs.replaceAll('%', '%%')}/%A_%a.log`,
    `--chdir=${directory}`,
  ];
}

/** `exec`: a signal to the batch shell then reaches the program. */
function script({ command }: JobRequest): string {
  return `#!/bin/sh\nexec ${command.map(quote).join(' ')} "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Of lines `array|index|state|reason|node|time left`. */
export function parseQueue(text: string): ReadonlyMap<string, JobState> {
  const jobs = new Map<string, JobState>();
  for (const line of text.split('\n')) {
    const [array, index, state, reason = '', node = '', left = ''] = line.trim().split('|');
    if (array === undefined || index === undefined || state === undefined || state === '') continue;
    const says = reason === '' || reason === 'None' ? state : `${state} (${reason})`;
    const phase = phaseOf(state, reason);
    const seconds = phase === 'running' ? secondsIn(left) : undefined;
    jobs.set(`${array}_${index}`, { phase, words: says, node, ...(seconds === undefined ? {} : { left: seconds }) });
  }
  return jobs;
}

/** `[days-][[hours:]minutes:]seconds`; undefined for words such as UNLIMITED. */
function secondsIn(text: string): number | undefined {
  const [, days = '0', clock] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(text) ?? [];
  if (clock === undefined) return undefined;
  return 86_400 * Number(days) + clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
}

const PHASES: Readonly<Record<string, JobPhase>> = {
  PENDING: 'queued',
  CONFIGURING: 'queued',
  REQUEUED: 'queued',
  REQUEUE_HOLD: 'queued',
  REQUEUE_FED: 'queued',
  SPECIAL_EXIT: 'queued',
  RESV_DEL_HOLD: 'queued',
  RUNNING: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  SIGNALING: 'running',
  RESIZING: 'running',
  STAGE_OUT: 'running',
  COMPLETING: 'running',
  COMPLETED: 'done',
  NODE_FAIL: 'lost',
  BOOT_FAIL: 'lost',
  PREEMPTED: 'lost',
  REVOKED: 'lost',
  TIMEOUT: 'time',
  DEADLINE: 'time',
  OUT_OF_MEMORY: 'memory',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
};

/** A reason that says that a queued job never starts: not PartitionNodeLimit, which may also say that nodes are down. */
const HOPELESS =
  /^(DependencyNeverSatisfied|BadConstraints|InvalidAccount|InvalidQOS|PartitionConfig|PartitionTimeLimit|AccountNotAllowed|QOSNotAllowed|(Assoc|QOS)Max\w+PerJob)/;

function phaseOf(state: string, reason: string): JobPhase {
  const phase = PHASES[state.split(' ')[0]!] ?? 'running';
  return phase === 'queued' && HOPELESS.test(reason) ? 'never' : phase;
}

async function call(
  program: string,
  arguments_: readonly string[],
  input?: string,
): Promise<Result<string, readonly Diagnostic<ClusterCode>[]>> {
  const result = await execa(program, arguments_, {
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    env: cleanEnvironment(),
    extendEnv: false,
    timeout: PATIENCE_MS,
    reject: false,
  });
  if (result.exitCode === 0) return ok(result.stdout);
  if (result.code === 'ENOENT') {
    const help = 'run on a login node of the cluster, where the programs of Slurm are installed';
    return fail(failure<ClusterCode>('cluster/no-scheduler', `${program} is not installed`, help));
  }
  const words = result.stderr.trim() === '' ? (result.shortMessage ?? '') : result.stderr;
  const says = (words.trim().split('\n').at(-1) ?? '').replace(/^\w+: (error: )?/, '');
  return fail(failure<ClusterCode>(isPassing(says) ? 'cluster/unreachable' : 'cluster/refused', `${program}: ${says}`));
}

/** Of what was asked for that a site may not have, one is what it refuses. */
function refusalOf(reason: Diagnostic<ClusterCode>, words: readonly string[]): Diagnostic<ClusterCode> {
  if (reason.code !== 'cluster/refused') return reason;
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    /^SBATCH_(PARTITION|ACCOUNT|QOS|CONSTRAINT|TIMELIMIT)$/.test(name) ? [`${name}=${value}`] : [],
  );
  const asked = [
    ...own,
    ...words.filter(
      (word) => !/^--(parsable|job-name|array|ntasks|signal|no-requeue|open-mode|output|chdir)\b/.test(word),
    ),
  ];
  return {
    ...reason,
    message: `sbatch refuses jobs with ${asked.join(' ')}: ${reason.message.replace(/^sbatch: (Batch job submission failed: )?/, '')}`,
    help: 'partition, account and time stand under `slurm:`, cores, memory and gpus under `resources:` of a stage; `sinfo` lists what there is',
  };
}

/** The controller is away or busy, or a limit on submitted jobs is reached for now: later the same call may do. */
function isPassing(words: string): boolean {
  return /unable to contact|connection (refused|reset|timed out)|timed out|temporarily|try again|socket|Zero Bytes|not responding|Slurm backup|MaxSubmitJob|SubmitJobLimit|MaxJobCount|job limit/i.test(
    words,
  );
}

/** Within a job, settings of that job would become those of the jobs it submits. SBATCH_... are the user's own. */
function cleanEnvironment(): Record<string, string | undefined> {
  const keep = ([name]: readonly [string, unknown]): boolean =>
    name === 'SLURM_CONF' || !/^(SLURM|SALLOC|SRUN|SQUEUE|SCANCEL)_/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(keep));
}
