import { AsyncLocalStorage } from 'node:async_hooks';
import { runCommandLine, tellBug } from '../../src/cli/command-line.js';
import { EXIT } from '../../src/cli/program/exit.js';
import { findKind } from '../../src/cli/project/kinds.js';
import type { OpenWorkers } from '../../src/cli/project/workers.js';
import { doTask } from '../../src/engine/run/worker/serve.js';
import type { UserModules } from '../../src/engine/plan/identity/user-module.js';
import type { Task } from '../../src/engine/run/worker/protocol.js';
import { outcomeOf, type WorkOptions, type WorkOutcome } from '../../src/engine/run/worker/workers.js';
import { endWork } from '../../src/foundation/machine/at-end.js';
import { spareMemory } from '../../src/foundation/machine/frugal.js';

/** What a command line said and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where what is written belongs: that of a command line to it, of a stage to the stage's log. */
const written = new AsyncLocalStorage<Record<'out' | 'err', (text: string) => void>>();

let running: readonly string[] | undefined;

/**
 * Runs a command line of `fx` in this process, and its stages too: in the given folder and environment, both as they were
 * afterwards. As much as a process of its own starts and ends with is done: what the command leaves for its end, and no terminal
 * at its streams. One at a time; where the process itself is looked at (signals, crashes, streams, two at once), start one.
 */
export async function fxHere(words: readonly string[], folder: string, environment: Environment): Promise<Ended> {
  if (running !== undefined) throw new Error(`fx ${running.join(' ')} is still at it: two at once need a process each`);
  running = words;
  const said = { out: '', err: '' };
  const restore = [enter(folder), setEnvironment(environment), capture('stdout', 'out'), capture('stderr', 'err')];
  const { exitCode } = process;
  try {
    const channels = {
      out: (text: string) => void (said.out += text),
      err: (text: string) => void (said.err += text),
    };
    const code = await written.run(channels, () =>
      runCommandLine(words, (program) =>
        program.hook('preAction', (_, command) => void command.setOptionValue('openWorkers', workHere)),
      ).catch(async (bug: unknown) => {
        await tellBug(bug);
        return EXIT.failed;
      }),
    );
    return { code, ...said };
  } finally {
    endWork();
    // A stage asked it of V8 for its process.
    spareMemory(false);
    process.exitCode = exitCode;
    for (const back of restore.reverse()) back();
    running = undefined;
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** Does the work of stages in this process: one task at a time, as a child does, since kinds keep things warm between two. */
const workHere: OpenWorkers = (place) => ({
  run: (task, options) => {
    const work = turn.then(() => doHere(place, task, options));
    turn = work.catch(() => undefined);
    return work;
  },
  close: () => Promise.resolve(),
  kill: () => undefined,
});

async function doHere(place: UserModules, task: Task, options: WorkOptions): Promise<WorkOutcome> {
  // What is heard of the stage is the command line's.
  const outside = written.getStore()!;
  const heard = (line: string): void => written.run(outside, () => options.onLog(line));
  const tail = { out: '', err: '' };
  const lines = (stream: 'out' | 'err') => (text: string) => {
    const all = (tail[stream] + text).split('\n');
    tail[stream] = all.pop()!;
    all.forEach(heard);
  };
  // As it crosses to another process.
  const sent = JSON.parse(JSON.stringify(task)) as typeof task;
  const answer = await written.run({ out: lines('out'), err: lines('err') }, () =>
    doTask(
      sent,
      (name, script) => findKind(place, name, script),
      (message) => {
        if (message.say === 'log') heard(message.line);
        if (message.say === 'progress') {
          const { done, total, unit } = message;
          written.run(outside, () => options.onProgress(done, total, unit));
        }
      },
      options.signal,
    ),
  );
  for (const rest of Object.values(tail)) if (rest !== '') heard(rest);
  return outcomeOf(JSON.parse(JSON.stringify(answer)) as typeof answer, options.signal);
}

function enter(folder: string): () => void {
  const before = process.cwd();
  process.chdir(folder);
  return () => process.chdir(before);
}

function setEnvironment(environment: Environment): () => void {
  const before = { ...process.env };
  const set = (all: Environment): void => {
    for (const name of Object.keys(process.env)) if (all[name] === undefined) Reflect.deleteProperty(process.env, name);
    for (const [name, value] of Object.entries(all)) if (value !== undefined) process.env[name] = value;
  };
  set(environment);
  return () => set(before);
}

/** What is written by others than a command line goes where it would. */
function capture(name: 'stdout' | 'stderr', channel: 'out' | 'err'): () => void {
  const stream = process[name];
  const { isTTY } = stream;
  const write = stream.write.bind(stream);
  stream.isTTY = false;
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const to = written.getStore()?.[channel];
    if (to === undefined) return (write as (...all: unknown[]) => boolean)(chunk, ...rest);
    to(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    const told = rest.at(-1);
    if (typeof told === 'function') process.nextTick(told);
    return true;
  };
  return () => {
    stream.write = write;
    stream.isTTY = isTTY;
  };
}
