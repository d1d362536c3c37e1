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
    const chunk = Buffer.allocUnsafe(CHUNK);
    let rest = Buffer.alloc(0);
    let at = from;
    for (;;) {
      const count = readSync(file, chunk, 0, CHUNK, at + rest.length);
      if (count === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let begin = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, begin)) {
        yield { line: bytes.toString('utf8', begin, end), at: at + begin };
        begin = end + 1;
      }
      rest = bytes.subarray(begin);
      at += begin;
    }
  } finally {
    closeSync(file);
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
