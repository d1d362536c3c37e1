import { fork, type ChildProcess } from 'node:child_process';
import { atEnd } from '../../../foundation/machine/at-end.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { readLines } from '../../../foundation/machine/lines.js';
import { family, residentBytes, signalAll, workingIn, type Seen } from '../../../foundation/machine/processes.js';
import type { HostFacts } from '../../artifacts/content/result-record.js';
import type { ArtifactFile, StageReport } from '../../stage.js';
import { isFromWorker, type Answer, type Task, type ToWorker } from './protocol.js';

/**
 * Child processes that do the work, kept warm for the next task. A crash, an exhausted memory or a hang there is that
 * task's failure and nobody else's.
 */
export interface WorkerPool {
  run(task: Task, options: WorkOptions): Promise<WorkOutcome>;
  /** Ends all children. */
  close(): Promise<void>;
  /** Kills all children, and theirs, at once. */
  kill(): void;
  /** How many tasks it takes at a time, if that is not for this machine's cores and memory to say. */
  readonly atOnce?: number;
}

/** Whether this machine does the work: then it is its cores, its memory and its devices that count. */
export function worksHere({ atOnce }: WorkerPool): boolean {
  return atOnce === undefined;
}

export interface WorkOptions {
  /** Of the result: what a restarted run knows a task by that is still being done somewhere. */
  readonly key: string;
  readonly signal: AbortSignal;
  /** Seconds; unlimited where absent. */
  readonly timeout?: number;
  /** Bytes of resident memory, the child's own children included. */
  readonly memory: number;
  readonly gpus: number;
  /** The GPUs of this machine that are the task's own; none where it asked for none. */
  readonly devices?: readonly string[];
  /** Tasks of one series had best go to one child: what the last one left ready there serves the next. */
  readonly series: string;
  /** The child process that was given the task, if it is of this machine. */
  readonly onChild?: (pid: number) => void;
  readonly onLog: (line: string) => void;
  readonly onProgress: (done: number, total: number, unit: string) => void;
  /** Where the task is, if that is not this machine: waiting in a queue, or at work on a node. */
  readonly onPlace?: (place: Place) => void;
}

export interface Place {
  /** `queued`: a job for it waits in the scheduler's queue; `running`: a job has it; `waiting`: all jobs are at other tasks. */
  readonly phase: 'queued' | 'running' | 'waiting';
  /** Where queued, the scheduler's state and reason: `PENDING (Resources)`; where running, the job's id. */
  readonly words: string;
  /** Where running, the node's name; else empty. */
  readonly node: string;
}

export type WorkOutcome =
  | {
      readonly ok: true;
      readonly files: readonly ArtifactFile[];
      readonly folders?: readonly string[];
      readonly report: StageReport;
      /** The child's file of all that it said, if it was too much to be sent. */
      readonly log?: string;
      /** Where and for how many seconds it was worked on, if that is known better there than here. */
      readonly done?: { readonly host: HostFacts; readonly seconds: number };
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly log?: string };

export type WorkerCode = 'run/crashed' | 'run/timed-out' | 'run/out-of-memory' | 'run/interrupted';

/** After being asked to stop, a child has this long before it is killed. */
const GRACE_MS = 3000;
const MEMORY_CHECK_MS = 250;
/**
 * What a terminal or a scheduler sends to a run and its children alike, in any order: a child that has not begun to withstand it dies of
 * it, perhaps before the run hears of its own, for which it then waits so many milliseconds.
 */
const SENT_TO_ALL: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const HEARD_WITHIN_MS = 300;
/** A child that still holds more than this share of a task's memory limit is not given the task: it would seem to use it. */
const ROOM = 0.5;

/** A child that waits for its next task, and the series of its last one. */
interface Idle {
  readonly child: ChildProcess;
  /** What it sees of GPUs, fixed when it began: a runtime looks for them once. */
  readonly devices: string;
  readonly series: string;
}

/** @param entry the script of the child: it calls `serve` (serve.ts) with the registry of stage kinds */
export function forkingPool(entry: string, arguments_: readonly string[] = []): WorkerPool {
  const idle: Idle[] = [];
  const all = new Set<ChildProcess>();
  /** The workspace of the task that each child is at. */
  const busy = new Map<ChildProcess, string>();
  let unwatch: (() => void) | undefined;
  const killAll = (): void => {
    for (const child of all) kill(child);
    // A killed child can no longer see to what its stage put into the background.
    for (const workspace of busy.values()) signalAll(workingIn(workspace), 'SIGKILL');
  };

  function take({ series, memory, devices = [] }: WorkOptions): ChildProcess {
    const visible = devices.join(',');
    const same = idle.findIndex((one) => one.series === series && one.devices === visible);
    const fits = (one: Idle): boolean => one.devices === visible && residentBytes(one.child.pid!) <= ROOM * memory;
    const at = same >= 0 ? same : idle.findLastIndex(fits);
    if (at >= 0) return idle.splice(at, 1)[0]!.child;
    // The longest idle one makes room, so that there are never more children than tasks at a time.
    const old = idle.shift();
    if (old !== undefined) kill(old.child);
    const env = visible === '' ? process.env : { ...process.env, CUDA_VISIBLE_DEVICES: visible };
    const child = fork(entry, arguments_, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'json', env });
    all.add(child);
    // However this process ends, short of being killed outright, its children end with it.
    unwatch ??= atEnd(killAll);
    child.once('exit', () => {
      all.delete(child);
      const at = idle.findIndex((one) => one.child === child);
      if (at >= 0) idle.splice(at, 1);
    });
    return child;
  }

  return {
    async run(task, options) {
      if (options.signal.aborted) return interrupted();
      const child = take(options);
      busy.set(child, task.workspace);
      options.onChild?.(child.pid!);
      const outcome = await converse(child, task, options);
      busy.delete(child);
      if (child.connected && child.exitCode === null)
        idle.push({ child, series: options.series, devices: (options.devices ?? []).join(',') });
      else kill(child);
      return outcome;
    },
    async close() {
      await Promise.all([...all].map(end));
      unwatch?.();
      unwatch = undefined;
    },
    kill: killAll,
  };
}

