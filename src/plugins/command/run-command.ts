import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { execa } from 'execa';
import { failure, type Diagnostic } from '../../foundation/diagnostic.js';
import { family, signalAll, workingIn, type Seen } from '../../foundation/processes.js';
import { err, ok, type Result } from '../../foundation/result.js';
import { readLines } from '../../foundation/lines.js';
import { declaredEnvironment, valuesOf } from './environment.js';

/** A program to run on given files, in a clean place. */
export interface CommandRecipe {
  /** Program and arguments; `{name}` stands for the path of an input, `{{` for a brace. With `shell`, one line for `sh -c`. */
  readonly run: readonly string[];
  readonly shell: boolean;
  /** Files that must be there afterwards, relative to the working directory; they are the result. Folders count whole. */
  readonly outputs: readonly string[];
  /** Names of variables passed on from the caller's environment, besides PATH and a few without influence on results. */
  readonly inherit: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Written to standard input. */
  readonly stdin?: string;
}

/** An input's files and where each lies. A single file may stand for itself. */
export interface CommandInput {
  readonly files: readonly { readonly path: string; readonly location: string }[];
  /** Whether `{name}` means the one file instead of a folder that holds it. */
  readonly single: boolean;
}

export type CommandCode =
  | 'command/failed'
  | 'command/not-found'
  | 'command/no-output'
  | 'command/placeholder'
  | 'command/outside'
  | 'command/stopped';

/** What a program needs to run at all. */
const ALWAYS = ['PATH', 'LD_LIBRARY_PATH', 'SYSTEMROOT'];

/**
 * Runs the command in a fresh directory beside `workspace`, with inputs linked under `inputs/` and nothing of the caller's
 * environment but what is named, then moves the declared outputs into `workspace`.
 */
export async function runCommand(
  recipe: CommandRecipe,
  inputs: Readonly<Record<string, CommandInput>>,
  workspace: string,
  options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): Promise<Result<void, readonly Diagnostic<CommandCode>[]>> {
  const directory = `${workspace}.command`;
  mkdirSync(join(directory, 'inputs'), { recursive: true });
  try {
    const paths = Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, link(directory, name, input)]),
    );
    const argv = recipe.run.map((word) => fill(word, paths));
    const unknown = argv.filter((word) => !word.ok).map((word) => word.error);
    if (unknown.length > 0) return err(unknown);
    const words = argv.map((word) => (word as { value: string }).value);
    const failed = await execute(words, recipe, directory, options);
    if (failed !== undefined) return err([failed]);
    return collect(recipe.outputs, directory, workspace);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function execute(
  words: readonly string[],
  recipe: CommandRecipe,
  directory: string,
  options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
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
  const tail: string[] = [];
  const hear = (line: string): void => {
    tail.push(line);
    if (tail.length > 5) tail.shift();
    options.log(line);
  };
  // Read directly: execa's own iteration over lines takes as long as starting the program.
  const flush = [child.stdout, child.stderr].map((stream) => readLines(stream, hear));
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
  const how = result.signal === undefined ? `exit code ${String(result.exitCode)}` : `signal ${result.signal}`;
  const last = tail.length === 0 ? '' : `; its last words:\n  ${tail.join('\n  ')}`;
  return failure('command/failed', `${words[0]!} ended with ${how}${last}`);
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

/** Puts an input under `inputs/name`, as links, and gives the path to say in the command. */
function link(directory: string, name: string, input: CommandInput): string {
  const folder = join(directory, 'inputs', name);
  for (const { path, location } of input.files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(location, target);
  }
  return input.single ? join('inputs', name, input.files[0]!.path) : join('inputs', name);
}

function fill(word: string, paths: Readonly<Record<string, string>>): Result<string, Diagnostic<CommandCode>> {
  let unknown: string | undefined;
  const filled = word.replaceAll(/\{\{|\}\}|\{([^{}]*)\}/g, (match, name: string | undefined) => {
    if (name === undefined) return match[0]!;
    unknown = paths[name] === undefined ? name : unknown;
    return paths[name] ?? match;
  });
  if (unknown === undefined) return ok(filled);
  const known = Object.keys(paths).join(', ');
  return err(
    failure(
      'command/placeholder',
      `{${unknown}} names no input; there are: ${known}`,
      'write {{ and }} for plain braces',
    ),
  );
}

function collect(
  outputs: readonly string[],
  directory: string,
  workspace: string,
): Result<void, readonly Diagnostic<CommandCode>[]> {
  const outside = outputs.filter((path) => !inside(path));
  if (outside.length > 0) {
    const says = (path: string): string => `the output ${path} is outside of the command’s working directory`;
    return err(outside.map((path) => failure('command/outside', says(path), 'name it relative to that directory')));
  }
  const missing = outputs.filter((path) => !existsSync(join(directory, path)));
  if (missing.length > 0) {
    return err(
      missing.map((path) => failure('command/no-output', `the command left no ${path} in its working directory`)),
    );
  }
  for (const path of outputs) {
    const target = join(workspace, path);
    mkdirSync(dirname(target), { recursive: true });
    try {
      renameSync(join(directory, path), target);
    } catch {
      cpSync(join(directory, path), target, { recursive: true });
    }
  }
  return ok(undefined);
}

function inside(path: string): boolean {
  return !isAbsolute(path) && !normalize(path).startsWith('..');
}
