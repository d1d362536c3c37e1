import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { milliseconds } from '../../../foundation/machine/clock.js';
import { isInside, isSystemError } from '../../../foundation/files/files.js';
import { readPlain } from '../../../foundation/files/opening.js';
import type { ResultFiles, Series } from '../../presentation.js';
import type { Artifact } from '../../stage.js';

/** Milliseconds between two looks; a look that takes long is followed by twenty times as long a pause. */
const EVERY = 1000;
const PAUSE = 20;
/** Bytes of a file that is read again at each look. */
const MOST = 8 << 20;

type ReadSeries = (files: ResultFiles) => Promise<Series | undefined>;
type Emit = (step: number, values: Readonly<Record<string, number>>) => void;

/**
 * Gives the series of a stage at work as its program appends to them: what its kind reads of a finished result is read of what
 * there is so far. The stage is not asked, and nothing depends on what is found: a file that cannot be read yet gives nothing.
 */
export class LiveSeries {
  readonly #read: ReadSeries;
  readonly #emit: Emit;
  /** By name, the last step that was given. */
  readonly #given = new Map<string, number>();
  /** What was read at the last look: paths and their sizes. */
  #seen = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(read: ReadSeries, emit: Emit) {
    this.#read = read;
    this.#emit = emit;
  }

  /** Follows what is written in a workspace, and in a folder beside it that begins with its name; gives what ends that. */
  follow(workspace: string): () => void {
    let isOver = false;
    const wait = (milliseconds: number): void => {
      this.#timer = setTimeout(() => void look(), milliseconds).unref();
    };
    const look = async (): Promise<void> => {
      const began = milliseconds();
      await this.#look(workspace);
      if (!isOver) wait(Math.max(EVERY, PAUSE * (milliseconds() - began)));
    };
    wait(EVERY);
    return () => {
      isOver = true;
      clearTimeout(this.#timer);
    };
  }

  /** What came after the last look. A stage that was over before the first one has its series in its result alone. */
  async finish(result: Artifact): Promise<void> {
    if (this.#given.size === 0) return;
    const locate = (file: string) => (result.files.find(file) === undefined ? undefined : result.locate(file));
    this.#give(await this.#read({ locate }).catch(() => undefined));
  }

  async #look(workspace: string): Promise<void> {
    const copy = `${workspace}.so-far`;
    let seen = '';
    const locate = (file: string): string | undefined => {
      const path = foldersOf(workspace)
        .map((folder) => join(folder, file))
        .find((each) => isInside(each, dirname(workspace)) && existsSync(each));
      if (path === undefined) return undefined;
      seen += `${path} ${statSync(path).size}\n`;
      if (seen === this.#seen) return undefined;
      // A line that is being written is none yet.
      const bytes = readPlain(path, { links: 'refused', most: MOST });
      writeFileSync(copy, bytes.subarray(0, bytes.lastIndexOf(10) + 1));
      return copy;
    };
    try {
      const series = await this.#read({ locate });
      this.#seen = seen;
      this.#give(series);
    } catch {
      // Half a file, or one of another form than its kind reads: the stage itself reports it when it is done.
    } finally {
      rmSync(copy, { force: true });
    }
  }

  #give(series: Series | undefined): void {
    const rows = new Map<number, Record<string, number>>();
    for (const [name, points] of Object.entries(series?.values ?? {})) {
      let last = this.#given.get(name) ?? -Infinity;
      for (const [step, value] of points) {
        if (step <= last) continue;
        last = step;
        const row = rows.get(step);
        if (row === undefined) rows.set(step, { [name]: value });
        else row[name] = value;
      }
      if (last > -Infinity) this.#given.set(name, last);
    }
    for (const [step, values] of [...rows].sort(([a], [b]) => a - b)) this.#emit(step, values);
  }
}

function foldersOf(workspace: string): readonly string[] {
  const beside = dirname(workspace);
  try {
    const own = readdirSync(beside, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name.startsWith(`${basename(workspace)}.`),
    );
    return [workspace, ...own.map(({ name }) => join(beside, name))];
  } catch (error) {
    if (isSystemError(error)) return [workspace];
    throw error;
  }
}
