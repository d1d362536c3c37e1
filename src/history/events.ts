import { closeSync, fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../engine/run/event.js';
import { isSystemError } from '../foundation/files/files.js';
import { openPlain } from '../foundation/files/opening.js';
import { runsFolder } from './history.js';

/** An event as it is kept. */
export type KeptEvent = (RunEvent | ResourcesEvent) & {
  /** Seconds since the run began; absent in runs of before. */
  readonly at?: number;
};

/** What a run and its child processes use, since the last such event. */
export interface ResourcesEvent {
  readonly event: 'resources';
  /** Processor seconds a second, of all. */
  readonly cores: number;
  /** Bytes held in memory, of all. */
  readonly memory: number;
  /** Bytes a second that reached a disk. */
  readonly written: number;
  /** Of these, what the stages at work take. */
  readonly stages: Readonly<Record<string, { readonly cores: number; readonly memory: number }>>;
}

/**
 * `series.ndjson`: before the first point of a stage, and where its names change, a line `{"stage":id,"names":[...]}`; the n-th
 * such line speaks of series n. A point is `[n, step, value, ...]`, a value null where it is no finite number.
 */
export interface SeriesHead {
  readonly stage: string;
  readonly names: readonly string[];
}

export type SeriesPoint = readonly [series: number, step: number, ...values: (number | null)[]];

/** Whole lines of a file that grows. */
export interface Lines {
  readonly lines: readonly string[];
  /** Bytes: where to read on. */
  readonly next: number;
}

/** Bytes that are read at a time; more where a line is longer. */
const AT_ONCE = 1 << 18;
const LONGEST = 4 << 20;

/** The lines of `events.ndjson` or `series.ndjson` from a byte on; none where there is no such file. */
export function readLinesFrom(project: string, id: string, file: 'events' | 'series', from: number): Lines {
  let opened: number;
  try {
    opened = openPlain(join(runsFolder(project), id, `${file}.ndjson`), { links: 'refused' });
  } catch (error) {
    if (isSystemError(error)) return { lines: [], next: from };
    throw error;
  }
  try {
    const left = fstatSync(opened).size - from;
    for (let most = AT_ONCE; left > 0; most *= 4) {
      const bytes = Buffer.allocUnsafe(Math.min(most, left));
      const count = readSync(opened, bytes, 0, bytes.length, from);
      const end = bytes.subarray(0, count).lastIndexOf(10) + 1;
      if (end > 0) return { lines: bytes.toString('utf8', 0, end - 1).split('\n'), next: from + end };
      if (most >= Math.min(left, LONGEST)) break;
    }
    return { lines: [], next: from };
  } finally {
    closeSync(opened);
  }
}

/** What was kept; undefined for a line that is none of ours. */
export function parseEvent(line: string): KeptEvent | undefined {
  try {
    const event = JSON.parse(line) as KeptEvent | null;
    return typeof event?.event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
