import { milliseconds } from '../foundation/machine/clock.js';
import { family, usageOf } from '../foundation/machine/processes.js';
import type { ResourcesEvent } from './events.js';

/** What a process and its descendants use from one look to the next. */
export class Usage {
  readonly #root: number;
  /** Which stage a child process works for, by its id. */
  readonly #stages = new Map<number, string>();
  #before = new Map<string, { readonly seconds: number; readonly written: number }>();
  #looked = milliseconds();

  constructor(root: number) {
    this.#root = root;
    this.look();
  }

  /** From now on the child and its descendants work for the stage. */
  assign(pid: number, stage: string): void {
    this.#stages.set(pid, stage);
  }

  /** Undefined where the system does not say. */
  look(): ResourcesEvent | undefined {
    const now = milliseconds();
    const seconds = Math.max(0.001, (now - this.#looked) / 1000);
    this.#looked = now;
    const seen = new Map<string, { readonly seconds: number; readonly written: number }>();
    const stages = new Map<string, { cores: number; memory: number }>();
    let [cores, memory, written] = [0, 0, 0];
    const groups = [{ pid: this.#root, stage: undefined as string | undefined, own: true }];
    for (const { pid, stage } of this.#children()) groups.push({ pid, stage, own: false });
    for (const { pid, stage, own } of groups) {
      for (const one of own ? family(pid).slice(0, 1) : family(pid)) {
        const usage = usageOf(one.pid);
        if (usage === undefined) continue;
        const name = `${one.pid}-${one.start ?? ''}`;
        seen.set(name, usage);
        // Of one that began since, all that it used.
        const before = this.#before.get(name) ?? { seconds: 0, written: 0 };
        const busy = Math.max(0, usage.seconds - before.seconds) / seconds;
        cores += busy;
        memory += usage.memory;
        written += Math.max(0, usage.written - before.written) / seconds;
        if (stage === undefined) continue;
        let of = stages.get(stage);
        if (of === undefined) stages.set(stage, (of = { cores: 0, memory: 0 }));
        of.cores += busy;
        of.memory += usage.memory;
      }
    }
    this.#before = seen;
    if (seen.size === 0) return undefined;
    for (const of of stages.values()) of.cores = rounded(of.cores);
    const byStage = Object.fromEntries(stages);
    return { event: 'resources', cores: rounded(cores), memory, written: Math.round(written), stages: byStage };
  }

  #children(): readonly { readonly pid: number; readonly stage: string | undefined }[] {
    const direct = family(this.#root, 1).slice(1);
    return direct.map(({ pid }) => ({ pid, stage: this.#stages.get(pid) }));
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
