import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refused } from '../../src/engine/run/worker/refused.js';
import { experiment, Project } from '../cli/project.js';

/** 300 folders one inside the other, of names that make a path longer than the system takes: fifty by one program, six times. */
const DEEP = `mkdir o; cd o; p=$(printf '${'a'.repeat(20)}/%.0s' $(seq 50)); for i in $(seq 6); do mkdir -p $p; cd -P $p 2> /dev/null || exit 0; done`;

const DEEPER = `
import { execFileSync } from 'node:child_process';
export const deep = {
  name: 'deep', says: 'Leaves deep folders.', produces: 'files',
  parameters: { json: { type: 'object', properties: {}, additionalProperties: false } },
  run: async ({ workspace }) => {
    execFileSync('bash', ['-c', ${JSON.stringify(DEEP)}], { cwd: workspace });
    return { ok: true, value: {} };
  },
};
`;

describe('what the system refuses while a stage works', function () {
  this.timeout(60_000);
  let project: Project;
  beforeEach(() => {
    project = new Project({ 'stages/deep.ts': DEEPER });
  });
  afterEach(() => {
    spawnSync('chattr', ['-R', '-i', project.directory], { stdio: 'ignore' });
    // Node's own removal cannot reach as deep.
    execFileSync('rm', ['-rf', project.directory]);
  });
  const run = async (stages: string) => {
    project.write('e.yaml', experiment('e', stages));
    await project.translate('e.yaml');
    // In a process of its own, so that nobody owns what it leaves.
    return project.start('run', 'e.yaml', '--keep-going').finished;
  };
  const command = (name: string, line: string): string =>
    `  ${name}:\n    uses: command\n    with: { run: [bash, -c, ${JSON.stringify(line)}], outputs: [o] }\n`;

  it('is told with a word and a place, of a kind of fx and of a user’s, and does not stop the collector', async () => {
    const { code, err } = await run(`${command('one', DEEP)}  two:\n    uses: ./stages/deep.ts#deep\n    with: {}\n`);
    assert.equal(code, 1, err);
    assert.equal(err.match(/the system refuses `\w+ o\/aaa.*its name is too long \(ENAMETOOLONG\)/g)?.length, 2, err);
    assert.match(err, /e\.yaml:5:3/);
    assert.doesNotMatch(err, /a bug in|threw|^ +at /m);
    const collected = await project.fx('cache', 'gc');
    assert.equal(collected.code, 0, collected.err);
  });

  it('a file that nobody may move is none of its own', async function () {
    const probe = join(project.directory, 'probe');
    writeFileSync(probe, '');
    if (spawnSync('chattr', ['+i', probe]).status !== 0) this.skip();
    const { code, err } = await run(command('one', 'echo 1 > o; chattr +i o'));
    assert.equal(code, 1, err);
    assert.match(err, /error: the system refuses `rename o`: operation not permitted \(EPERM\)/);
    assert.match(err, /lsattr/);
    const collected = await project.fx('cache', 'gc');
    assert.equal(collected.code, 0, collected.err);
  });

  it('is not said of what is a mistake in code', () => {
    const error = (code: string) => Object.assign(new Error('no'), { code, syscall: 'open', path: '/w.command/a' });
    assert.match(refused(error('EROFS'), '/w')!.message, /`open a`: the file system is read-only \(EROFS\)/);
    assert.equal(refused(error('ENOENT'), '/w'), undefined);
    assert.equal(refused(new TypeError('no'), '/w'), undefined);
  });
});
