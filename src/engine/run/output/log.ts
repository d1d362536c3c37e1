import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { milliseconds } from '../../../foundation/machine/clock.js';
import type { Content } from '../../../foundation/files/digest.js';
import { isSystemError, sayBytes } from '../../../foundation/files/files.js';
import type { LocalBlobStore } from '../../artifacts/store/blob-store.js';

/**
 * What one task says. It is heard line by line and held in memory while it is short; a longer one goes to a file as it comes.
 * A log beyond {@link KEPT} is kept as its head and its tail.
 */
export class TaskLog {
  readonly #path: string;
  readonly #hear: (line: string) => void;
  #held: string[] = [];
  /** Bytes, about: UTF-16 code units of the lines held. */
  #size = 0;
  #file: number | undefined;
  #made = false;
  /** False once the file cannot be written to: the rest is heard and forgotten. */
  #writing = true;
  #heard = 0;
  #last = 0;
  #unheard: string[] = [];
  #unheardCount = 0;

  /** @param path of a file that does not exist yet */
  constructor(path: string, hear: (line: string) => void) {
    this.#path = path;
    this.#hear = hear;
  }

  /** A user's module may say anything. */
  add(said: unknown): void {
    const line = typeof said === 'string' ? said : inspect(said);
    this.#held.push(line);
    this.#size += line.length + 1;
    if (this.#size > HELD) this.#spill();
    this.#tell(line);
  }

  /** No line comes any more: the last ones are heard. */
  end(): void {
    if (this.#unheardCount > this.#unheard.length)
      this.#hear(`(${this.#unheardCount - this.#unheard.length} lines more)`);
    for (const line of this.#unheard.splice(0)) this.#hear(line);
    this.#unheardCount = 0;
  }

  /** The file that holds all of it, if it was too long for memory. Nothing may be added afterwards. */
  file(): string | undefined {
    if (this.#file === undefined) return undefined;
    this.#spill();
    closeSync(this.#file);
    this.#file = undefined;
    return this.#writing ? this.#path : undefined;
  }

  /** What is held in memory: all of it, unless there is a {@link file}. */
  text(): string {
    return this.#held.length === 0 ? '' : `${this.#held.join('\n')}\n`;
  }

  discard(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (this.#made) rmSync(this.#path, { force: true });
  }

  /** The first lines at once; of a flood, no more than the newest ones ten times a second. */
  #tell(line: string): void {
    if (this.#heard < HEARD) {
      this.#heard += line.length + MESSAGE;
      this.#hear(line);
      return;
    }
    this.#unheard.push(line.length > LONG ? `${line.slice(0, LONG)}...` : line);
    this.#unheardCount += 1;
    if (this.#unheard.length > 2 * NEWEST) this.#unheard = this.#unheard.slice(-NEWEST);
    const now = milliseconds();
    if (now - this.#last < 100) return;
    this.#last = now;
    this.end();
  }

  #spill(): void {
    const text = this.#held.length === 0 ? '' : `${this.#held.join('\n')}\n`;
    this.#held = [];
    this.#size = 0;
    if (!this.#writing) return;
    try {
      this.#file ??= openSync(this.#path, 'wx');
      this.#made = true;
      const bytes = Buffer.from(text, 'utf8');
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#writing = false;
    }
  }
}

/** Code units up to which a log stays in memory. */
const HELD = 1 << 18;

/** Bytes of a log that are kept. */
export const KEPT = 16 << 20;

/** Code units that are heard as they come, of which each line is a message: millions of empty ones would fill the memory. */
const HEARD = 1 << 20;
const MESSAGE = 64;

/** Of a flood: lines heard at a time, and code units of each. */
const NEWEST = 50;
const LONG = 500;

/** The file in which a child keeps what it says, if that is too long to be sent line by line. */
export function floodOf(workspace: string): string {
  return `${workspace}.flood.log`;
}

/**
 * Takes a log into the cache; undefined where nothing was said or it cannot be kept, which is no reason to lose a result. Of
 * one that is too long the head and the tail are kept, and the whole is moved to `whole`.
 */
export async function keepLog(log: TaskLog, blobs: LocalBlobStore, whole: string): Promise<Content | undefined> {
  const path = log.file();
  if (path === undefined) {
    const text = log.text();
    if (text === '') return undefined;
    const kept = await blobs.publishBytes(text);
    return kept.ok ? kept.value : undefined;
  }
  return keepLogFile(path, blobs, whole);
}

export async function keepLogFile(path: string, blobs: LocalBlobStore, whole: string): Promise<Content | undefined> {
  try {
    const { size } = statSync(path);
    if (size <= KEPT) {
      const kept = await blobs.publish(path);
      return kept.ok ? kept.value : undefined;
    }
    const head = piece(path, 0, KEPT / 2);
    const tail = piece(path, size - KEPT / 2, KEPT / 2);
    moveAside(path, whole);
    const gap = `\n\n... ${sayBytes(size - KEPT)} of the log are omitted here; the whole log is at ${whole} ...\n\n`;
    const kept = await blobs.publishBytes(Buffer.concat([head, Buffer.from(gap), tail]));
    return kept.ok ? kept.value : undefined;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** Moves the whole of a long log to where it can be read until another of its name takes its place. */
export function moveAside(path: string, whole: string): void {
  mkdirSync(dirname(whole), { recursive: true });
  renameSync(path, whole);
}

function piece(path: string, from: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const count = readSync(file, bytes, done, length - done, from + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}
