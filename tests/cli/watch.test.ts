import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { experiment, Project, type Running } from './project.js';

const STUDY = experiment('study', `  a: { uses: './stages/mine.ts#write', with: { text: one } }\n`);

describe('fx watch', function () {
  this.timeout(300_000);
  let project: Project;
  let running: Running;

  beforeEach(async () => {
    project = new Project({ 'study.yaml': STUDY });
    await project.translate('study.yaml');
    running = project.start('watch', 'study.yaml');
  });
  afterEach(async () => {
    running.child.kill('SIGINT');
    await running.finished;
    project.remove();
  });

  /** Waits until it has looked at everything so many times. */
  async function watching(times: number): Promise<void> {
    while (running.text.split('Ctrl-C ends it').length <= times) {
      assert.equal(running.child.exitCode, null, running.text);
      await sleep(20);
    }
  }

  /** As editors save: a new file beside it, renamed; the old one gone for a moment. */
  async function saveByRename(path: string, from: string, to: string): Promise<void> {
    const place = join(project.directory, path);
    project.write(`${path}~`, project.read(path).replace(from, to));
    rmSync(place);
    await sleep(400);
    renameSync(`${place}~`, place);
  }

  it('runs again on each save of what the experiment is read from, however an editor saves', async () => {
    await watching(1);
    assert.deepEqual(project.executed(), ['one']);
    project.edit('study.yaml', 'text: one', 'text: two');
    await watching(2);
    assert.deepEqual(project.executed(), ['two']);
    await saveByRename('study.yaml', 'text: two', 'text: three');
    await watching(3);
    assert.deepEqual(project.executed(), ['three']);
    project.edit('stages/shout.ts', 'toUpperCase()', 'toLowerCase()');
    await watching(4);
    assert.deepEqual(project.executed(), ['three']);
    // A mistake is told, and its correction is seen.
    project.edit('study.yaml', 'uses:', 'use:');
    await watching(5);
    assert.match(running.text, /use/);
    project.edit('study.yaml', 'use:', 'uses:');
    await watching(6);
    running.child.kill('SIGINT');
    assert.equal((await running.finished).code, 0, 'ended by hand while nothing ran');
  });

  it('runs once more after a run during which something was saved', async () => {
    await watching(1);
    project.edit('study.yaml', 'text: one', 'text: long, act: "sleep:3000"');
    while (!project.executed().includes('long')) await sleep(20);
    project.edit('study.yaml', 'text: long, act: "sleep:3000"', 'text: after');
    await watching(3);
    assert.deepEqual(project.executed(), ['after']);
  });

  it('hands Ctrl-C to the run, which keeps what is finished, and ends with it', async () => {
    await watching(1);
    project.edit('study.yaml', 'text: one', 'text: long, act: "sleep:60000"');
    while (!project.executed().includes('long')) await sleep(20);
    running.child.kill('SIGINT');
    const { code, err } = await running.finished;
    assert.equal(code, 130, err);
    assert.match(err, /stopping/);
    assert.deepEqual(await running.gone(5000), []);
  });
});
