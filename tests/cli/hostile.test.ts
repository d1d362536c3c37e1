import assert from 'node:assert/strict';
import { HOSTILE } from '../foundation/words/hostile.js';
import { Project } from './project.js';

/** Writes, measures, warns and fails in a stranger's words. */
const STAGES = `
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
const WORDS: string[] = ${JSON.stringify(Object.values(HOSTILE))};
const parameters = { json: { type: 'object', properties: { note: { type: 'string' }, cell: { type: 'string' }, fail: { type: 'boolean', default: false } }, additionalProperties: false } };
export const m = {
  name: 'm', says: WORDS.join(' '), produces: 'files', parameters,
  run: async ({ workspace, log, parameters: { fail } }: any) => {
    for (const words of WORDS) log(words);
    if (fail) return { ok: false, error: WORDS.map((words) => ({ code: 'test/hostile', severity: 'error', message: words, help: words })) };
    for (const [i, words] of WORDS.entries()) {
      // Other names are refused by the cache.
      const name = i + words.replaceAll(/[\\x00-\\x1f\\x7f-\\x9f/\\\\]/g, '_');
      writeFileSync(join(workspace, name), words);
    }
    return { ok: true, value: {
      // Names of metrics, too, are on one line, without what controls a terminal: others are refused.
      metrics: Object.fromEntries([['acc', 0.5], ...WORDS.map((words, i) => [\`\${words.replaceAll(/[^\\x20-\\x7e]+/g, ' ').trim().slice(0, 100)} \${i}\`, i])]),
      warnings: WORDS.map((words) => ({ code: 'test/hostile', severity: 'warning', message: words })),
    } };
  },
};
`;

const words = Object.values(HOSTILE);

/** Names of rows and columns are on one line, of letters and signs alone: others are refused. */
const names = words.map((each) =>
  each
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 100),
);
const yaml = (text: string): string => JSON.stringify(text);

const STUDY = `fx: 1
name: study
title: ${yaml(words.join(' '))}
stages:
  m: { uses: './stages/m.ts#m', matrix: { n: [one, two], b: [lfw] }, with: { cell: '\${matrix.n} \${matrix.b}', note: ${yaml(words.join(' '))} } }
report:
  tables:
    - id: t
      title: ${yaml(words.join(' '))}
      from: m
      rows: { ${names.map((each, i) => `${yaml(`${each} ${i}`)}: one`).join(', ')} }
      columns: { ${yaml(names[0]!)}: lfw.acc, ${yaml(names[10]!)}: lfw.acc }
  claims:
    - { id: c, says: ${yaml(words.join(' '))}, that: one > two, on: [lfw] }
`;

/** Of a terminal: everything but the tab, the line feed and, of colours, what fx paints. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('a stranger’s words at the command line', function () {
  this.timeout(300_000);
  let project: Project;
  before(() => {
    project = new Project({
      'study.yaml': STUDY,
      'failing.yaml': STUDY.replace('with: { cell', 'with: { fail: true, cell').replace('name: study', 'name: failing'),
      // A code frame shows the line as it stands in the file.
      'wrong.yaml': `fx: 1\nname: wrong\nstages:\n  a: { uses: nothing } # ${words.join(' ').replaceAll('\n', ' ')}\n`,
      'stages/m.ts': STAGES,
    });
  });
  after(() => project.remove());

  it('come through a whole run', async () => {
    const { code, out, err } = await project.fx('run', 'study.yaml');
    assert.equal(code, 0, out + err);
    assert.match(out, /undecided/);
  });

  const commands: readonly (readonly string[])[] = [
    ['check', 'study.yaml'],
    ['plan', 'study.yaml'],
    ['run', 'study.yaml'],
    ['run', 'failing.yaml'],
    ['show', 'failing.yaml', 'm[n=one,b=lfw]', '--log'],
    ['show', 'study.yaml'],
    ['show', 'study.yaml', 'm[n=one,b=lfw]'],
    ['show', 'study.yaml', 'm[n=one,b=lfw]', '--log'],
    ['show', 'study.yaml', '--cell', `t/${names[0]!} 0/${names[0]!}`],
    ['why', 'study.yaml', 'm'],
    ['report', 'study.yaml'],
    ['graph', 'study.yaml'],
    ['check', 'wrong.yaml'],
    ['check', words[0]!],
    ['show', 'study.yaml', words[2]!],
    [words[3]!],
    ['kinds', './stages/m.ts#m'],
    ['cache', 'ls'],
    ['run', 'study.yaml', '--json', '--force'],
    ['get', 'study.yaml', 'm[n=one,b=lfw]', '0a_]0;owned_b', '--to', 'out'],
  ];
  for (const command of commands)
    it(`control nothing in fx ${JSON.stringify(command.join(' ')).slice(1, -1)}`, async () => {
      const { out, err, code } = await project.fx(...command);
      assert.notEqual(code, null);
      assert.doesNotMatch(`${out}${err}`, /a bug in fx|^\s+at /m);
      assert.doesNotMatch(out, CONTROL);
      assert.doesNotMatch(err, CONTROL);
      // A whole log is all the stranger’s own.
      if (!command.includes('--log')) assert.doesNotMatch(`${out}${err}`, /^verified/m);
    });

  it('set no colour but those of a log, where colours are shown', async () => {
    const { out, err } = await project.fxWith({ FORCE_COLOR: '1' }, 'run', 'study.yaml', '--force');
    const text = `${out}${err}`;
    assert.match(text, /\x1b\[1mstudy\x1b\[22m/);
    assert.doesNotMatch(text.replaceAll(/\x1b\[[0-9;]*m/g, ''), CONTROL);
    // Red, as the hostile colour is: in the lines of the log, which end it, and of failures.
    for (const line of text.split('\n').filter((each) => each.includes('\x1b[31m')))
      assert.match(line, /^ {7}.*\|.*\x1b\[0m$/);
  });
});
