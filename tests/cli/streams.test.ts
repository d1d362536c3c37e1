import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { FX, Project } from './project.js';

const STUDY = `fx: 1
name: study
title: A title that is much longer than a line of twenty columns has room for
stages:
  a-stage-of-a-very-long-name: { uses: command, with: { outputs: [o], run: [sh, -c, 'echo said; echo x > o'] } }
  second: { uses: command, with: { outputs: [o], inputs: { i: '\${a-stage-of-a-very-long-name}' }, run: [sh, -c, 'echo x > o'] } }
report: { figures: [{ id: stages, type: graph }] }
`;

/** Words that only a programmer reads. */
const TRACE = /^\s+at |node:internal|a bug in fx|Unhandled/m;

describe('fx where its words cannot go', function () {
  this.timeout(120_000);
  let project: Project;
  before(() => (project = new Project({ 'e.yaml': STUDY })));
  after(() => project.remove());

  /** The command of a shell; `fx` in it is fx. */
  const shell = (script: string): { code: number | null; out: string; err: string } => {
    const fx = `fx(){ '${process.execPath}' '${FX}' "$@"; }`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', `${fx}\n${script}`], {
      cwd: project.directory,
      env: { ...process.env, NO_COLOR: '1' },
      encoding: 'utf8',
      timeout: 100_000,
    });
    return { code: status, out: stdout, err: stderr };
  };

  for (const words of ['plan e.yaml', 'run e.yaml --json', 'kinds', 'graph e.yaml', '--help', '--version', 'cache ls'])
    it(`says that the disk is full where fx ${words} writes to one that is`, function () {
      if (!existsSync('/dev/full')) this.skip();
      const { code, err } = shell(`fx ${words} > /dev/full`);
      assert.match(err, /error: standard output cannot be written to: no space left on device/);
      assert.doesNotMatch(err, TRACE);
      assert.equal(code, 1);
    });

  it('keeps its output for results where a module prints as it is loaded or asked', async () => {
    const chatty = new Project({
      'stages/chatty.ts': `import { object, ok } from 'runpaper/stage';
        console.log('loaded');
        export const kind = {
          name: 'kind', says: 'Prints.', produces: 'x', parameters: object({}, { says: 'Nothing.' }),
          check: () => { process.stdout.write('checked \\x1b[31m\\n'); return []; },
          run: async () => ok({ metrics: { m: 1 } }),
        };`,
      'e.yaml': 'fx: 1\nname: e\nstages: { k: { uses: ./stages/chatty.ts#kind } }\n',
    });
    try {
      await chatty.translate('e.yaml');
      for (const words of [
        'check e.yaml',
        'plan e.yaml',
        'run e.yaml',
        'show e.yaml',
        'kinds ./stages/chatty.ts#kind',
      ]) {
        const { out, err } = shell(`cd '${chatty.directory}'; export XDG_CACHE_HOME="$PWD/.cache"; fx ${words} --json`);
        for (const line of out.trim().split('\n'))
          assert.doesNotThrow(() => JSON.parse(line) as unknown, `${words}: ${line}`);
        assert.match(err, /^loaded$/m, words);
        assert.doesNotMatch(err, /\x1b\[31m/);
      }
    } finally {
      chatty.remove();
    }
  });

  it('gives the exit code alone where standard error is full, too', function () {
    if (!existsSync('/dev/full')) this.skip();
    assert.equal(shell('fx check missing.yaml 2> /dev/full').code, 1);
    assert.equal(shell('fx plan e.yaml > /dev/full 2> /dev/full').code, 1);
  });

  it('works where standard input, output or error are closed', () => {
    for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
      const { code, err } = shell(`fx run e.yaml ${closed}`);
      assert.equal(code, 0, `${closed}: ${err}`);
      assert.doesNotMatch(err, TRACE);
    }
  });

  it('ends without a word where its reader has gone', () => {
    const { err } = shell('fx kinds --json | true; fx plan e.yaml | head -c 1 > /dev/null');
    assert.equal(err, '');
  });

  for (const columns of [20, 5, 1])
    it(`draws on a terminal of ${columns} columns`, function () {
      if (spawnSync('script', ['--version']).error !== undefined) this.skip();
      const fx = `${process.execPath} ${FX}`;
      const script = `stty cols ${columns} rows 10; ${fx} run e.yaml --force && ${fx} show e.yaml && ${fx} plan e.yaml; ${fx} check missing.yaml; true`;
      const { status, stdout } = spawnSync('script', ['-qec', script, '/dev/null'], {
        cwd: project.directory,
        env: { ...process.env, CI: undefined, TERM: 'xterm' },
        encoding: 'utf8',
        input: '',
        timeout: 100_000,
      });
      assert.equal(status, 0, stdout);
      assert.doesNotMatch(stdout, TRACE);
      assert.match(stdout, /✔/);
    });
});
