import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { readSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSystemError, replaceFile } from '../../../foundation/files/files.js';
import { isPrivate } from '../../../foundation/files/private-folder.js';
import type { HostFacts } from '../../artifacts/content/result-record.js';
import type { Task } from '../worker/protocol.js';
import type { WorkOutcome } from '../worker/workers.js';

/**
 * How a run and its pilots (jobs that take tasks) talk: by files in one folder on the shared file system, each written by one
 * side alone and published by rename, so that nothing is seen half-made and a restarted run finds where things stand.
 *
 * ```
 * hello/<pilot>             the pilot has started: which process of it is the living one
 * tasks/<pilot>/<n>.json    a letter: one task; taken away by the run when its answer has been read
 * tasks/<pilot>/stop-<n>    the task is no longer wanted
 * tasks/<pilot>/end         there will be no more tasks
 * answers/<pilot>.<n>.json  what became of it
 * events/<pilot>.ndjson     log lines and progress, as they come
 * bye/<pilot>               the pilot takes no more tasks; letters without an answer were not begun
 * arrays/<id>.json          what the run submitted
 * logs/                     what the jobs printed
 * ```
 */
export interface Letter {
  readonly n: number;
  /** Of the result, by which a restarted run knows the task again. */
  readonly key: string;
  readonly task: Task;
  readonly memory: number;
  readonly gpus: number;
  readonly timeout?: number;
  readonly series: string;
}

export interface Answer {
  readonly n: number;
  readonly key: string;
  readonly outcome: WorkOutcome;
  /** Where and how long it was worked on. */
  readonly host: HostFacts;
  readonly seconds: number;
}

export type News =
  | { readonly n: number; readonly line: string }
  | { readonly n: number; readonly done: number; readonly total: number; readonly unit: string };

/** Which process a pilot is: a job that starts twice has two, of which the later one counts. */
export interface Hello {
  readonly host: string;
  readonly pid: number;
  /** Differs between two starts of one job. */
  readonly start: string;
}

const FOLDERS = ['hello', 'tasks', 'answers', 'events', 'bye', 'arrays', 'logs', 'tmp'] as const;

let serial = 0;

/** Both sides' view of the folder. */
export class Mailbox {
  readonly root: string;

  /**
   * The letters say what is executed: throws where the folder is not this user's own (`isPrivate`), and a system error where
   * nothing can be made in it.
   */
  constructor(root: string) {
    if (!isPrivate(dirname(root)) || !isPrivate(root)) throw new Error(`others may write to ${root}`);
    this.root = root;
    for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  }

  get logs(): string {
    return join(this.root, 'logs');
  }

  // The run's side.

  send(pilot: string, letter: Letter): void {
    this.#publish(`tasks/${pilot}/${letter.n}.json`, JSON.stringify(letter));
  }

  stop(pilot: string, n: number): void {
    this.#publish(`tasks/${pilot}/stop-${n}`, '');
  }

  end(pilot: string): void {
    this.#publish(`tasks/${pilot}/end`, '');
  }

  /** Notes what was submitted, so that a restarted run knows its jobs. */
  noteArray(id: string, facts: ArrayFacts): void {
    this.#publish(`arrays/${id}.json`, JSON.stringify(facts));
  }

  arrays(): ReadonlyMap<string, ArrayFacts> {
    const names = this.#list('arrays').filter((name) => name.endsWith('.json'));
    const entries = names.flatMap((name) => {
      const facts = this.#read(`arrays/${name}`) as ArrayFacts | undefined;
      return facts === undefined ? [] : [[name.slice(0, -'.json'.length), facts] as const];
    });
    return new Map(entries);
  }

  pilots(): readonly string[] {
    return this.#list('hello');
  }

  gone(): readonly string[] {
    return this.#list('bye');
  }

  helloOf(pilot: string): Hello | undefined {
    return this.#read(`hello/${pilot}`) as Hello | undefined;
  }