async function converse(child: ChildProcess, task: Task, options: WorkOptions): Promise<WorkOutcome> {
  return new Promise((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    let verdict: Diagnostic<WorkerCode> | undefined;
    const tail: string[] = [];
    const logLine = (line: string): void => {
      tail.push(line);
      if (tail.length > 8) tail.shift();
      options.onLog(line);
    };
    const streams = [readLines(child.stdout!, logLine), readLines(child.stderr!, logLine)];

    const descendants = new Descendants();
    const settle = (outcome: WorkOutcome): void => {
      for (const timer of timers) clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      child.off('message', onMessage);
      child.off('exit', onExit);
      for (const stop of streams) stop();
      descendants.look(child.pid!);
      descendants.kill();
      resolve(outcome);
    };
    const condemn = (diagnostic: Diagnostic<WorkerCode>): void => {
      verdict ??= diagnostic;
      kill(child);
    };
    const onMessage = (message: unknown): void => {
      // The child's own modules may talk to their parent too: `process.send('ready')` is meant for some other one.
      if (!isFromWorker(message)) return;
      switch (message.say) {
        case 'ready':
          break;
        case 'log':
          logLine(message.line);
          break;
        case 'progress':
          options.onProgress(message.done, message.total, message.unit);
          break;
        case 'done':
        case 'failed':
          settle(outcomeOf(message, options.signal));
      }
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
      signalAll(workingIn(task.workspace), 'SIGKILL');
      const tell = (): void => {
        if (verdict === undefined && options.signal.aborted) {
          settle(interrupted());
          return;
        }
        const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
        const last = tail.length === 0 ? '' : `; its last words:\n  ${tail.join('\n  ')}`;
        const crashed = failure<WorkerCode>('run/crashed', `the process ended with ${how}${last}`);
        settle({ ok: false, diagnostics: [verdict ?? crashed] });
      };
      if (SENT_TO_ALL.includes(signal) && verdict === undefined && !options.signal.aborted)
        timers.push(setTimeout(tell, HEARD_WITHIN_MS));
      else tell();
    };
    const onAbort = (): void => {
      if (child.connected) child.send({ say: 'stop' } satisfies ToWorker);
      timers.push(setTimeout(() => kill(child), GRACE_MS));
    };

    child.on('message', onMessage);
    child.on('exit', onExit);
    options.signal.addEventListener('abort', onAbort);
    if (options.timeout !== undefined) {
      const { timeout } = options;
      const late = failure<WorkerCode>('run/timed-out', `stopped after its timeout of ${timeout} s`);
      timers.push(setTimeout(() => condemn(late), timeout * 1000));
    }
    timers.push(
      setInterval(() => {
        const used = descendants.look(child.pid!);
        if (used <= options.memory) return;
        const message = `used ${mebibytes(used)} of memory, above its limit of ${mebibytes(options.memory)}`;
        condemn(
          failure(
            'run/out-of-memory',
            message,
            'raise `resources: { memory: ... }` of the stage, or let it be raised: `memory-at-most`',
          ),
        );
      }, MEMORY_CHECK_MS),
    );
    child.send({ say: 'do', task } satisfies ToWorker, (error) => {
      if (error !== null) kill(child);
    });
  });
}

/** What the answer of who did the work comes to. */
export function outcomeOf(answer: Answer, signal: AbortSignal): WorkOutcome {
  if (answer.say === 'failed')
    return signal.aborted ? interrupted() : { ok: false, diagnostics: answer.diagnostics, ...logOf(answer) };
  const { files, folders, report } = answer;
  return { ok: true, files, ...(folders === undefined ? {} : { folders }), report, ...logOf(answer) };
}

function interrupted(): WorkOutcome {
  return { ok: false, diagnostics: [failure<WorkerCode>('run/interrupted', 'interrupted')] };
}

function logOf({ log }: { readonly log?: string }): { readonly log?: string } {
  return log === undefined ? {} : { log };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => kill(child), 500);
  await gone;
  clearTimeout(timer);
}

/** Kills a child and its own children. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  signalAll(family(child.pid), 'SIGKILL');
}

/**
 * Who was seen among the descendants of a child at work. Those that outlive their parent are found by nobody else, so what
 * is left of them is killed when the task is over: a program must not go on after the stage that started it.
 */
class Descendants {
  readonly #seen = new Map<number, Seen>();

  /** Looks again; gives the bytes that the child and its descendants hold. 0 where the system has no /proc. */
  look(child: number): number {
    let bytes = 0;
    for (const one of family(child)) {
      bytes += residentBytes(one.pid);
      if (one.pid !== child) this.#seen.set(one.pid, one);
    }
    return bytes;
  }

  kill(): void {
    signalAll([...this.#seen.values()], 'SIGKILL');
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
