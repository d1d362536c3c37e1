import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { Place, WorkOutcome } from '../worker/workers.js';
import type { Entry } from './hand.js';
import type { TaskSize } from './mailbox.js';

export const INTERRUPTED: WorkOutcome = { ok: false, diagnostics: [failure('run/interrupted', 'interrupted')] };

/** The tasks that no pilot has, in the order in which they are to be sent. */
export class Queue implements Iterable<Entry> {
  #entries: Entry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values();
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** A task that a pilot had and did not do: it is the next to be sent, unless it is no longer wanted. */
  putBack(entry: Entry): void {
    delete entry.at;
    if (entry.options.signal.aborted) entry.settle(INTERRUPTED);
    else this.#entries.unshift(entry);
  }

  remove(entry: Entry): void {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries.splice(at, 1);
  }

  /** Takes out the entries for which `take` holds, asked in order, until `enough` does. */
  take(take: (entry: Entry) => boolean, enough: () => boolean): void {
    const left: Entry[] = [];
    let i = 0;
    for (; i < this.#entries.length && !enough(); i += 1) {
      const entry = this.#entries[i]!;
      if (!take(entry)) left.push(entry);
    }
    this.#entries = [...left, ...this.#entries.slice(i)];
  }

  /** The first of the size. */
  next(size: TaskSize): Entry | undefined {
    return this.#entries.find((entry) => sameSize(entry.size, size));
  }

  ofSize(size: TaskSize): readonly Entry[] {
    return this.#entries.filter((entry) => sameSize(entry.size, size));
  }

  sizes(): readonly TaskSize[] {
    return [...new Map(this.#entries.map(({ size }) => [nameOf(size), size])).values()];
  }

  /** Ends the tasks that wait for jobs of the size. */
  fail(size: TaskSize, diagnostic: Diagnostic): void {
    const failed = this.ofSize(size);
    this.#entries = this.#entries.filter((entry) => !sameSize(entry.size, size));
    for (const entry of failed) entry.settle({ ok: false, diagnostics: [diagnostic] });
  }

  failAll(diagnostic: Diagnostic): void {
    for (const entry of this.#entries.splice(0)) entry.settle({ ok: false, diagnostics: [diagnostic] });
  }
}

/** Reports where a task is, once for each change. */
export function reportPlace(entry: Entry, place: Place): void {
  const words = `${place.phase} ${place.words} ${place.node}`;
  if (entry.place === words) return;
  entry.place = words;
  entry.options.onPlace?.(place);
}

export function sameSize(a: TaskSize, b: TaskSize): boolean {
  return nameOf(a) === nameOf(b);
}

export function nameOf({ cores, memory, gpus, time = 0 }: TaskSize): string {
  return `${cores} ${memory} ${gpus} ${time}`;
}
