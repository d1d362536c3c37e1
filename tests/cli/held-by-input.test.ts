import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experiment, Project } from './project.js';

const COUNT = `
export const count = { name: 'count', says: 'Reads a folder.', produces: 'files',
  parameters: { json: { type: 'object', properties: { data: { type: 'string', fx: { external: 'folder' } } }, required: ['data'] } },
  run: async () => ({ ok: true, value: { metrics: { a: 1 } } }) };
`;

describe('an input folder to which every run writes', function () {
  this.timeout(30_000);
  let project: Project;
  beforeEach(() => {
    project = new Project({ 'stages/count.ts': COUNT, 'data/a': 'a' });
  });
  afterEach(() => project.remove());
  const run = (folder: string, ...words: readonly string[]) => {
    const stage = `  one:\n    uses: ./stages/count.ts#count\n    with: { data: ${folder} }\n`;
    project.write('e.yaml', experiment('e', stage));
    return project.fx('run', 'e.yaml', '--no-report', ...words);
  };

  it('is refused at its place: one that holds the cache, is it, or leads to it', async () => {
    mkdirSync(join(project.directory, 'cache'));
    symlinkSync('.', join(project.directory, 'link'));
    for (const folder of ['.', './cache', './link']) {
      const { code, err } = await run(folder);
      assert.equal(code, 1, err);
      assert.match(err, /holds the cache .*, to which every run writes, so it is never the same[^]*e\.yaml:7:19/);
      assert.doesNotMatch(err, /rerun when/);
    }
    const planned = await project.fx('plan', 'e.yaml');
    assert.match(planned.err, /holds the cache/);
  });

  it('is refused where it holds what is kept of runs', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'fx-elsewhere-'));
    assert.equal((await run('./data', '--cache', join(elsewhere, 'cache'))).code, 0);
    const { code, err } = await run('.', '--cache', join(elsewhere, 'cache'));
    assert.equal(code, 1, err);
    assert.match(err, /holds what is kept of runs \(.*\.fx\)/);
    rmSync(elsewhere, { recursive: true });
  });

  it('is none beside it', async () => {
    const { code, err } = await run('./data');
    assert.equal(code, 0, err);
  });
});
