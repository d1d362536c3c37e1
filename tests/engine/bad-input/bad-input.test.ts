import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderDiagnostics } from '../../../src/foundation/failures/code-frame.js';
import { diskFiles } from '../../../src/engine/document/disk.js';
import type { Files } from '../../../src/engine/document/files.js';
import { checkExperiment } from '../../../src/engine/reading/read-experiment.js';
import { registryOf, testKinds } from '../graph/kinds.js';

/**
 * What a user is told of a wrong experiment, word for word. Each case is a file with the command line in its first line, and
 * the whole of what it prints beside it. `FX_UPDATE_EXPECTED=1` writes those anew: read the difference.
 */
const CASES = 'tests/engine/bad-input/cases';
const UPDATE = process.env.FX_UPDATE_EXPECTED === '1';

/** The disk, but for a folder of data that every machine has. */
const files: Files = {
  look: (path) => (path === '/data/lfw' ? { shape: 'folder', bytes: 0 } : diskFiles.look(path)),
  read: (path) => diskFiles.read(path),
};

async function check(file: string, command: string, from: Files = files): Promise<string> {
  const words = command.split(/\s+(?=--)/).slice(1);
  const options = (name: string): string[] =>
    words.filter((word) => word.startsWith(`--${name}`)).map((word) => word.slice(name.length + 3));
  const { diagnostics, sources } = await checkExperiment({
    file,
    folder: resolve(CASES),
    project: resolve(CASES),
    files: from,
    profile: options('profile')[0],
    set: options('set'),
    kinds: registryOf(testKinds),
  });
  assert.ok(diagnostics.length > 0, 'nothing is said');
  assert.ok(diagnostics.every(({ severity }) => severity === 'error'));
  return `${renderDiagnostics(diagnostics, sources)}\n`;
}

function compare(name: string, actual: string): void {
  const expected = join(CASES, `${name}.txt`);
  if (UPDATE) writeFileSync(expected, actual);
  assert.ok(existsSync(expected), `${expected} is missing; FX_UPDATE_EXPECTED=1 writes it`);
  assert.equal(actual, readFileSync(expected, 'utf8'));
}

describe('a wrong experiment is refused with words', () => {
  const names = readdirSync(CASES)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace(/\.yaml$/, ''))
    .sort();
  for (const name of names)
    it(name, async () => {
      const file = `${name}.yaml`;
      const [first] = readFileSync(join(CASES, file), 'latin1').split('\n');
      compare(name, await check(file, /fx check .*/.exec(first!)?.[0] ?? ''));
    });

  it('a file of 100 MB, before it is read', async () => {
    const huge: Files = {
      look: () => ({ shape: 'file', bytes: 100_000_000 }),
      read: () => assert.fail('it was read'),
    };
    compare('huge', await check('huge.yaml', '', huge));
  });

  it('a file that is not there, and a folder', async () => {
    compare('no-file', `${await check('missing.yaml', '')}${await check('shared', '')}`);
  });

  it('leaves no expected output without a case', () => {
    const left = readdirSync(CASES)
      .filter((name) => name.endsWith('.txt'))
      .map((name) => name.replace(/\.txt$/, ''))
      .filter((name) => !names.includes(name) && name !== 'huge' && name !== 'no-file');
    assert.deepEqual(left, []);
  });
});
