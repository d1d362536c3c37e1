import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../engine/run/event.js';
import { isSystemError } from '../../foundation/files.js';
import type { Report, Verdict } from '../../report/report.js';
import { commitAt } from './commit.js';
import { idOf, runsFolder, writeEntry, type RunEnd, type RunEntry } from './history.js';

/** Bytes of events that are kept of a run; beyond them only what stages came to. */
const MOST_BYTES = 1 << 20;
/** Beyond these nothing is kept. */
const MOST_BYTES_IN_ALL = 4 << 20;
/** Milliseconds between two events of progress of a stage that are kept. */
const PROGRESS_EVERY = 1000;

/** Keeps what happens in a run, as it happens. That nothing can be written is no failure of the run. */
export class Recorder {
  readonly #project: string;
  readonly #entry: RunEntry;
  readonly #progress = new Map<string, number>();
  #events: number | undefined;
  #bytes = 0;
  #finished: (RunEvent & { event: 'finished' }) | undefined;
  #verdicts: RunEnd['verdicts'] = null;

  constructor(
    project: string,
    about: Pick<RunEntry, 'experiment' | 'profile' | 'file' | 'set'>,
    began: Date = new Date(),
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
      ended: null,
    };
    if (!writeEntry(project, this.#entry)) return;
    try {
      this.#events = openSync(join(runsFolder(project), this.#entry.id, 'events.ndjson'), 'w');
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  hear(event: RunEvent): void {
    if (event.event === 'finished') this.#finished = event;
    if (this.#events === undefined) return;
    if (event.event === 'progress') {
      const now = performance.now();
      if (now - (this.#progress.get(event.stage) ?? -Infinity) < PROGRESS_EVERY) return;
      this.#progress.set(event.stage, now);
    }
    const isWorthMore = event.event === 'stage' || event.event === 'finished' || event.event === 'diagnostic';
    if (this.#bytes > (isWorthMore ? MOST_BYTES_IN_ALL : MOST_BYTES)) return;
    const line = Buffer.from(`${JSON.stringify(event)}\n`, 'utf8');
    this.#bytes += line.length;
    try {
      writeSync(this.#events, line);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#close();
    }
  }

  /** Of the report that was made. */
  report({ claims }: Pick<Report, 'claims'>): void {
    const count = (verdict: Verdict): number => claims.filter((claim) => claim.verdict === verdict).length;
    this.#verdicts = {
      reproduced: count('reproduced'),
      'not reproduced': count('not reproduced'),
      undecided: count('undecided'),
    };
  }

  end(state: RunEnd['state']): void {
    this.#close();
    const { seconds, stages } = this.#finished ?? {
      seconds: 0,
      stages: { reused: 0, executed: 0, failed: 0, skipped: 0 },
    };
    writeEntry(this.#project, { ...this.#entry, ended: { state, seconds, stages, verdicts: this.#verdicts } });
  }

  #close(): void {
    if (this.#events !== undefined) closeSync(this.#events);
    this.#events = undefined;
  }
}
