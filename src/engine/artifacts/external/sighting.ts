import { RACY, type Stat } from './stat-cache.js';

/**
 * How the files of an external input looked when their content became known: one number a file, eight bytes of memory, made
 * of its path and status. A stage that has read the files compares: a status holds the time of the last change, which no
 * program can set, so that equal marks mean that nothing was written meanwhile, not even what was written back.
 */
export class Sighting {
  /** Milliseconds since 1970 at which the looking began. */
  readonly began: number;
  #marks = new Float64Array(16);
  #count = 0;
  #sorted: Float64Array | undefined;

  constructor(began: number) {
    this.began = began;
  }

  /** In the order of paths. */
  add(path: string, stat: Stat): void {
    if (this.#count === this.#marks.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#marks);
      this.#marks = grown;
    }
    this.#marks[this.#count] = markOf(path, stat);
    this.#count += 1;
  }

  /** Whether another look saw the same files with the same status. */
  equals(other: Sighting): boolean {
    if (this.#count !== other.#count) return false;
    for (let i = 0; i < this.#count; i += 1) if (this.#marks[i] !== other.#marks[i]) return false;
    return true;
  }

  /** Whether a file looks as it did. */
  includes(path: string, stat: Stat): boolean {
    const sorted = (this.#sorted ??= this.#marks.slice(0, this.#count).sort());
    const mark = markOf(path, stat);
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < mark) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === mark;
  }

  /** Whether a file was so new that one more write within a tick of the file system's clock would not show in its status. */
  isRacy({ mtimeMs, ctimeMs }: Stat): boolean {
    return Math.max(mtimeMs, ctimeMs) > this.began - RACY;
  }
}

const numbers = new Float64Array(4);
const words = new Uint32Array(numbers.buffer);

/** 53 bits (cyrb53 over the path's code units and the bits of the status): enough against accidents. */
function markOf(path: string, { size, mtimeMs, ctimeMs, ino }: Stat): number {
  numbers[0] = size;
  numbers[1] = mtimeMs;
  numbers[2] = ctimeMs;
  numbers[3] = ino;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < words.length; i += 1) {
    a = Math.imul(a ^ words[i]!, 2654435761);
    b = Math.imul(b ^ words[i]!, 1597334677);
  }
  for (let i = 0; i < path.length; i += 1) {
    const unit = path.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
