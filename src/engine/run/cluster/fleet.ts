import { milliseconds } from '../../../foundation/machine/clock.js';
import type { Entry, Pilot } from './hand.js';
import type { Answer, Mailbox, TaskSize } from './mailbox.js';

/** A task that an earlier run sent. */
export interface Inherited {
  readonly pilot: Pilot;
  readonly n: number;
  answer?: Answer;
}

/** The jobs of a run, from their submission to their end, with those that a run which ended without closing left behind. */
export class Fleet implements Iterable<Pilot> {
  readonly #pilots = new Map<string, Pilot>();
  /** Tasks that an earlier run sent: key -> where. */
  readonly #inherited = new Map<string, Inherited>();

  constructor(mail: Mailbox) {
    for (const [array, { count, size }] of mail.arrays()) this.addArray(array, count, size);
    for (const id of mail.pilots()) {
      const pilot = this.#pilots.get(id);
      if (pilot === undefined) continue;
      for (const { n, key } of mail.letters(id)) {
        pilot.hand.set(n, undefined);
        pilot.sent = Math.max(pilot.sent, n + 1);
        this.#inherited.set(key, { pilot, n });
      }
    }
  }

  [Symbol.iterator](): Iterator<Pilot> {
    return this.#pilots.values();
  }

  get(id: string): Pilot | undefined {
    return this.#pilots.get(id);
  }

  get isBusy(): boolean {
    for (const { hand } of this) if (hand.size > 0) return true;
    return false;
  }

  alive(): readonly Pilot[] {
    return [...this].filter(({ phase }) => phase !== 'ended');
  }

  /** The ids of the arrays of which a job is not known to have ended. */
  arrays(): readonly string[] {
    return [...new Set(this.alive().map(({ id }) => id.slice(0, id.indexOf('_'))))];
  }

  addArray(array: string, count: number, size: TaskSize): void {
    const since = milliseconds();
    for (let i = 0; i < count; i += 1) {
      const id = `${array}_${i}`;
      this.#pilots.set(id, {
        id,
        size,
        since,
        phase: 'submitted',
        hand: new Map(),
        sent: 0,
        answered: 0,
        offset: 0,
        node: '',
        series: '',
      });
    }
  }

  /** What it had from an earlier run, and did not answer, is to be sent again if it is asked for. */
  end(pilot: Pilot): void {
    pilot.phase = 'ended';
    for (const [key, { pilot: at, answer }] of this.#inherited) {
      if (at === pilot && answer === undefined) this.#inherited.delete(key);
    }
  }

  /** The task of this key that an earlier run sent, given out once. */
  claim(key: string): Inherited | undefined {
    const inherited = this.#inherited.get(key);
    this.#inherited.delete(key);
    return inherited;
  }

  /** Keeps an answer to what an earlier run sent: it may be asked for yet. False if no such task is known. */
  keep(pilot: Pilot, answer: Answer): boolean {
    const inherited = this.#inherited.get(answer.key);
    if (inherited?.pilot !== pilot) return false;
    inherited.answer = answer;
    return true;
  }
}

/** Empties a pilot's hand: what was in it and is still asked for. */
export function emptyHand({ hand }: Pilot): readonly Entry[] {
  const entries = [...hand.values()].filter((entry) => entry !== undefined);
  hand.clear();
  return entries;
}
