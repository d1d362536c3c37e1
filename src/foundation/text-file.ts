import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

/** Bytes read or written at a time. */
const CHUNK = 1 << 16;
const LINE_FEED = 0x0a;

/**
 * The lines of a text from a byte on, each with the byte at which it begins, read a piece at a time. A last line that is
 * not ended is not told. Throws the system's error.
 */
export function* linesOf(path: string, from = 0): Generator<{ readonly line: string; readonly at: number }> {
  const file = openSync(path, 'r');
  try {
    let buffer = Buffer.allocUnsafe(CHUNK);
    /** Bytes in the buffer, from its beginning: `at` of the file. */
    let held = 0;
    let at = from;
    for (;;) {
      const count = readSync(file, buffer, held, buffer.length - held, at + held);
      if (count === 0) return;
      held += count;
      let begin = 0;
      for (let end = feedIn(buffer, begin, held); end >= 0; end = feedIn(buffer, begin, held)) {
        yield { line: buffer.toString('utf8', begin, end), at: at + begin };
        begin = end + 1;
      }
      if (begin === 0 && held === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
      else buffer.copyWithin(0, begin, held);
      held -= begin;
      at += begin;
    }
  } finally {
    closeSync(file);
  }
}

function feedIn(buffer: Buffer, from: number, to: number): number {
  const at = buffer.indexOf(LINE_FEED, from);
  return at < to ? at : -1;
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
