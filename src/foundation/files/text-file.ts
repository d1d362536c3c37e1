import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { sayBytes } from './files.js';
import type { Json } from '../values/json.js';
import { limit, raise } from './limits.js';
import { openPlain, readPlainText, UnfitFile, type Opening } from './opening.js';

/** Bytes read or written at a time. */
const CHUNK = 1 << 16;
const LINE_FEED = 0x0a;

/** How a text is opened, and how long a line of it may be, in bytes. Default: any length that memory allows. */
export interface TextOpening extends Opening {
  readonly longest?: number;
}

/** A text of others, whole, where it is no longer than such may be. Throws the system's error, or {@link UnfitFile}. */
export function readText(path: string): string {
  try {
    return readPlainText(path, { most: limit('text-bytes') });
  } catch (error) {
    if (!(error instanceof UnfitFile) || error.code !== 'EFBIG') throw error;
    throw new UnfitFile('EFBIG', path, `more than ${sayBytes(limit('text-bytes'))} of text; ${raise('text-bytes')}`);
  }
}

/**
 * A JSON file of others. Throws the system's error, or {@link UnfitFile}.
 *
 * @param problem what the value lacks; undefined for one that is whole
 */
export function readJson(path: string, problem: (value: Json) => string | undefined): Json {
  let value: Json;
  try {
    value = JSON.parse(readText(path)) as Json;
  } catch (error) {
    // A RangeError: nested deeper than the stack.
    if (error instanceof SyntaxError || error instanceof RangeError) throw new UnfitFile('EBADMSG', path, 'no JSON');
    throw error;
  }
  const what = problem(value);
  if (what !== undefined) throw new UnfitFile('EBADMSG', path, what);
  return value;
}

/** Whether a value of JSON is a list of texts. */
export function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Whether a value of JSON is a whole number from 0 on. */
export function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/**
 * The lines of a text from a byte on, each with the byte at which it begins, read a piece at a time. Throws the system's
 * error.
 *
 * @param unended of a last line without a line feed: kept, as in what people write, or dropped, as in what a program that was
 *   killed may have left
 */
export function* linesOf(
  path: string,
  from = 0,
  unended: 'kept' | 'dropped' = 'dropped',
  opening: TextOpening = {},
): Generator<{ readonly line: string; readonly at: number }> {
  const file = openPlain(path, opening);
  try {
    let buffer = Buffer.allocUnsafe(CHUNK);
    /** Bytes in the buffer, from its beginning: `at` of the file. */
    let held = 0;
    let at = from;
    for (;;) {
      const count = readSync(file, buffer, held, buffer.length - held, at + held);
      if (count === 0) {
        if (held > 0 && unended === 'kept') yield { line: buffer.toString('utf8', 0, held), at };
        return;
      }
      held += count;
      let begin = 0;
      for (let end = feedIn(buffer, begin, held); end >= 0; end = feedIn(buffer, begin, held)) {
        yield { line: buffer.toString('utf8', begin, end), at: at + begin };
        begin = end + 1;
      }
      if (held - begin > (opening.longest ?? Infinity))
        throw new UnfitFile('EFBIG', path, `a line of more than ${sayBytes(opening.longest!)}`);
      if (begin === 0 && held === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
      else buffer.copyWithin(0, begin, held);
      held -= begin;
      at += begin;
    }
  } finally {
    closeSync(file);
  }
}

/** How many lines a text has, the last one counted whether it is ended or not. Throws the system's error. */
export function countLines(path: string): number {
  const file = openPlain(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    let lines = 0;
    let isEnded = true;
    for (let held = readSync(file, buffer); held > 0; held = readSync(file, buffer)) {
      for (let feed = feedIn(buffer, 0, held); feed >= 0; feed = feedIn(buffer, feed + 1, held)) lines += 1;
      isEnded = buffer[held - 1] === LINE_FEED;
    }
    return isEnded ? lines : lines + 1;
  } finally {
    closeSync(file);
  }
}

function feedIn(buffer: Buffer, from: number, to: number): number {
  const at = buffer.indexOf(LINE_FEED, from);
  return at < to ? at : -1;
}

/** Bytes read for a line that does not follow the ones before it: few, since its neighbours are not likely wanted. */
const PIECE = 1 << 11;

/**
 * An open text whose lines are read by the byte at which each begins. Lines asked for one after the other read the text
 * once, others a small piece each. Every call may throw the system's error.
 */
export class LinesAt {
  readonly #file: number;
  #buffer = Buffer.allocUnsafe(CHUNK);
  /** Byte of the text at which the buffer begins, and how many it holds from there. */
  #begin = 0;
  #held = 0;

  constructor(path: string) {
    this.#file = openPlain(path);
  }

  /** The line that begins at a byte, without its end. */
  read(at: number): string {
    const isNear = at >= this.#begin && at <= this.#begin + this.#held;
    let end = isNear ? feedIn(this.#buffer, at - this.#begin, this.#held) : -1;
    for (let bytes = isNear ? CHUNK : PIECE; end < 0; bytes *= 2) {
      this.#load(at, bytes);
      end = feedIn(this.#buffer, 0, this.#held);
      // The text's last line need not be ended.
      if (end < 0 && this.#held < bytes) end = this.#held;
    }
    return this.#buffer.toString('utf8', at - this.#begin, end);
  }

  close(): void {
    closeSync(this.#file);
  }

  #load(at: number, bytes: number): void {
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(bytes);
    this.#begin = at;
    this.#held = readSync(this.#file, this.#buffer, 0, bytes, at);
  }
}

/** Writes a new text a line at a time. Every call may throw the system's error; {@link discard} then leaves nothing. */
export class TextWriter {
  readonly path: string;
  readonly #file: number;
  #pending: string[] = [];
  #length = 0;
  #open = true;

  /** Creates `path`, which must not exist. */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'wx');
  }

  add(text: string): void {
    this.#pending.push(text);
    this.#length += text.length;
    if (this.#length >= CHUNK) this.#flush();
  }

  /** Writes out what is left. */
  close(): void {
    this.#flush();
    this.#end();
  }

  discard(): void {
    this.#end();
    rmSync(this.path, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending.join(''), 'utf8');
    this.#pending = [];
    this.#length = 0;
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
  }

  #end(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }
}
