import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fxHere } from './in-process.js';

export const FX = resolve('bin/fx.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Stage kinds of a test's own project. Each execution leaves a line in the file that FX_TEST_LEDGER names, so that "did not
 * run" is observed and not inferred.
 */
const STAGES = `
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shout } from './shout.ts';

interface Context { parameters: any; workspace: string; signal: AbortSignal; part: any; parts: any[]; previous: any;
  log: (line: string) => void; progress: (done: number, total: number, unit: string) => void }

const count = { type: ['number', 'string'], fx: { quantity: 'count' } };
const text = { type: 'string' };
const act = { type: 'string', default: '' };
const yaw = { type: ['number', 'string'], fx: { distribution: 'angle' }, default: '0 deg' };
const inputs = { type: 'array', default: [], items: { type: 'string', fx: { artifact: [] }, pattern: '^\\\\$\\\\{.+\\\\}$' } };
const object = (properties: object, required: string[]) => ({ json: { type: 'object', properties, required, additionalProperties: false } });

async function perform(label: string, { parameters: { act }, log, signal, workspace }: Context) {
  appendFileSync(process.env.FX_TEST_LEDGER!, label + '\\n');
  const [what, argument] = act.split(':');
  if (what === 'log') for (let i = 1; i <= Number(argument); i += 1) log('line ' + i);
  if (what === 'sleep') await sleep(Number(argument), undefined, { signal }).catch(() => undefined);
  if (what === 'until') while (!existsSync(argument)) await sleep(10);
  if (what === 'hang') await sleep(Number(argument));
  if (what === 'bytes') writeFileSync(join(workspace, 'bytes.bin'), Buffer.alloc(Number(argument), label));
  if (what === 'fail') {
    for (let i = 1; i <= 30; i += 1) log('step ' + i);
    return { ok: false, error: [{ code: 'test/failed', severity: 'error', message: 'as the script says' }] };
  }
  return { ok: true, value: {} };
}

export const write = {
  name: 'write', says: 'Writes its text and what it reads.', produces: 'files', outputs: { 'out.txt': 'The text.' },
  parameters: object({ text, act, yaw, inputs }, ['text']),
  run: async (context: Context) => {
    const { text, inputs } = context.parameters;
    const done = await perform(text, context);
    if (!done.ok) return done;
    const read = inputs.map((input: any) => readFileSync(input.locate('out.txt'), 'utf8'));
    writeFileSync(join(context.workspace, 'out.txt'), [shout(text), ...read].join('|'));
    return { ok: true, value: { metrics: { length: text.length } } };
  },
};

export const shards = {
  name: 'shards', says: 'Independent pieces.', produces: 'files',
  parameters: object({ count, text, act }, ['count', 'text']),
  division: {
    shape: 'shards',
    parts: ({ count, text }: any) => Array.from({ length: count }, (_, i) => ({ id: 'piece-' + i, parameters: { text, i } })),
    run: async (context: Context) => {
      const { text, i } = context.part.parameters;
      const done = await perform(text + ' ' + context.part.id, context);
      if (!done.ok) return done;
      if (context.signal.aborted) return { ok: false, error: [{ code: 'test/stopped', severity: 'error', message: 'stopped' }] };
      if (existsSync(join(context.workspace, 'bytes.bin'))) renameSync(join(context.workspace, 'bytes.bin'), join(context.workspace, i + '.bin'));
      writeFileSync(join(context.workspace, i + '.txt'), (text + ' ' + i + '\\n').repeat(500));
      return { ok: true, value: { metrics: { i } } };
    },
    gather: async (context: Context) => {
      appendFileSync(process.env.FX_TEST_LEDGER!, context.parameters.text + ' gather\\n');
      writeFileSync(join(context.workspace, 'out.txt'), context.parts.map((part) => part.id).join(','));
      return { ok: true, value: {} };
    },
  },
};

export const chain = {
  name: 'chain', says: 'Links, each from the one before.', produces: 'files',
  parameters: object({ count, text, act }, ['count', 'text']),
  division: {
    shape: 'chain',
    parts: ({ count, text }: any) => Array.from({ length: count }, (_, i) => ({ id: 'link-' + i, parameters: { text, i } })),
    run: async (context: Context) => {
      const { text } = context.part.parameters;
      const done = await perform(text + ' ' + context.part.id, context);
      if (!done.ok) return done;
      if (context.signal.aborted) return { ok: false, error: [{ code: 'test/stopped', severity: 'error', message: 'stopped' }] };
      const before = context.previous === undefined ? '' : readFileSync(context.previous.locate('state.txt'), 'utf8');
      writeFileSync(join(context.workspace, 'state.txt'), before + text + ' ' + context.part.id + ';');
      return { ok: true, value: { metrics: { loss: 1 / (before.length + 1) } } };
    },
    gather: async (context: Context) => {
      appendFileSync(process.env.FX_TEST_LEDGER!, context.parameters.text + ' gather\\n');
      writeFileSync(join(context.workspace, 'out.txt'), readFileSync(context.parts.at(-1)!.artifact.locate('state.txt')));
      return { ok: true, value: {} };
    },
  },
};
`;

const SHOUT = `
/** A helper that the kinds reach. */
export function shout(text: string): string {
  return text.toUpperCase();
}

export function unused(): number {
  return 1;
}
`;

/** A user's project in a directory of its own, with experiments, stage modules and a ledger of executions. */
export class Project {
  directory: string;
  readonly #ledger: string;
  #seen = 0;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.directory = mkdtempSync(join(tmpdir(), 'fx-cli-'));
    this.#ledger = join(this.directory, 'ledger');
    for (const [path, content] of Object.entries({
      'fx.local.yaml': 'set: {}\n',
      'stages/mine.ts': STAGES,
      'stages/shout.ts': SHOUT,
      ...files,
    }))
      this.write(path, content);
  }

  write(path: string, content: string): void {
    const place = join(this.directory, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8');
  }

  edit(path: string, from: string, to: string): void {
    const before = this.read(path);
    if (!before.includes(from)) throw new Error(`${path} does not hold ${from}`);
    this.write(path, before.replace(from, to));
  }

  /**
   * Has the modules of an experiment translated by this process, which has the compiler loaded. A process that is started for a
   * project whose modules nobody has translated loads the compiler first: two seconds, each time.
   */
  async translate(file: string): Promise<void> {
    const { code, err } = await this.fx('plan', file);
    if (code !== 0) throw new Error(err);
  }

  /** Starts `fx` in a process of its own, the leader of a group. */
  start(...words: readonly string[]): Running {
    return this.startWith({ NO_COLOR: '1' }, ...words);
  }

  startWith(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Running {
    const child = spawn(process.execPath, [FX, ...words], {
      cwd: this.directory,
      detached: true,
      env: this.#environment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Running(child);
  }

  #environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const own = { FX_TEST_LEDGER: this.#ledger, XDG_CACHE_HOME: join(this.directory, '.cache') };
    return { ...process.env, ...own, ...more };
  }

  /** Runs `fx` in the process of the test, one at a time; {@link start} where the process itself is looked at. */
  fx(...words: readonly string[]): Promise<Finished> {
    return this.fxWith({ NO_COLOR: '1' }, ...words);
  }

  async fxWith(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Finished> {
    return { signal: null, ...(await fxHere(words, this.directory, this.#environment(environment))) };
  }

  /** Results on standard output as JSON. */
  async json<T>(...words: readonly string[]): Promise<T> {
    const { out, err } = await this.fx(...words, '--json');
    try {
      return JSON.parse(out) as T;
    } catch {
      throw new Error(`no JSON from fx ${words.join(' ')}: ${out}${err}`);
    }
  }

  /** How many executions have begun since the last call of `executed`. */
  get begun(): number {
    return this.#lines().length - this.#seen;
  }

  #lines(): readonly string[] {
    return existsSync(this.#ledger) ? readFileSync(this.#ledger, 'utf8').trimEnd().split('\n') : [];
  }

  /** What was executed since the last call, sorted. */
  executed(): readonly string[] {
    const lines = this.#lines();
    const fresh = lines.slice(this.#seen).filter((line) => line !== '');
    this.#seen = lines.length;
    return fresh.sort();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  #out = '';
  #err = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (this.#out += chunk));
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (this.#err += chunk));
    this.finished = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, out: this.#out, err: this.#err }));
    });
  }

  /** What it has said so far, both of it. */
  get text(): string {
    return `${this.#out}${this.#err}`;
  }

  /** To all processes of the run, as the terminal does at Ctrl-C. */
  signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, name);
    } catch {
      // It has ended.
    }
  }

  /** Processes of the run that are still there. */
  alive(): readonly number[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(group) === this.child.pid && state !== 'Z' ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  }

  /** Waits until none of the run's processes is there any more; gives those that are after all that time. */
  async gone(withinMs: number): Promise<readonly number[]> {
    const until = performance.now() + withinMs;
    while (this.alive().length > 0 && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return this.alive();
  }

  /** Waits until standard error has so many lines, or the run has ended. */
  async saysLines(count: number): Promise<void> {
    while (this.#err.split('\n').length <= count && this.child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Waits until standard error or output holds the text. */
  async says(text: string): Promise<void> {
    while (!`${this.#out}${this.#err}`.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended without saying ${text}: ${this.#out}${this.#err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** An experiment of the given stages. */
export function experiment(name: string, stages: string, more = ''): string {
  return `fx: 1\nname: ${name}\ntitle: A test\n${more}stages:\n${stages}`;
}
