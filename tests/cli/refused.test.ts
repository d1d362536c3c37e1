import assert from 'node:assert/strict';
import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { experiment, Project } from './project.js';

/** tests/engine/bad-input has what is said, word for word; here is what `fx run` does about it. */
describe('an experiment that is wrong', function () {
  this.timeout(30_000);
  const stage = '  one:\n    uses: ./stages/mine.ts#write\n    with: { text: a }\n';
  const reads = (name: string, from: string): string =>
    `  ${name}:\n    uses: ./stages/mine.ts#write\n    with: { text: a, inputs: ['\${${from}}'] }\n`;
  const bomb = 'abcdefghi'.split('').map(
    (name, i, all) =>
      `${name}: &${name} [${Array(10)
        .fill(i === 0 ? '1' : `*${all[i - 1]!}`)
        .join(', ')}]\n`,
  );
  const wrong: Readonly<Record<string, readonly [text: string, code: string]>> = {
    'a syntax error beside a good stage': [`${experiment('e', stage)}  two: [\n`, 'document/syntax'],
    'a misspelt key': [experiment('e', stage.replace('text', 'txet')), 'experiment/unknown-key'],
    'a cycle': [experiment('e', stage + reads('two', 'three') + reads('three', 'two')), 'graph/cycle'],
    'a missing input': [
      experiment('e', `${stage}  two:\n    uses: datasets/import\n    with: { format: lfw, folder: nowhere }\n`),
      'graph/missing-input',
    ],
    'an alias bomb': [`${experiment('e', stage)}${bomb.join('')}`, 'document/alias-bomb'],
    'a gigabyte of zeros': ['', 'document/too-large'],
  };
  let project: Project;
  before(() => (project = new Project()));
  after(() => project.remove());

  for (const [name, [text, code]] of Object.entries(wrong))
    it(`${name}: exit code 2, nothing on standard output, nothing executed, no result`, async () => {
      project.write('e.yaml', text);
      if (text === '') truncateSync(join(project.directory, 'e.yaml'), 1e9);
      const { code: exit, out, err } = await project.fx('run', 'e.yaml');
      assert.ok(err.includes(`[${code}]`), err);
      assert.equal(exit, 2);
      assert.equal(out, '');
      assert.deepEqual(project.executed(), []);
      for (const folder of ['cache/results', 'cache/blobs', 'reports'])
        assert.ok(!existsSync(join(project.directory, folder)), folder);
    });
});
