import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Project } from './project.js';
import { readZip } from './zip.js';

const FIXTURES = resolve('tests/sharing/fixtures');
const STUDY = resolve('scripts/fixtures/old');

/** What an earlier version of fx wrote: two stages, one of a module (its code is as it was), one of `command` (which has changed since). */
describe('what an earlier version of fx left', function () {
  this.timeout(120_000);
  let project: Project;
  beforeEach(() => (project = new Project(mkdtempSync(join(tmpdir(), 'fx-old-')))));
  afterEach(() => project.remove());

  async function stages(...words: readonly string[]): Promise<{ reused: number; executed: number }> {
    const ran = await project.fx(['run', ...words, '--json']);
    assert.equal(ran.code, 0, ran.err);
    const { stages } = JSON.parse(ran.out.trimEnd().split('\n').at(-1)!) as { stages: { reused: number; executed: number } };
    const { reused, executed } = stages;
    return { reused, executed };
  } // prettier-ignore

  it('is a bundle that is taken in, says what of it holds no more, and runs again for that alone', async () => {
    cpSync(join(FIXTURES, 'old-bundle.zip'), join(project.folder, 'old.zip'));
    const checked = await project.fx(['check', 'old.zip']);
    assert.match(checked.err, /its module \.\/stages\/count\.js#count is not run.*\[bundle\/untrusted\]/);
    const imported = await project.fx(['import', 'old.zip', 'mine', '--trust']);
    assert.equal(imported.code, 0, imported.err);
    assert.match(imported.out + imported.err, /2 results/);

    const verified = await project.fx(['verify', 'mine/old.yaml', '--frozen', '--json']);
    assert.equal(verified.code, 3, verified.err);
    const { checks } = JSON.parse(verified.out) as { checks: { findings: { message: string }[] }[] };
    const said = JSON.stringify(checks);
    assert.match(said, /the code of command has changed since the lock was written/);
    assert.doesNotMatch(said, /count\.js.* has changed/);

    assert.deepEqual(await stages('mine/old.yaml'), { reused: 1, executed: 1 });
    assert.match(readFileSync(join(project.folder, 'mine/reports/old/default/tables/letters.csv'), 'utf8'), /all,16/);
    const got = await project.fx(['get', 'mine/old.yaml', 'count', '--to', 'got']);
    assert.equal(got.code, 0, got.err);
    assert.equal(readFileSync(join(project.folder, 'got/letters.txt'), 'utf8'), 'bcefhiknooqrtuwx\n');
  });

  it('is a cache whose results count where their code is as it was, and whose code is not run', async () => {
    cpSync(STUDY, project.folder, { recursive: true });
    const marker = join(project.folder, 'marker');
    for (const [path, content] of readZip(readFileSync(join(FIXTURES, 'old-cache.zip')))) {
      const to = join(project.folder, 'cache', path);
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, content);
      if (/\.c?js$/.test(path)) appendFileSync(to, `\n;(await import('node:fs')).writeFileSync(${JSON.stringify(marker)}, '');`);
    } // prettier-ignore
    assert.ok(existsSync(join(project.folder, 'cache/modules')), 'that version kept code there');
    assert.deepEqual(await stages('old.yaml'), { reused: 1, executed: 1 });
    assert.ok(!existsSync(marker));
    const sound = await project.fx(['cache', 'verify']);
    assert.equal(sound.code, 0, sound.err);
    const collected = await project.fx(['cache', 'gc']);
    assert.equal(collected.code, 0, collected.err);
    assert.deepEqual(await stages('old.yaml'), { reused: 2, executed: 0 });
    assert.ok(readdirSync(join(project.folder, 'cache')).includes('blobs'));
  });
});
