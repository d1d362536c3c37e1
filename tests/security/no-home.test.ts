import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { experiment, FX, Project } from '../cli/project.js';

/** In no list of users, as the user of a container may be. */
const NOBODY = 24_099;

describe('a user without HOME and without an entry among the users of the system', function () {
  this.timeout(60_000);
  let project: Project;
  before(function () {
    project = new Project();
    if (process.getuid?.() !== 0 || spawnSync('getent', ['passwd', String(NOBODY)]).status === 0) this.skip();
    const stages = '  own: { uses: ./stages/mine.ts#write, with: { text: a } }\n';
    const command = '  two: { uses: command, with: { run: [touch, a], outputs: [a] } }\n';
    project.write('e.yaml', experiment('e', stages + command));
    mkdirSync(join(project.directory, 'tmp'));
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, project.directory]);
  });
  after(() => project.remove());
  const fx = (words: readonly string[], TMPDIR: string) => {
    const env = { PATH: process.env.PATH, NO_COLOR: '1', TMPDIR, FX_TEST_LEDGER: join(project.directory, 'ledger') };
    const options = { cwd: project.directory, env, uid: NOBODY, gid: NOBODY, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [FX, ...words], options);
    return { status, text: `${stdout}${stderr}` };
  };

  it('checks, plans, runs and verifies, with a private folder below the folder of temporary files', () => {
    const temporary = join(project.directory, 'tmp');
    for (const words of [['check'], ['plan'], ['run'], ['verify']]) {
      const { status, text } = fx([...words, 'e.yaml'], temporary);
      assert.equal(status, 0, text);
    }
    const { uid, mode } = statSync(join(temporary, `fx-${NOBODY}`));
    assert.deepEqual([uid, mode & 0o777], [NOBODY, 0o700]);
    assert.match(fx(['doctor'], temporary).text, /ok +cache at/);
  });

  it('has the drivers of its devices looked for', () => {
    const driver = pathToFileURL(resolve('dist/src/compiler/devices/driver.js')).href;
    const script = `import(${JSON.stringify(driver)}).then(({ driverOf }) => console.log(driverOf('webgpu').driver))`;
    const options = { env: { PATH: process.env.PATH }, uid: NOBODY, gid: NOBODY, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], options);
    assert.equal(status, 0, stderr);
  });

  it('is told what to do where no folder can be made', () => {
    // Of another user, who lets nobody write.
    mkdirSync(join(project.directory, 'closed'), { mode: 0o755 });
    const { status, text } = fx(['check', 'e.yaml'], join(project.directory, 'closed/tmp'));
    assert.notEqual(status, 0);
    assert.match(text, /^error: no private folder can be made.*set XDG_CACHE_HOME/);
  });
});
