import type { Resources } from '../stage.js';

/** What a task was given. */
export interface Holding {
  readonly release: () => void;
  /** The names of the GPUs that are its own until then, as CUDA_VISIBLE_DEVICES has them. */
  readonly devices: readonly string[];
}

/** The machine's resources, shared by priority: of the requests that fit, the one with the highest goes first. */
export class ResourcePool {
  readonly total: Resources;
  readonly #look: () => readonly string[];
  readonly #waiting: Waiting[] = [];
  #free: Resources;
  /** Those that are free; undefined until a GPU is asked for. */
  #devices: readonly string[] | undefined;
  #gpus: number | undefined;
  #closed = false;

  /**
   * @param total its GPUs are as many as `devices` finds, if that is given
   * @param devices the names of the GPUs; called once, when one is first asked for
   */
  constructor(total: Resources, devices?: () => readonly string[]) {
    this.total = total;
    this.#free = total;
    this.#look = devices ?? (() => Array.from({ length: total.gpus }, (_, i) => String(i)));
  }

  /** How many GPUs there are. */
  get gpus(): number {
    if (this.#gpus === undefined) {
      this.#devices = this.#look();
      this.#gpus = this.#devices.length;
    }
    return this.#gpus;
  }

  /**
   * Waits for resources; undefined once the pool is closed. What asks for more than there is gets all there is, so that nothing
   * waits for ever.
   */
  async acquire(wanted: Resources, priority: number): Promise<Holding | undefined> {
    if (this.#closed) return undefined;
    const need: Resources = {
      cores: Math.min(wanted.cores, this.total.cores),
      memory: Math.min(wanted.memory, this.total.memory),
      gpus: wanted.gpus === 0 ? 0 : Math.min(wanted.gpus, this.gpus),
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
      const free = this.#devices ?? [];
      if (need.cores > this.#free.cores || need.memory > this.#free.memory || need.gpus > free.length) {
        i += 1;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#add(need, -1);
      const devices = free.slice(0, need.gpus);
      if (need.gpus > 0) this.#devices = free.slice(need.gpus);
      let held = true;
      const release = (): void => {
        if (!held) return;
        held = false;
        this.#add(need, 1);
        if (need.gpus > 0) this.#devices = [...devices, ...this.#devices!];
        // Not at once: a chain that goes on with its next link shall have asked before others are let in.
        setImmediate(() => this.#serve());
      };
      resolve({ release, devices });
    }
  }

  #add({ cores, memory }: Resources, sign: 1 | -1): void {
    this.#free = { ...this.#free, cores: this.#free.cores + sign * cores, memory: this.#free.memory + sign * memory };
  }
}

interface Waiting {
  readonly need: Resources;
  readonly priority: number;
  readonly resolve: (holding: Holding | undefined) => void;
}
