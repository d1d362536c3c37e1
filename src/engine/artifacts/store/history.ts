import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDigest, sha256, type Digest } from '../../../foundation/files/digest.js';
import { isSystemError, replaceFile, statIfPresent } from '../../../foundation/files/files.js';
import { isJsonObject, type Json } from '../../../foundation/values/json.js';
import { appendPlain, readPlainText } from '../../../foundation/files/opening.js';
import { ownedName } from './owner.js';
import type { ResultRecord } from '../content/result-record.js';

/** One line of history: that a result was made. */
export interface Made {
  readonly stage: string;
  readonly part?: string;
  readonly key: Digest;
  readonly preimage: Digest;
  /** Seconds. */
  readonly duration: number;
  /** ISO 8601. */
  readonly finished: string;
}

/**
 * What was made of each stage kind, newest last: one file of JSON lines per kind, appended to. It finds the nearest known
 * preimage for `fx why` and earlier durations for estimates without reading every record. A help and no more: lines that
 * are torn or lost cost an explanation, never a result.
 */
export class History {
  readonly #folder: string;
  readonly #temporary: string;

  constructor(folder: string, temporary: string) {
    this.#folder = folder;
    this.#temporary = temporary;
  }

  note(record: ResultRecord): void {
    const { stage, part, key, preimage, duration, finished } = record;
    const line: Made = { stage, ...(part === undefined ? {} : { part }), key, preimage, duration, finished };
    try {
      mkdirSync(this.#folder, { recursive: true });
      const path = this.#path(record.kind);
      appendPlain(path, `${JSON.stringify(line)}\n`);
      if ((statIfPresent(path)?.size ?? 0) > LARGE) this.#shorten(record.kind);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  /** What was made of a kind, the newest first. */
  of(kind: string): readonly Made[] {
    let text: string;
    try {
      text = readPlainText(this.#path(kind), { links: 'refused', most: 2 * LARGE });
    } catch (error) {
      if (isSystemError(error)) return [];
      throw error;
    }
    return text.split('\n').flatMap(parse).reverse();
  }

  #path(kind: string): string {
    const readable = kind.replaceAll(/[^A-Za-z0-9_-]+/g, '~').slice(0, 60);
    return join(this.#folder, `${readable}-${sha256(kind).slice(0, 8)}.ndjson`);
  }

  /** Keeps the newer half. A line that another process appends meanwhile may be lost. */
  #shorten(kind: string): void {
    const lines = this.of(kind);
    const newer = lines.slice(0, Math.ceil(lines.length / 2)).reverse();
    const temporary = join(this.#temporary, ownedName());
    try {
      mkdirSync(this.#temporary, { recursive: true });
      replaceFile(this.#path(kind), newer.map((line) => `${JSON.stringify(line)}\n`).join(''), temporary);
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

/** Bytes: some twenty thousand lines, read in a few hundredths of a second. */
const LARGE = 8 << 20;

function parse(line: string): readonly Made[] {
  if (line === '') return [];
  try {
    const value = JSON.parse(line) as Json;
    if (!isJsonObject(value) || !isDigest(value.key) || !isDigest(value.preimage)) return [];
    if (typeof value.stage !== 'string' || typeof value.duration !== 'number') return [];
    return [value as unknown as Made];
  } catch {
    return [];
  }
}
