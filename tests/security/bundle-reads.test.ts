import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FX } from '../cli/project.js';

/** What a stranger writes: a stage that reads whatever folder the values of its own profile name. */
const experiment = (value: string, parameter = 'null'): string => `fx: 1
name: curious
parameters:
  data: { type: folder, value: ${parameter}, says: a folder }
profiles:
  mini: { values: { data: ${value} } }
stages:
  images: { uses: datasets/import, with: { format: folder, folder: "\${profile.data}" } }
`;

describe('an experiment that came in a bundle', () => {
  let desk: string;
  let secret: string;
  beforeEach(() => {
    desk = mkdtempSync(join(tmpdir(), 'fx-desk-'));
    secret = join(desk, 'secret');
    mkdirSync(join(secret, 'photos'), { recursive: true });
    writeFileSync(join(secret, 'photos/a.png'), 'private');
    mkdirSync(join(desk, 'study/inside/x'), { recursive: true });
    writeFileSync(join(desk, 'study/package.json'), '{ "private": true }');
    writeFileSync(
      join(desk, 'study/.fx-bundle.json'),
      JSON.stringify({ schema: 'fx/bundle-origin@1', trusted: false }),
    );
  });
  afterEach(() => rmSync(desk, { recursive: true }));

  /** Runs fx, watched where strace is installed; gives what of the secret folder was opened. */
  function fx(words: readonly string[]): { code: number | null; err: string; opened: readonly string[] } {
    const log = join(desk, 'strace');
    const traced = spawnSync('strace', ['-V']).status === 0;
    const [program, first] = traced
      ? ['strace', ['-f', '-qq', '-e', 'trace=open,openat,readlink', '-o', log, process.execPath]]
      : [process.execPath, []];
    const env = { ...process.env, XDG_CACHE_HOME: join(desk, 'house'), NO_COLOR: '1' };
    const { status, stderr } = spawnSync(program, [...first, FX, ...words], { cwd: desk, env, timeout: 120_000 });
    const lines = traced ? readFileSync(log, 'utf8').split('\n') : [];
    return { code: status, err: String(stderr), opened: lines.filter((line) => line.includes(secret)) };
  }

  const outside: Readonly<Record<string, () => string>> = {
    'a whole path in its own profile': () => experiment(secret),
    'a path that climbs out': () => experiment('../secret'),
    'a path that climbs out by way of itself': () => experiment('inside/../../secret'),
    'a whole path as a value of a parameter': () => experiment('"${data}"', secret),
    'a path put together in its profile': () => experiment('"${data}/secret"', desk),
    'a whole path in the stage itself': () => experiment('x').replace('"${profile.data}"', secret),
  };
  for (const [what, text] of Object.entries(outside)) {
    for (const command of ['check', 'run']) {
      it(`reads nothing outside of its folder by ${what}: fx ${command}`, () => {
        writeFileSync(join(desk, 'study/a.yaml'), text());
        const { code, err, opened } = fx([command, 'study/a.yaml']);
        assert.equal(code, 2, err);
        assert.match(err, /is outside the project {2}\[graph\/outside-project\]/);
        assert.deepEqual(opened, []);
      });
    }
  }

  it('does not climb from a folder that the user named', () => {
    writeFileSync(join(desk, 'study/a.yaml'), experiment('"${data}/../secret"'));
    const { code, err, opened } = fx(['run', 'study/a.yaml', '--set', `data=${join(desk, 'study/inside')}`]);
    assert.equal(code, 2, err);
    assert.match(err, /is outside the project/);
    assert.deepEqual(opened, []);
  });

  it('reads the folder that the user named, and what lies in it', () => {
    writeFileSync(join(desk, 'study/a.yaml'), experiment('"${data}/photos"'));
    const { err, opened } = fx(['run', 'study/a.yaml', '--set', `data=${secret}`]);
    assert.doesNotMatch(err, /outside the project/);
    if (opened.length > 0) assert.match(opened.join('\n'), /photos/);
  });

  it('may name what it likes once it is trusted, as one’s own may', () => {
    writeFileSync(join(desk, 'study/a.yaml'), experiment(secret));
    assert.doesNotMatch(fx(['check', 'study/a.yaml', '--trust']).err, /outside the project/);
    rmSync(join(desk, 'study/.fx-bundle.json'));
    assert.doesNotMatch(fx(['check', 'study/a.yaml']).err, /outside the project/);
  });
});
