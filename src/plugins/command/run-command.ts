import { spawn, type ChildProcess } from 'node:child_process';
import { lstatSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { family, signalAll, workingIn, type Seen } from '../../foundation/machine/processes.js';
import { err, fail, ok, type Result } from '../../foundation/failures/result.js';
import { readLines } from '../../foundation/machine/lines.js';
import { plainPath } from '../../foundation/files/paths.js';
import { removeLater } from '../../foundation/files/removal.js';
import { resolveLinks } from '../../foundation/files/links.js';
import { declaredEnvironment, valuesOf } from './environment.js';
import { layBeside, layInputs, type CommandInput } from './inputs.js';
import { fill } from './placeholders.js';
import { progressIn, type Progress } from './progress.js';

/** A program to run on given files, in a clean place. */
export interface CommandRecipe {
  /** Program and arguments; `{name}` stands for the path of an input, `{{` for a brace. With `shell`, one line for `sh -c`. */
  readonly run: readonly (string | number)[];
  /** Stands for `{seed}`. */
  readonly seed?: number;
  /** Stands for `{image}`. */
  readonly image?: string;
  readonly shell: boolean;
  /** Files that must be there afterwards, relative to the working directory; they are the result. Folders count whole. */
  readonly outputs: readonly string[];
  /** Names of variables passed on from the caller's environment, besides PATH and a few without influence on results. */
  readonly inherit: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Written to standard input. */
  readonly stdin?: string;
}

export type CommandCode =
  | 'command/failed'
  | 'command/not-found'
  | 'command/no-output'
  | 'command/placeholder'
  | 'command/bad-link'
  | 'command/cannot-start'
  | 'command/outputs'
  | 'command/stopped';

/** What a program needs to run at all, and which GPUs are its own. */
const ALWAYS = ['PATH', 'LD_LIBRARY_PATH', 'SYSTEMROOT', 'CUDA_VISIBLE_DEVICES'];

/** Who looks after a command while it runs. */
export interface CommandCare {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly progress: (progress: Progress) => void;
}

/**
 * Runs the command in a fresh directory beside `workspace`, with inputs copied under `inputs/` and nothing of the caller's
 * environment but what is named, then moves the declared outputs into `workspace`. `beside`: inputs that are single files and
 * lie beside each other.
 */
export async function runCommand(
  recipe: CommandRecipe,
  inputs: ReadonlyMap<string, CommandInput>,
  beside: readonly string[],
  workspace: string,
  options: CommandCare,
): Promise<Result<void, readonly Diagnostic<CommandCode>[]>> {
  const directory = `${workspace}.command`;
  mkdirSync(join(directory, 'inputs'), { recursive: true });
  try {
    const { paths, linked } = layInputs(directory, inputs);
    layBeside(directory, paths, beside);
    const given = Object.entries({ seed: recipe.seed, image: recipe.image }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    );
    const argv = recipe.run.map((word) => fill(String(word), new Map([...given, ...paths])));
    const unknown = argv.filter((word) => !word.ok).map((word) => word.error);
    if (unknown.length > 0) return err(unknown);
    const words = argv.map((word) => (word as { value: string }).value);
    const failed = await execute(words, recipe, directory, options);
    if (failed !== undefined) return err([failed]);
    // By a link in the folder's place, outputs would be moved out of wherever it leads to.
    if (lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return fail(REPLACED);
    return collect(recipe.outputs.map(plainPath), directory, workspace, linked);
  } finally {
    removeLater(directory);
  }
}

const REPLACED = failure<CommandCode>(
  'command/outputs',
  'the command removed its working folder, or put something else in its place',
  'leave the folder in which it starts where it is, and write outputs into it',
);

async function execute(
  words: readonly string[],
  recipe: CommandRecipe,
  directory: string,
  options: CommandCare,
): Promise<Diagnostic<CommandCode> | undefined> {
  const argv = recipe.shell ? ['sh', '-c', words.join(' ')] : words;
  const started = start(argv, recipe, directory);
  if (!('child' in started)) return notStarted(words[0]!, argv[0]!, directory, started);
  const { child, ended } = started;
  const stop = stoppingAll(child.pid, directory, options.signal);
  // What it leaves in the background may hold its output open: the stage ends with the command.
  child.once('exit', () => {
    stop.end();
    setTimeout(() => {
      child.stdout!.destroy();
      child.stderr!.destroy();
    }, DRAINED_AFTER_MS).unref();
  });
  const tail: string[] = [];
  const redrawn = (state: string): void => {
    const progress = progressIn(state);
    if (progress !== undefined) options.progress(progress);
  };
  const hear = (line: string): void => {
    const progress = progressIn(line);
    // What was shown as a bar needs no line.
    if (progress !== undefined) {
      options.progress(progress);
      return;
    }
    tail.push(line.length > LONG ? `${line.slice(0, LONG)}...` : line);
    if (tail.length > 5) tail.shift();
    options.log(line);
  };
  const flush = [child.stdout!, child.stderr!].map((stream) => readLines(stream, hear, redrawn));
  const end = await ended;
  for (const each of flush) each();
  stop.end();
  if (options.signal.aborted) return failure('command/stopped', `${words[0]!} was stopped`);
  if (!('status' in end)) return notStarted(words[0]!, argv[0]!, directory, end);
  if (end.status === 0) return undefined;
  const how = end.signal === null ? `exit code ${String(end.status)}` : `signal ${end.signal}`;
  const last = tail.length === 0 ? '' : `; its last words:\n  ${tail.join('\n  ')}`;
  return failure('command/failed', `${words[0]!} ended with ${how}${last}`);
}

/** How a program ended; its output has been read. */
interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Why a program did not begin. */
interface NotStarted {
  /** The system's, or Node's. */
  readonly code: string | undefined;
  readonly message: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<End | NotStarted>;
}

/**
 * Node's own `spawn` and nothing around it: a small stage spends most of its time here. Some of the system's refusals are
 * thrown, others come as an event.
 */
function start(argv: readonly string[], recipe: CommandRecipe, directory: string): Started | NotStarted {
  const [program, ...words] = argv;
  try {
    const child = spawn(program!, words, {
      cwd: directory,
      env: { ...valuesOf(ALWAYS), ...declaredEnvironment(recipe.inherit, recipe.variables) },
      stdio: [recipe.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const ended = new Promise<End | NotStarted>((resolve) => {
      child.once('error', (error) => resolve(refusal(error)));
      child.once('close', (status, signal) => resolve({ status, signal }));
    });
    // A program need not read what it is given.
    child.stdin?.on('error', () => undefined).end(recipe.stdin);
    return { child, ended };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refusal(error);
  }
}

function refusal({ code, message }: NodeJS.ErrnoException): NotStarted {
  return { code, message };
}

function notStarted(
  word: string,
  program: string,
  directory: string,
  { code, message }: NotStarted,
): Diagnostic<CommandCode> {
  if (code === 'ENOENT' && program.includes('/') && isThere(resolve(directory, program))) {
    return failure(
      'command/not-found',
      `${short(program)} is there, but not the interpreter that its first line names`,
      'install the interpreter; end the line with a line feed alone (a carriage return would belong to the name)',
    );
  }
  if (code === 'ENOENT') {
    return failure(
      'command/not-found',
      `there is no program ${program} on the PATH`,
      'install it, or name it by its path',
    );
  }
  const known = code === undefined ? undefined : REASONS[code];
  const reason =
    known === undefined ? [message, code].filter((part) => part !== undefined).join(', ') : `${known} (${code!})`;
  return failure('command/cannot-start', `${short(word)} cannot be started: ${reason}`, helpOf(code));
}

function helpOf(code: string | undefined): string | undefined {
  if (code === 'E2BIG') return 'pass long texts as a file or as `stdin`';
  return code === 'EACCES' ? 'make it executable (chmod +x), or name the interpreter first' : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: 'its arguments and variables are longer than the system allows',
  EACCES: 'no permission to execute it',
  ENOEXEC: 'it is not a program: a script begins with #!',
  ENOMEM: 'no memory for another process',
  EAGAIN: 'there are too many processes',
  EMFILE: 'too many files are open',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its path is a link to itself',
  ENAMETOOLONG: 'its path is too long',
  ETXTBSY: 'it is being written to',
};

function short(word: string): string {
  return word.length > 200 ? `${word.slice(0, 200)}...` : word;
}

/**
 * At an abort, asks the program and all that it started to end, and kills what has not within two seconds. They are looked
 * up before the first of them ends, since nobody finds the children of a process that is gone.
 */
function stoppingAll(pid: number | undefined, directory: string, signal: AbortSignal): { readonly end: () => void } {
  const started = performance.now();
  let all: readonly Seen[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const stop = (): void => {
    if (pid === undefined) return;
    all = family(pid);
    signalAll(all, 'SIGTERM');
    timer = setTimeout(() => signalAll([...all, ...family(pid)], 'SIGKILL'), STOPPED_AFTER_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    end: () => {
      if (isOver) return;
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // Of a program that has ended, nothing goes on: what it leaves in the background would outlive the run.
      const since = performance.now() - started < LOOKED_AT_ALL_FROM_MS ? pid : undefined;
      const left = workingIn(directory, since);
      signalAll([...all, ...left], 'SIGKILL');
      isOver = left.length === 0;
    },
  };
}

const STOPPED_AFTER_MS = 2000;

/** The ids of processes cannot come round within it: what a short command left has a later id than its own. */
const LOOKED_AT_ALL_FROM_MS = 5000;

/** After the command's end, what it wrote is read for no longer than this. */
const DRAINED_AFTER_MS = 1000;

/** Code units of a line that a message quotes. */
const LONG = 500;

/** Moves the declared outputs into `workspace`, with copies in place of links: what they lead to goes. */
function collect(
  outputs: readonly string[],
  directory: string,
  workspace: string,
  linked: ReadonlySet<string>,
): Result<void, readonly Diagnostic<CommandCode>[]> {
  const missing = outputs.filter((path) => !isThere(join(directory, path)));
  if (missing.length > 0) {
    return err(
      missing.map((path) =>
        failure('command/no-output', `the command did not write ${path} into its working directory`),
      ),
    );
  }
  const bad = outputs.flatMap((path) => resolveLinks(directory, path, (real) => linked.has(real)));
  if (bad.length > 0) {
    const help = 'leave the file itself, or a link to one in the working directory';
    return err(
      bad.map(({ path, why }) => failure('command/bad-link', `the output ${path} is a link that ${why}`, help)),
    );
  }
  for (const path of outputs) {
    const target = join(workspace, path);
    if (dirname(target) !== workspace) mkdirSync(dirname(target), { recursive: true });
    renameSync(join(directory, path), target);
  }
  return ok(undefined);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
