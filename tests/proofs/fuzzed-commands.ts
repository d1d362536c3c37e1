import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fxHere } from '../cli/in-process.js';

/** A project on the disk, with things beside it that no command may touch. */
export class Fenced {
  readonly #root: string = mkdtempSync(join(tmpdir(), 'fx-fuzz-'));
  readonly #project = join(this.#root, 'project');
  readonly #beside: string;

  constructor() {
    for (const folder of ['experiments', 'tests/engine/bad-input/cases'])
      cpSync(folder, join(this.#project, folder), { recursive: true });
    writeFileSync(join(this.#project, 'package.json'), '{}');
    mkdirSync(join(this.#root, 'beside/folder'), { recursive: true });
    writeFileSync(join(this.#root, 'beside/file'), 'as it was');
    this.#beside = this.#look();
  }

  /**
   * Runs a command on one file of other text; gives what is wrong with how it ended. It ends with 0 or 2, with words and
   * without a stack, and leaves alone what is not in the project.
   */
  async run(
    path: string,
    text: string,
    settings: string | undefined,
    words: readonly string[],
  ): Promise<string | undefined> {
    const file = join(this.#project, path);
    const before = readFileSync(file);
    const own = join(this.#project, 'fx.local.yaml');
    try {
      writeFileSync(file, text);
      if (settings !== undefined) writeFileSync(own, settings);
      const environment = {
        PATH: process.env.PATH,
        HOME: this.#project,
        XDG_CACHE_HOME: join(this.#project, '.cache'),
      };
      const { code, out, err } = await fxHere(words, this.#project, environment);
      if (code !== 0 && code !== 2) return `exit code ${code}: ${err}`;
      if (/a bug in fx|\n {4}at /.test(`${out}\n${err}`)) return `a stack: ${err}`;
      if (code === 2 && !/-->|error:/.test(err)) return `exit code 2 without a word: ${err}`;
      return this.#look() === this.#beside ? undefined : 'it changed what is not in the project';
    } finally {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, before);
      rmSync(own, { force: true });
    }
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** What lies beside the project, with its times. */
  #look(): string {
    return readdirSync(this.#root, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('project'))
      .sort()
      .map((name) => {
        const { mtimeMs, size, mode } = statSync(join(this.#root, name));
        return `${name} ${mtimeMs} ${size} ${mode}`;
      })
      .join('\n');
  }
}
