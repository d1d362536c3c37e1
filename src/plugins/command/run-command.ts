import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { execa } from 'execa';
import { failure, type Diagnostic } from '../../foundation/diagnostic.js';
import { family, signalAll, workingIn, type Seen } from '../../foundation/processes.js';
import { err, ok, type Result } from '../../foundation/result.js';
import { readLines } from '../../foundation/lines.js';
import { resolveLinks } from '../../foundation/links.js';
import { declaredEnvironment, valuesOf } from './environment.js';
import { layBeside, layInputs, type CommandInput } from './inputs.js';
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
    return collect(recipe.outputs, directory, workspace, linked);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function execute(
  words: readonly string[],
  recipe: CommandRecipe,
  directory: string,
  options: CommandCare,
): Promise<Diagnostic<CommandCode> | undefined> {
  const [program, ...arguments_] = recipe.shell ? ['sh', '-c', words.join(' ')] : words;
  const child = execa(program!, arguments_, {
    cwd: directory,
    env: { ...valuesOf(ALWAYS), ...declaredEnvironment(recipe.inherit, recipe.variables) },
    extendEnv: false,
    buffer: false,
    reject: false,
    ...(recipe.stdin === undefined ? { stdin: 'ignore' as const } : { input: recipe.stdin }),
  });
  const stop = stoppingAll(child.pid, directory, options.signal);
  // What it leaves in the background may hold its output open: the stage ends with the command.
  child.once('exit', () => {
    stop.end();
    setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
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
  // Read directly: execa's own iteration over lines takes as long as starting the program.
  const flush = [child.stdout, child.stderr].map((stream) => readLines(stream, hear, redrawn));
  let result: Awaited<typeof child>;
  try {
    result = await child;
    for (const end of flush) end();
  } finally {
    stop.end();
  }
  if (options.signal.aborted) return failure('command/stopped', `${words[0]!} was stopped`);
  if (!result.failed) return undefined;
  if (result.code === 'ENOENT') {
    return failure(
      'command/not-found',
      `there is no program ${program!} on the PATH`,
      'install it, or name it by its path',
    );
  }
  if (result.exitCode === undefined && result.signal === undefined) {
    return failure(
      'command/cannot-start',
      `${short(words[0]!)} cannot be started: ${reasonOf(result)}`,
      helpOf(result.code),
    );
  }
  const how = result.signal === undefined ? `exit code ${String(result.exitCode)}` : `signal ${result.signal}`;
  const last = tail.length === 0 ? '' : `; its last words:\n  ${tail.join('\n  ')}`;
  return failure('command/failed', `${words[0]!} ended with ${how}${last}`);
}

/** The system's reason why a program was not started, in words as far as there are any. */
function reasonOf({
  code,
  originalMessage,
}: {
  readonly code?: string | undefined;
  readonly originalMessage?: string | undefined;
}): string {
  const known = code === undefined ? undefined : REASONS[code];
  if (known !== undefined) return `${known} (${code!})`;
  return [originalMessage ?? 'the system gave no reason', code].filter((part) => part !== undefined).join(', ');
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
  let all: readonly Seen[] = [];
  let timer: NodeJS.Timeout | undefined;
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
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // Of a program that has ended, nothing goes on: what it leaves in the background would outlive the run.
      signalAll([...all, ...workingIn(directory)], 'SIGKILL');
    },
  };
}

const STOPPED_AFTER_MS = 2000;

/** After the command's end, what it wrote is read for no longer than this. */
const DRAINED_AFTER_MS = 1000;

/** Code units of a line that a message quotes. */
const LONG = 500;

function fill(word: string, paths: ReadonlyMap<string, string>): Result<string, Diagnostic<CommandCode>> {
  let unknown: string | undefined;
  const filled = word.replaceAll(/\{\{|\}\}|\{([^{}]*)\}/g, (match, name: string | undefined) => {
    if (name === undefined) return match[0]!;
    unknown = paths.has(name) ? unknown : name;
    return paths.get(name) ?? match;
  });
  if (unknown === undefined) return ok(filled);
  const known = [...paths.keys()].join(', ');
  return err(
    failure(
      'command/placeholder',
      `{${unknown}} names no input; there are: ${known}`,
      'write {{ and }} for plain braces',
    ),
  );
}

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
  const bad = outputs.flatMap((path) => resolveLinks(directory, normalize(path), (real) => linked.has(real)));
  if (bad.length > 0) {
    const help = 'leave the file itself, or a link to one in the working directory';
    return err(
      bad.map(({ path, why }) => failure('command/bad-link', `the output ${path} is a link that ${why}`, help)),
    );
  }
  for (const path of outputs) {
    const target = join(workspace, path);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(directory, path), target);
  }
  return ok(undefined);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
