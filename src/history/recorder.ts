import { closeSync, cpSync, linkSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { self } from '../engine/artifacts/store/owner.js';
import type { RunEvent } from '../engine/run/event.js';
import { isSystemError } from '../foundation/files/files.js';
import { milliseconds } from '../foundation/machine/clock.js';
import type { Report, Verdict } from '../report/report.js';
import { attend } from './attendance.js';
import { commitAt } from './commit.js';
import type { KeptEvent, ResourcesEvent } from './events.js';
import { writeGraph, type RunGraph } from './graph.js';
import { idOf, runsFolder, writeEntry, type RunEnd, type RunEntry } from './history.js';
import { Usage } from './usage.js';

/** Bytes of log lines that are kept of a run. */
const MOST_LOG = 1 << 20;
/** Bytes of events, beyond which nothing is kept. */
const MOST_EVENTS = 16 << 20;
const MOST_SERIES = 32 << 20;
/** Milliseconds between two events of progress of a stage, or of resources. Twice that for each further {@link STEP} of them. */
const EVERY = { progress: 1000, resources: 2000 };
const STEP = 1 << 18;

/** Keeps what happens in a run, as it happens. That nothing can be written is no failure of the run. */
export class Recorder {
  readonly #project: string;
  readonly #entry: RunEntry;
  readonly #began = milliseconds();
  readonly #heard = new Map<string, number>();
  readonly #bytes = { log: 0, progress: 0, resources: 0 };
  #events: Growing | undefined;
  #series: Series | undefined;
  #usage: Usage | undefined;
  #sampling: NodeJS.Timeout | undefined;
  #finished: (RunEvent & { event: 'finished' }) | undefined;
  #verdicts: RunEnd['verdicts'] = null;
  #leave = (): void => undefined;

  constructor(
    project: string,
    about: Pick<RunEntry, 'experiment' | 'profile' | 'file' | 'set'>,
    { began = new Date(), graph }: { readonly began?: Date; readonly graph?: () => RunGraph } = {},
  ) {
    this.#project = project;
    const { experiment, profile, file, set } = about;
    this.#entry = {
      schema: 'fx/run-entry@1',
      id: idOf(began, process.pid),
      experiment,
      profile,
      file,
      set,
      commit: commitAt(project) ?? null,
      began: began.toISOString(),
      pid: process.pid,
      process: { ...self(), host: hostname() },
      ended: null,
    };
    if (!writeEntry(project, this.#entry)) return;
    try {
      if (graph !== undefined) writeGraph(project, this.#entry.id, graph());
      this.#events = new Growing(join(this.#folder, 'events.ndjson'), MOST_EVENTS);
      this.#series = new Series(join(this.#folder, 'series.ndjson'));
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  /** Listens to other machines until the run ends. */
  attend(stop: () => void): void {
    if (this.#events !== undefined) this.#leave = attend(this.#folder, stop);
  }

  get #folder(): string {
    return join(runsFolder(this.#project), this.#entry.id);
  }

  hear(event: RunEvent): void {
    switch (event.event) {
      case 'finished':
        this.#finished = event;
        break;
      case 'process':
        this.#watch(event.pid, event.stage);
        return;
      case 'point':
        this.#series?.add(event);
        return;
      case 'progress':
        if (this.#isTooSoon('progress', event.stage)) return;
        this.#bytes.progress += this.#keep(event);
        return;
      case 'log':
        if (this.#bytes.log > MOST_LOG) return;
        this.#bytes.log += this.#keep(event);
        return;
      default:
    }
    this.#keep(event);
  }

  /** Of the report that was made. Its files are links: they cost nothing while they are those of the project's reports. */
  report({ claims }: Pick<Report, 'claims'>, folder: string, files: readonly string[]): void {
    const count = (verdict: Verdict): number => claims.filter((claim) => claim.verdict === verdict).length;
    this.#verdicts = {
      reproduced: count('reproduced'),
      'not reproduced': count('not reproduced'),
      undecided: count('undecided'),
    };
    if (this.#events === undefined) return;
    try {
      for (const file of files) link(join(folder, file), join(this.#folder, 'report', file));
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  end(state: RunEnd['state']): void {
    this.#leave();
    clearInterval(this.#sampling);
    this.#events?.close();
    this.#series?.close();
    const { seconds, stages } = this.#finished ?? {
      seconds: 0,
      stages: { reused: 0, executed: 0, failed: 0, skipped: 0 },
    };
    writeEntry(this.#project, { ...this.#entry, ended: { state, seconds, stages, verdicts: this.#verdicts } });
  }

  /** A run that has nothing to do starts no child, and is not looked at. */
  #watch(pid: number, stage: string): void {
    if (this.#events === undefined) return;
    this.#usage ??= new Usage(process.pid);
    this.#usage.assign(pid, stage);
    this.#sampling ??= setInterval(() => {
      if (this.#isTooSoon('resources', '')) return;
      const used = this.#usage?.look();
      if (used !== undefined) this.#bytes.resources += this.#keep(used);
    }, EVERY.resources).unref();
  }

  #isTooSoon(what: 'progress' | 'resources', stage: string): boolean {
    const now = milliseconds();
    // A timer may come a little early.
    const every = EVERY[what] * 2 ** Math.floor(this.#bytes[what] / STEP) - 50;
    const name = `${what} ${stage}`;
    if (now - (this.#heard.get(name) ?? -Infinity) < every) return true;
    this.#heard.set(name, now);
    return false;
  }

  /** Gives the bytes that were written. */
  #keep(event: RunEvent | ResourcesEvent): number {
    const at = Math.round(milliseconds() - this.#began) / 1000;
    return this.#events?.add({ ...event, at } satisfies KeptEvent) ?? 0;
  }
}

function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    cpSync(from, to);
  }
}

/**
 * A file of lines. What comes within one turn of the event loop is written together, at its end; at the first failure, and when
 * it is full, it is left as it is.
 */
class Growing {
  readonly #most: number;
  #file: number | undefined;
  #bytes = 0;
  #lines: string[] = [];

  constructor(path: string, most: number) {
    this.#file = openSync(path, 'w');
    this.#most = most;
  }

  /** Gives the bytes that the line takes. */
  add(value: unknown): number {
    if (this.#file === undefined) return 0;
    const line = `${JSON.stringify(value)}\n`;
    const bytes = Buffer.byteLength(line);
    this.#bytes += bytes;
    if (this.#bytes > this.#most) {
      this.close();
      return bytes;
    }
    if (this.#lines.push(line) === 1) setImmediate(() => this.#write());
    return bytes;
  }

  #write(): void {
    const text = this.#lines.join('');
    this.#lines = [];
    if (this.#file === undefined || text === '') return;
    try {
      writeSync(this.#file, text);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.close();
    }
  }

  close(): void {
    this.#write();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** `series.ndjson`; there is none where there are no points. */
class Series {
  readonly #path: string;
  readonly #known = new Map<string, { readonly number: number; readonly names: readonly string[] }>();
  #file: Growing | undefined;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add({ stage, step, values }: RunEvent & { event: 'point' }): void {
    try {
      this.#file ??= new Growing(this.#path, MOST_SERIES);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return;
    }
    const names = Object.keys(values);
    let series = this.#known.get(stage);
    if (series?.names.join('\0') !== names.join('\0')) {
      series = { number: this.#count, names };
      this.#count += 1;
      this.#known.set(stage, series);
      this.#file.add({ stage, names });
    }
    this.#file.add([series.number, step, ...Object.values(values)]);
  }

  close(): void {
    this.#file?.close();
  }
}
