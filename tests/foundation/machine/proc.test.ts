import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId, startTicks, userOf } from '../../../src/foundation/machine/proc.js';
import { family } from '../../../src/foundation/machine/processes.js';

describe('what the system says of processes', () => {
  it('is asked in two files of the foundation, and nowhere else', () => {
    const asking = readdirSync('src', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => /['"`]\/proc\b/.test(readFileSync(path, 'utf8')));
    assert.deepEqual(asking.sort(), ['src/foundation/machine/proc.ts', 'src/foundation/machine/processes.ts']);
  });

  it('is one start for as long as a process runs, its user, and nothing once it has ended', async function () {
    if (process.platform !== 'linux') this.skip();
    assert.match(bootId()!, /^[\da-f-]{36}$/);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => 0, 60000)']);
    const start = startTicks(child.pid!);
    assert.match(start!, /^\d+$/);
    assert.equal(startTicks(child.pid!), start);
    assert.equal(userOf(child.pid!), process.getuid!());
    // Both files say the same of it.
    assert.equal(family(child.pid!)[0]!.start, start);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(startTicks(child.pid!), undefined);
    assert.equal(userOf(child.pid!), undefined);
  });
});
