import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fxHere } from '../cli/in-process.js';

const FX = resolve('bin/fx.js');

/** Where fx may keep what it makes of modules, of all projects of one test process. */
const HOUSE = mkdtempSync(join(tmpdir(), 'fx-house-'));
process.once('exit', () => rmSync(HOUSE, { recursive: true, force: true }));

/** What a command said and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * A project in a folder of its own, with an experiment of three stages: `pieces` reads a file from outside, `count` reads
 * `pieces`, and `joined` both. Executions leave a line in a ledger, so that "did not run" is observed.
 */
export class Project {
  readonly folder: string;
  readonly ledger: string;

  constructor(folder = mkdtempSync(join(tmpdir(), 'fx-sharing-'))) {
    this.folder = folder;
    this.ledger = join(folder, 'ledger');
  }

  static example(): Project {
    const project = new Project();
    project.write('package.json', '{ "name": "study", "private": true }');
    project.write('.gitignore', 'cache/\nledger\n');
    project.write('data/text.txt', 'the quick brown fox');
    project.write('stages/words.js', STAGES);
    project.write('experiments/study.yaml', EXPERIMENT);
    project.write('experiments/shared.yaml', SHARED);
    return project;
  }

  /** Another checkout: what is committed, no cache. */
  clone(): Project {
    const folder = mkdtempSync(join(tmpdir(), 'fx-sharing-'));
    cpSync(this.folder, folder, { recursive: true, filter: (path) => !/\/(cache|ledger)$/.test(path) });
    return new Project(folder);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  edit(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    this.write(path, text.replace(from, to));
  }

  /** Runs `fx` in the process of the test, one at a time; {@link start} where two are to run at once. */
  fx(arguments_: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> {
    return fxHere(arguments_, this.folder, this.#environment(environment));
  }

  /** Runs `fx` in a process of its own. */
  start(arguments_: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> {
    return new Promise((done) => {
      const env = this.#environment(environment);
      const child = spawn(process.execPath, [FX, ...arguments_], { cwd: this.folder, env });
      const said = { out: '', err: '' };
      child.stdout.on('data', (chunk) => (said.out += String(chunk)));
      child.stderr.on('data', (chunk) => (said.err += String(chunk)));
      child.on('close', (code) => done({ code: code ?? -1, ...said }));
    });
  }

  #environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return { PATH, HOME, XDG_CACHE_HOME: HOUSE, LEDGER: this.ledger, ...more };
  }

  /** How many stages were executed so far, by their own word. */
  executions(): number {
    try {
      return readFileSync(this.ledger, 'utf8').trimEnd().split('\n').length;
    } catch {
      return 0;
    }
  }

  /** Remembers all there is, for {@link restore}: the place stays the same, so what was compiled need not be again. */
  keep(): void {
    cpSync(this.folder, `${this.folder}.kept`, { recursive: true, preserveTimestamps: true });
  }

  restore(): void {
    rmSync(this.folder, { recursive: true, force: true });
    cpSync(`${this.folder}.kept`, this.folder, { recursive: true, preserveTimestamps: true });
  }

  remove(): void {
    for (const folder of [this.folder, `${this.folder}.kept`]) rmSync(folder, { recursive: true, force: true });
  }
}

const EXPERIMENT = `fx: 1
name: study
title: Words of a text
extends: ./shared.yaml
parameters:
  upper: { value: false, says: whether words are in capitals }
stages:
  joined:
    uses: ../stages/words.js#join
    with: { inputs: ["\${pieces}", "\${count/count.txt}"], upper: "\${upper}" }
report:
  tables:
    - id: lengths
      rows: { All: joined }
      columns: { Length: length, Half: half }
`;

const SHARED = `fx: 1
name: shared
stages:
  pieces:
    uses: ../stages/words.js#split
    with: { text: ../data/text.txt, pieces: 4 }
  count:
    uses: ../stages/words.js#count
    with: { inputs: ["\${pieces}"] }
`;

/** Stage kinds as a user writes them: one divided into pieces, two that are not. */
const STAGES = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ledger = (line) => appendFileSync(process.env.LEDGER, line + '\\n');
const read = (artifact) => [...artifact.files].map((file) => readFileSync(artifact.locate(file.path), 'utf8')).join('');
const inputs = { type: 'array', items: { fx: { artifact: ['*'] }, type: 'string' } };
const object = (properties) => ({ json: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false } });
const done = (metrics) => ({ ok: true, value: { metrics } });

export const split = {
  name: 'split',
  says: 'Words of a text, a piece each.',
  parameters: object({ text: { fx: { external: 'file' }, type: 'string' }, pieces: { type: 'integer' } }),
  produces: 'files',
  division: {
    shape: 'shards',
    parts: ({ pieces }) => Array.from({ length: pieces }, (_, i) => ({ id: 'piece-' + i, parameters: { i } })),
    run: async ({ parameters, part, workspace }) => {
      ledger(part.id);
      const { i } = part.parameters;
      writeFileSync(join(workspace, i + '.txt'), read(parameters.text).split(' ')[i] + '\\n');
      return done({ i });
    },
    gather: async ({ workspace }) => {
      writeFileSync(join(workspace, 'index.txt'), 'all\\n');
      return done({});
    },
  },
};

export const count = {
  name: 'count',
  says: 'How many characters.',
  outputs: { 'count.txt': 'The number.' },
  parameters: object({ inputs }),
  produces: 'files',
  run: async ({ parameters, workspace }) => {
    ledger('count');
    const text = parameters.inputs.map(read).join('');
    writeFileSync(join(workspace, 'count.txt'), String(text.length));
    return done({ count: text.length });
  },
};

const joined = {
  name: 'join',
  says: 'All there is.',
  parameters: object({ inputs, upper: { type: 'boolean' } }),
  produces: 'files',
  run: async ({ parameters, workspace }) => {
    ledger('join');
    const text = parameters.inputs.map(read).join('');
    writeFileSync(join(workspace, 'out.txt'), parameters.upper ? text.toUpperCase() : text);
    return done({ length: text.length, half: text.length / 2 });
  },
};
export { joined as join };
`;
