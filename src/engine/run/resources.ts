import type { Resources } from '../stage.js';

/** The machine's resources, shared by priority: whoever fits and matters most goes first. */
export class ResourcePool {
  readonly total: Resources;
  #free: Resources;
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(total: Resources) {
    this.total = total;
    this.#free = total;
  }

  /**
   * Waits for resources; gives a function that returns them, or undefined once the pool is closed. What asks for more
   * than there is gets all there is, so that nothing waits for ever.
   */
  async acquire(wanted: Resources, priority: number): Promise<(() => void) | undefined> {
    if (this.#closed) return undefined;
    const need: Resources = {
      cores: Math.min(wanted.cores, this.total.cores),
      memory: Math.min(wanted.memory, this.total.memory),
      gpus: Math.min(wanted.gpus, this.total.gpus),
    };
    return new Promise((resolve) => {
      const waiting: Waiting = { need, priority, resolve };
      // Kept sorted, highest priority first; equals in order of arrival.
      let at = this.#waiting.length;
      while (at > 0 && this.#waiting[at - 1]!.priority < priority) at -= 1;
      this.#waiting.splice(at, 0, waiting);
      this.#serve();
    });
  }

  /** Lets nobody in any more. Those inside finish. */
  close(): void {
    this.#closed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
  }

  #serve(): void {
    for (let i = 0; i < this.#waiting.length && this.#free.cores > 0;) {
      const { need, resolve } = this.#waiting[i]!;
      if (need.cores > this.#free.cores || need.memory > this.#free.memory || need.gpus > this.#free.gpus) {
        i += 1;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#free = add(this.#free, need, -1);
      let held = true;
      resolve(() => {
        if (!held) return;
        held = false;
        this.#free = add(this.#free, need, 1);
        // Not at once: a chain that goes on with its next link shall have asked before others are let in.
        setImmediate(() => this.#serve());
      });
    }
  }
}

interface Waiting {
  readonly need: Resources;
  readonly priority: number;
  readonly resolve: (release: (() => void) | undefined) => void;
}

function add(a: Resources, b: Resources, sign: 1 | -1): Resources {
  return { cores: a.cores + sign * b.cores, memory: a.memory + sign * b.memory, gpus: a.gpus + sign * b.gpus };
}