  /** Answers that are there, each with the pilot that gave it. */
  answers(): readonly { readonly pilot: string; readonly answer: Answer }[] {
    return this.#list('answers').flatMap((name) => {
      const pilot = name.slice(0, name.indexOf('.'));
      const answer = this.#read(`answers/${name}`) as Answer | undefined;
      return answer === undefined ? [] : [{ pilot, answer }];
    });
  }

  /** The answer has been dealt with: it and its letter are taken away. */
  settle(pilot: string, n: number): void {
    // The letter first: a pilot that starts again would otherwise find a letter without an answer.
    for (const path of [`tasks/${pilot}/${n}.json`, `answers/${pilot}.${n}.json`]) this.#remove(path);
  }

  /** Letters of a pilot, by number. */
  letters(pilot: string): readonly Letter[] {
    return this.#numbers(pilot).flatMap((n) => (this.#read(`tasks/${pilot}/${n}.json`) as Letter | undefined) ?? []);
  }

  /** Whole lines of news from `offset` on, and where the next look begins. */
  news(pilot: string, offset: number): { readonly news: readonly News[]; readonly offset: number } {
    let file: number;
    try {
      file = openSync(join(this.root, 'events', `${pilot}.ndjson`), 'r');
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return { news: [], offset };
      throw error;
    }
    try {
      const bytes = Math.min(fstatSync(file).size - offset, MOST_NEWS);
      if (bytes <= 0) return { news: [], offset };
      const buffer = Buffer.alloc(bytes);
      const read = readSync(file, buffer, 0, bytes, offset);
      const end = buffer.subarray(0, read).lastIndexOf(NEWLINE) + 1;
      const lines = buffer.toString('utf8', 0, end).split('\n').slice(0, -1);
      return { news: lines.map((line) => JSON.parse(line) as News), offset: offset + end };
    } finally {
      closeSync(file);
    }
  }

  /** The last lines that a job printed. */
  printed(pilot: string): readonly string[] {
    try {
      return readFileSync(join(this.logs, `${pilot}.log`), 'utf8')
        .trim()
        .split('\n')
        .slice(-8);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  // The pilot's side.

  greet(pilot: string, hello: Hello): void {
    mkdirSync(join(this.root, 'tasks', pilot), { recursive: true });
    this.#publish(`hello/${pilot}`, JSON.stringify(hello));
  }

  /** Numbers of letters that have no answer yet, in order; and whether there will be more. */
  waiting(pilot: string): {
    readonly letters: readonly number[];
    readonly stops: ReadonlySet<number>;
    readonly end: boolean;
  } {
    const names = this.#list(`tasks/${pilot}`);
    const letters = numbersIn(names).filter((n) => !existsSync(join(this.root, 'answers', `${pilot}.${n}.json`)));
    const stops = new Set(names.flatMap((name) => (name.startsWith('stop-') ? [Number(name.slice(5))] : [])));
    return { letters, stops, end: names.includes('end') };
  }

  letter(pilot: string, n: number): Letter | undefined {
    return this.#read(`tasks/${pilot}/${n}.json`) as Letter | undefined;
  }

  answer(pilot: string, answer: Answer): void {
    this.#publish(`answers/${pilot}.${answer.n}.json`, JSON.stringify(answer));
  }

  tell(pilot: string, news: readonly News[]): void {
    appendFileSync(
      join(this.root, 'events', `${pilot}.ndjson`),
      news.map((one) => `${JSON.stringify(one)}\n`).join(''),
    );
  }

  leave(pilot: string): void {
    this.#publish(`bye/${pilot}`, '');
  }

  #numbers(pilot: string): readonly number[] {
    return numbersIn(this.#list(`tasks/${pilot}`));
  }

  #publish(path: string, content: string): void {
    serial += 1;
    replaceFile(
      join(this.root, path),
      content,
      join(this.root, 'tmp', `${process.pid}-${serial}-${process.hrtime.bigint()}`),
    );
  }

  #list(folder: string): readonly string[] {
    try {
      return readdirSync(join(this.root, folder));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  #read(path: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.root, path), 'utf8'));
    } catch (error) {
      // ESTALE: replaced while it was read, on NFS. The next look finds it.
      if (isSystemError(error, 'ENOENT', 'ESTALE') || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #remove(path: string): void {
    try {
      unlinkSync(join(this.root, path));
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }

  /** Takes the whole folder away: nothing in it is of use once no job is left. */
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface ArrayFacts {
  readonly count: number;
  /** What its jobs can take: tasks of this size. */
  readonly size: TaskSize;
}

/** What a task takes of the machine it runs on. */
export interface TaskSize {
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly gpus: number;
  /** Seconds of the job that does it, where an earlier job's time was not enough. */
  readonly time?: number;
}

function numbersIn(names: readonly string[]): readonly number[] {
  return names.flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => a - b);
}

const NEWLINE = 10;
/** Bytes of news read at one look: what a flood of log lines may cost. */
const MOST_NEWS = 1 << 20;
