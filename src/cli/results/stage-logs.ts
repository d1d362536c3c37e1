import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../engine/run/event.js';
import { sha256 } from '../../foundation/files/digest.js';
import { isSystemError, makeAndReplace } from '../../foundation/files/files.js';
import { readPlainText } from '../../foundation/files/opening.js';
import type { FailureLog } from '../terminal/progress.js';

/**
 * What failed stages said. Of a stage that succeeds the log is part of its result; of one that fails it is kept at
 * `logs/<stage>-0123abcd.log` of the cache until the stage succeeds, so that `fx show STAGE --log` finds it.
 */
export class StageLogs {
  readonly #folder: string;
  readonly #file: string;
  readonly #lines = new Map<string, string[]>();

  /** @param file the experiment, as the user named it */
  constructor(cacheRoot: string, file: string) {
    this.#folder = join(cacheRoot, 'logs');
    this.#file = file;
  }

  hear(event: RunEvent): void {
    if (event.event === 'log') {
      const lines = this.#lines.get(event.stage) ?? [];
      if (lines.length === 0) this.#lines.set(event.stage, lines);
      lines.push(event.part === undefined ? event.line : `${event.part} | ${event.line}`);
      if (lines.length > LONGEST) lines.splice(0, LONGEST / 2);
    }
    if (event.event !== 'stage') return;
    if (event.status === 'failed') this.#keep(event.stage);
    if (event.status === 'executed') rmSync(this.path(event.stage), { force: true });
    if (event.status !== 'running' && event.status !== 'failed') this.#lines.delete(event.stage);
  }

  failureLog(stage: string): FailureLog | undefined {
    const tail = this.#lines.get(stage);
    return tail && { tail, command: `fx show ${this.#file} ${quoted(stage)} --log` };
  }

  path(stage: string): string {
    return failedLogPath(this.#folder, stage);
  }

  #keep(stage: string): void {
    const lines = this.#lines.get(stage);
    if (lines === undefined) return;
    try {
      makeAndReplace(this.path(stage), `${lines.join('\n')}\n`);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

/** What the last failed run of a stage said; undefined where it succeeded since. */
export function readFailedLog(cacheRoot: string, stage: string): string | undefined {
  try {
    return readPlainText(failedLogPath(join(cacheRoot, 'logs'), stage), { links: 'refused', most: LARGEST });
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** Bytes of a log that is shown. */
const LARGEST = 256 << 20;

/** Lines of one stage that are held: the last ones of a chatty stage. */
const LONGEST = 20_000;

function failedLogPath(folder: string, stage: string): string {
  return join(folder, `${stage.replaceAll(/[^A-Za-z0-9_-]+/g, '~').slice(0, 60)}-${sha256(stage).slice(0, 8)}.log`);
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word}'`;
}
