import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { openTerminal } from '../../src/cli/terminal/terminal.js';
import { plainProgress } from '../../src/cli/terminal/plain.js';
import { treeProgress, type TreeOptions } from '../../src/cli/terminal/tree.js';
import type { Progress } from '../../src/cli/terminal/progress.js';
import type { RunEvent } from '../../src/engine/run/event.js';
import { FakeScreen } from './screen.js';

describe('the progress tree', () => {
  const terminal = openTerminal({ NO_COLOR: '1' });
  let clock = 0;
  const open = (screen: FakeScreen, more: Partial<TreeOptions> = {}): Progress =>
    treeProgress(terminal, {
      title: 'study',
      render: ({ message }) => [message],
      failureLog: () => undefined,
      usual: () => undefined,
      left: () => undefined,
      screen,
      now: () => clock,
      ...more,
    });
  const running = (stage: string, parts?: { known: number; total: number }): RunEvent => ({
    event: 'stage',
    stage,
    status: 'running',
    ...(parts === undefined ? {} : { parts }),
  });
  const DRAWN = 130;

  it('shows how far each stage is, how fast, and what is left', async () => {
    clock = 0;
    const screen = new FakeScreen(100, 24);
    const tree = open(screen, { left: () => 75 });
    tree.show({ event: 'started', stages: 4, cores: 2 });
    tree.show({ event: 'stage', stage: 'known', status: 'reused' });
    tree.show(running('pieces', { known: 1, total: 5 }));
    tree.show({ event: 'part', stage: 'pieces', part: 'a', status: 'running' });
    tree.show({ event: 'progress', stage: 'pieces', part: 'a', done: 100, total: 100, unit: 'images' });
    tree.show({ event: 'part', stage: 'pieces', part: 'a', status: 'executed' });
    tree.show({ event: 'part', stage: 'pieces', part: 'b', status: 'running' });
    tree.show({ event: 'progress', stage: 'pieces', part: 'b', done: 100, total: 100, unit: 'images' });
    tree.show(running('whole'));
    tree.show({ event: 'waiting', stage: 'whole', pid: 42, host: 'here' });
    clock = 10_000;
    await sleep(DRAWN);
    const lines = screen.text.split('\n');
    assert.equal(lines[0], 'study  ━━━─────────────────────  1 of 4 stages  10s  1m15 left');
    assert.equal(lines[1], '⠋ pieces    ████████········  2/5 parts  20.0 images/s  10s  10s left');
    assert.equal(
      lines[2],
      '… whole     waits for process 42 on here, which computes it (fx cache unlock ends the wait)',
    );
    tree.end();
    assert.equal(screen.text, '');
  });

  it('comes no nearer to its end while all that was begun is queued', async () => {
    clock = 0;
    const screen = new FakeScreen(100, 24);
    const left = (stages: ReadonlyMap<string, number>): number => Math.max(...stages.values());
    const tree = open(screen, { usual: () => 10, left });
    tree.show({ event: 'started', stages: 1, cores: 2 });
    tree.show(running('a'));
    tree.show({ event: 'place', stage: 'a', phase: 'queued', words: 'PENDING (Resources)', node: '' });
    await sleep(DRAWN);
    clock = 60_000;
    tree.note('a minute later');
    const lines = screen.text.split('\n');
    assert.equal(lines[1], 'study  ────────────────────────  0 of 1 stages  1m00  10s left');
    assert.equal(lines[2], '… a         queued on the cluster: PENDING (Resources)');
    tree.show({ event: 'place', stage: 'a', phase: 'running', words: 'RUNNING', node: 'n1' });
    clock = 65_000;
    tree.note('five seconds of work');
    assert.equal(screen.text.split('\n')[2], 'study  ━━━━━━━━━━━━────────────  0 of 1 stages  1m05  5s left');
    tree.end();
  });

  it('leaves a line for each stage that was executed, and the tail of the log of one that failed', async () => {
    const screen = new FakeScreen(60, 24);
    const tail = Array.from({ length: 30 }, (_, i) => `step ${i + 1}`);
    const tree = open(screen, { failureLog: () => ({ tail, command: 'fx show a.yaml bad --log' }) });
    tree.show({ event: 'started', stages: 3, cores: 2 });
    for (const stage of ['good', 'bad']) tree.show(running(stage));
    await sleep(DRAWN);
    clock += 2000;
    tree.show({ event: 'stage', stage: 'good', status: 'executed', seconds: 2 });
    tree.show({ event: 'diagnostic', diagnostic: { code: 'x', severity: 'error', message: 'went wrong' } });
    tree.show({ event: 'stage', stage: 'bad', status: 'failed' });
    tree.end();
    const steps = Array.from({ length: 12 }, (_, i) => `  │ step ${i + 19}`);
    const expected = [
      '✔ good 2.00 s',
      'went wrong',
      '✘ bad',
      ...steps,
      '  the whole log: fx show a.yaml bad --log',
      '',
    ];
    assert.deepEqual(screen.text.split('\n'), expected);
  });

  it('never draws more than the screen has, however many stages and whatever its size, and clears all it drew', async () => {
    const size = fc.record({ columns: fc.integer({ min: 12, max: 120 }), rows: fc.integer({ min: 4, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 1, max: 30 }), async (first, second, stages) => {
        const screen = new FakeScreen(first.columns, first.rows);
        const tree = open(screen);
        tree.show({ event: 'started', stages, cores: 2 });
        for (let i = 0; i < stages; i += 1) tree.show(running(`a-stage-with-a-long-name-${i}`, { known: 0, total: 9 }));
        tree.note('first note');
        tree.show({ event: 'log', stage: 'a-stage-with-a-long-name-0', line: 'x'.repeat(200) });
        tree.note('second note');
        assert.ok(screen.text.split('\n').length <= 2 + first.rows);
        // What a smaller screen pushes out at its top nobody can clear.
        const height = (first.rows - 1) * Math.ceil(first.columns / second.columns) + 1;
        if (height <= second.rows) screen.resize(second.columns, second.rows);
        tree.note('third');
        tree.end();
        assert.ok(!screen.lost, 'a line that was drawn has scrolled away');
        assert.deepEqual(screen.text.split('\n'), ['first note', 'second note', 'third', '']);
        await Promise.resolve();
      }),
      { numRuns: 60 },
    );
  });

  it('draws at most about ten times a second', async () => {
    const screen = new FakeScreen(80, 24);
    let draws = 0;
    const { write } = screen;
    screen.write = (text) => {
      draws += 1;
      write(text);
    };
    const tree = open(screen);
    tree.show({ event: 'started', stages: 1, cores: 1 });
    tree.show(running('a'));
    for (let i = 0; i < 100; i += 1) {
      tree.show({ event: 'progress', stage: 'a', done: i, total: 100, unit: 'steps' });
      await sleep(3);
    }
    tree.end();
    assert.ok(draws >= 2 && draws <= 12, `${draws} draws in 0.3 s or somewhat more`);
  });
});

describe('progress in a log', () => {
  it('says why jobs are queued, each reason once', () => {
    const said: string[] = [];
    const terminal = {
      ...openTerminal({ NO_COLOR: '1' }),
      note: (line: string | readonly string[]) => said.push(String(line)),
    };
    const plain = plainProgress(terminal, { render: () => [], failureLog: () => undefined });
    const place = (stage: string, phase: 'queued' | 'running', words: string): void =>
      plain.show({ event: 'place', stage, phase, words, node: '' });
    for (const stage of ['a', 'b']) place(stage, 'queued', 'PENDING (Resources)');
    place('a', 'running', 'RUNNING');
    place('b', 'queued', 'PENDING (ReqNodeNotAvail, UnavailableNodes:n1)');
    assert.deepEqual(said, [
      'queue  a on the cluster: PENDING (Resources)',
      'queue  b on the cluster: PENDING (ReqNodeNotAvail, UnavailableNodes:n1)',
    ]);
  });
});
