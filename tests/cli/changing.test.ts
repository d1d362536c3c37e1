import assert from 'node:assert/strict';
import { join } from 'node:path';
import { experiment, Project } from './project.js';

const MODULE = `
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { word } from './word.ts';
export const own = {
  name: 'own', says: 'Writes what its code says.', produces: 'files',
  parameters: { json: { type: 'object', properties: { after: { fx: { artifact: [] } }, text: { type: 'string' } }, additionalProperties: false } },
  run: async ({ workspace, parameters }: { workspace: string; parameters: { text: string } }) => {
    const { late } = await import('./late.ts');
    const data = readFileSync(new URL('./data.txt', import.meta.url), 'utf8');
    writeFileSync(join(workspace, 'o'), ['module one', word, late, data, parameters.text].join(', '));
    return { ok: true, value: {} };
  },
};
`;

describe('what is edited while a run goes on', function () {
  this.timeout(240_000);
  let project: Project;
  beforeEach(() => {
    project = new Project({
      'stages/own.ts': MODULE,
      'stages/word.ts': "export const word: string = 'word one';\n",
      'stages/late.ts': "export const late: string = 'late one';\n",
      'stages/data.txt': 'data one',
      'fx.local.yaml': 'set:\n  text: text one\n',
      'mine.txt': 'mine one',
    });
  });
  afterEach(() => project.remove());

  /** A first stage edits a file of the project, then one of the user's own runs. */
  const run = async (file: string) => {
    const edit = `sed -i s/one/two/ ${join(project.directory, file)}; echo > o`;
    const stages = `  edit: { uses: command, with: { shell: true, run: [${JSON.stringify(edit)}], outputs: [o] } }
  own: { uses: ./stages/own.ts#own, with: { after: '\${edit}', text: '\${text}' } }
  read: { uses: command, with: { inputs: { after: '\${own}' }, sources: { f: ./mine.txt }, run: [cp, '{f}', o], outputs: [o] } }
`;
    project.write('study.yaml', `${experiment('study', stages)}parameters: { text: '' }\n`);
    return project.fxWith({ NO_COLOR: '1' }, 'run', 'study.yaml', '--no-report', '--no-lock', '--keep-going');
  };
  for (const file of ['stages/own.ts', 'stages/word.ts', 'stages/late.ts', 'fx.local.yaml']) {
    it(`${file}: the run goes on with what it began with`, async () => {
      const done = await run(file);
      assert.equal(done.code, 0, done.err);
      assert.match(project.read(file), /two/, 'it was edited');
      project.edit(file, 'two', 'one');
      const got = await project.fx('get', 'study.yaml', 'own', '--to', 'got');
      assert.equal(got.code, 0, got.err);
      assert.equal(project.read('got/o'), 'module one, word one, late one, data one, text one');
    });
  }

  it('a file that the module reads when it runs: the stage fails with a word, and nothing is published', async () => {
    const done = await run('stages/data.txt');
    assert.equal(done.code, 1);
    assert.match(done.err, /stages\/data\.txt, which the code of own depends on, changed during the run/);
    project.edit('stages/data.txt', 'two', 'one');
    const got = await project.fx('get', 'study.yaml', 'own', '--to', 'got');
    assert.notEqual(got.code, 0);
  });

  const answers: readonly (readonly [string, string, RegExp])[] = [
    ['nothing', 'undefined', /returned nothing/],
    ['no-ok', '{ metrics: { a: 1 } }', /returned an object without `ok`/],
    ['nan', '{ ok: true, value: { metrics: { a: NaN } } }', /the metric `a`, which is NaN/],
    ['throws', "(() => { throw 'no luck'; })()", /threw the text "no luck"/],
    [
      'no-file',
      "readFileSync('/no/such/file')",
      /threw Error: ENOENT: no such file or directory, open '\/no\/such\/file'/,
    ],
    ['never', 'new Promise(() => {})', /never settles: no work is left that it could wait for/],
    ['exits', 'process.exit(0)', /the process ended with exit code 0/],
    ['circle', '((a) => ((a.a = a), { ok: true, value: { facts: { a } } }))({})', /the fact `a`, which holds itself/],
    [
      'mute',
      '(() => { throw Object.defineProperty(new Error(), "message", { get() { throw 1; } }); })()',
      /threw what cannot even be named/,
    ],
    [
      'revoked',
      '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy; })()',
      /wrong\.ts#revoked threw what cannot even be named/,
    ],
    [
      'mistold',
      '(() => { throw Object.defineProperty(new Error("told"), "code", { get() { throw 1; } }); })()',
      /wrong\.ts#mistold threw Error: told/,
    ],
    ['wordless', '(() => { throw { toString() { throw 1; } }; })()', /wrong\.ts#wordless threw an object/],
    ['bare', '(() => { throw Object.create(null); })()', /threw an object/],
    ['proxy', 'new Proxy({}, { get() { throw null; }, getPrototypeOf() { throw null; } })', /threw null/],
    [
      'elsewhere',
      "(rmSync(workspace, { recursive: true }), symlinkSync(join(workspace, '../../../kept'), workspace), { ok: true, value: {} })",
      /the stage removed its workspace, or put something else in its place/,
    ],
    [
      'homeless',
      '(rmSync(workspace, { recursive: true }), { ok: true, value: {} })',
      /the stage removed its workspace/,
    ],
    ['misspelt', '{ ok: true, value: { metric: { a: 1 } } }', /`metric` in its value; did you mean `metrics`/],
    ['late', '(setInterval(() => {}, 1000), new Promise(() => {}))', /stopped after its timeout of 2 s/],
  ];
  it('a user’s stage that gives back what is no result fails with a word at its place, and the run ends', async () => {
    const kind = (name: string, body: string): string =>
      `export const ${name.replace('-', '_')} = { name: '${name}', says: 'Is wrong.', produces: 'files', parameters: { json: { type: 'object', additionalProperties: false } }, run: async ({ workspace }: { workspace: string }) => ${body.startsWith('{') ? `(${body})` : body} };\n`;
    project.write(
      'stages/wrong.ts',
      `import { readFileSync, rmSync, symlinkSync } from 'node:fs';\nimport { join } from 'node:path';\n${answers.map(([name, body]) => kind(name, body)).join('')}
export const floods = { name: 'floods', says: 'Says much.', produces: 'files', parameters: { json: { type: 'object', additionalProperties: false } },
  run: async ({ log }: { log: (line: unknown) => void }) => {
    for (let i = 0; i < 300_000; i += 1) { log('a line that says nothing ' + i); console.log('another line'); }
    return { ok: true, value: { metrics: { a: 1 } } };
  } };
export const talks = { name: 'talks', says: 'Talks to another parent.', produces: 'files', parameters: { json: { type: 'object', additionalProperties: false } },
  run: async () => {
    for (const each of ['ready', null, 3, [], {}, { say: 'done' }, { say: 'log' }, { say: 'constructor' }]) process.send!(each);
    return { ok: true, value: { metrics: { a: 1 } } };
  } };\n`,
    );
    const stages = [...answers.map(([name]) => name), 'floods', 'talks'].map(
      (name) =>
        `  ${name}: { uses: ./stages/wrong.ts#${name.replace('-', '_')}${name === 'late' ? ', timeout: 2 s' : ''} }\n`,
    );
    project.write('kept/mine.txt', 'mine\n');
    project.write('study.yaml', experiment('study', stages.join('')));
    await project.translate('study.yaml');
    const done = await project.start('run', 'study.yaml', '--no-report', '--keep-going').finished;
    assert.equal(done.code, 1, done.err.slice(-3000));
    assert.equal(project.read('kept/mine.txt'), 'mine\n', 'nothing is taken from where a link leads');
    for (const [name, , says] of answers) {
      assert.match(done.err, says);
      assert.match(done.err, new RegExp(`failed ${name}\\b`));
    }
    assert.doesNotMatch(done.err, /a bug in fx|node:internal/);
    assert.match(done.err + done.out, /done +floods/);
    assert.match(done.err + done.out, /done +talks/, 'what a module sends to its parent is not for us');
  });
});
