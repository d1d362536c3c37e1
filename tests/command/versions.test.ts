import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolVersions } from '../../src/plugins/command/versions.js';
import { experiment, Project } from '../cli/project.js';

describe('the version commands of a command', function () {
  this.timeout(30_000);

  it('give their first line, or say why there is none', async () => {
    const long = ['sh', '-c', 'head -c 200000 /dev/zero'];
    assert.deepEqual(
      await toolVersions([
        ['sh', '-c', 'echo one; echo two'],
        ['sh', '-c', 'echo told on standard error >&2'],
        ['sh', '-c', 'echo one; exit 1'],
        ['no-such-program'],
        [''],
        long,
      ]),
      {
        'sh -c echo one; echo two': 'one',
        'sh -c echo told on standard error >&2': 'told on standard error',
        'sh -c echo one; exit 1': 'absent',
        'no-such-program': 'absent',
        '': 'absent',
        [long.join(' ')]: 'a line of more than 65536 bytes',
      },
    );
  });

  it('are stopped where they print without end', async () => {
    assert.deepEqual(await toolVersions([['sh', '-c', 'yes'], ['yes']]), { 'sh -c yes': 'y', yes: 'y' });
  });

  it('end with all that they leave in the background', async () => {
    const project = new Project();
    try {
      const file = join(project.directory, 'pid');
      const script = `sleep 60 & echo $! > ${file}; echo 1`;
      const started = performance.now();
      assert.deepEqual(await toolVersions([['sh', '-c', script]]), { [`sh -c ${script}`]: '1' });
      assert.ok(performance.now() - started < 10_000);
      assert.ok(!(await goesOn(file)), 'it goes on');
    } finally {
      project.remove();
    }
  });

  for (const words of [['plan'], ['run', '--no-report']])
    it(`end with fx ${words[0]!}, and it with a signal`, async () => {
      const project = new Project();
      try {
        const file = join(project.directory, 'pid');
        const versions = `[[sh, -c, 'echo $$ > ${file}; sleep 60 & wait']]`;
        const recipe = `{ run: [touch, a], outputs: [a], versions: ${versions} }`;
        project.write('e.yaml', experiment('e', `  one:\n    uses: command\n    with: ${recipe}\n`));
        const running = project.start(...words, 'e.yaml');
        while (!existsSync(file) || readFileSync(file, 'utf8') === '')
          await new Promise((resolve) => setTimeout(resolve, 20));
        running.child.kill('SIGTERM');
        const { code, signal, out, err } = await running.finished;
        assert.ok(signal === 'SIGTERM' || code === 130, `${String(code)} ${String(signal)} ${out}${err}`);
        assert.ok(!(await goesOn(file)), 'it goes on');
      } finally {
        project.remove();
      }
    });
});

/** Whether the process whose id a file holds still goes on after a second. One that nobody waits for does not. */
async function goesOn(file: string): Promise<boolean> {
  for (let looks = 0; looks < 50; looks += 1) {
    try {
      const stat = readFileSync(`/proc/${readFileSync(file, 'utf8').trim()}/stat`, 'latin1');
      if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return false;
    } catch {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
