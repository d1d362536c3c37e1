import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../../../src/engine/run/run.js';
import type { Graph } from '../../../../src/engine/graph/graph.js';
import { knowing, meddlers, meddling, write } from '../kinds.js';
import { graphOf, World } from '../world.js';

describe('what changes while a stage reads it', () => {
  let world: World;
  let folder: string;
  beforeEach(() => {
    world = new World();
    folder = join(world.directory, 'data');
    mkdirSync(folder);
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), `${name} one`);
  });
  afterEach(() => world.close());

  /** A stage that reads the folder and does some of this while it is at work. */
  const graph = (acts: readonly (readonly string[])[], id = 's'): Graph =>
    graphOf([{ id, kind: meddling, with: { acts }, folder }]);
  const codes = (outcome: Outcome): readonly string[] =>
    outcome.stages.flatMap((stage) => (stage.status === 'failed' ? stage.diagnostics.map(({ code }) => code) : []));
  const text = (outcome: Outcome, id = 's'): string => {
    const stage = outcome.stages.find(({ node }) => node.id === id)!;
    assert.ok('artifact' in stage, JSON.stringify(stage));
    return readFileSync(stage.artifact.locate('out.txt'), 'utf8');
  };

  const changes: readonly (readonly [string, readonly string[]])[] = [
    ['a file that is written to', ['write', 'b', 'b two']],
    ['a file that is written to with as many bytes and its old time', ['disguise', 'b', 'b two']],
    ['a file that is added', ['write', 'd', 'd']],
    ['a file that is removed', ['remove', 'c']],
    ['a file that takes another’s place', ['rename', 'a', 'b']],
  ];
  for (const [what, act] of changes) {
    it(`${what}: the stage fails with a word, and nothing is published under its key`, async () => {
      const before = new Map(['a', 'b', 'c'].map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
      const first = await world.run(graph([act]));
      assert.deepEqual(codes(first), ['run/inputs-changed']);
      assert.deepEqual(world.executed(), ['meddling'], 'its key speaks of what is no more: it is not tried again');
      // As it was before: the key is that of the first run again.
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      for (const [name, content] of before) writeFileSync(join(folder, name), content);
      writeFileSync(join(world.directory, 'meddled'), '');
      const second = await world.run(graph([act]));
      assert.equal(text(second), 'a=a one;b=b one;c=c one');
      assert.deepEqual(world.executed(), ['meddling']);
    });
  }

  it('a file that is written to and put back: the work is done again, and what is published is of the true bytes', async () => {
    const outcome = await world.run(
      graph([
        ['write', 'b', 'b two'],
        ['read', 'b'],
        ['write', 'b', 'b one'],
      ]),
    );
    assert.equal(text(outcome), 'a=a one;b=b one;c=c one');
    assert.deepEqual(world.executed(), ['meddling', 'meddling']);
  });

  it('a file that is touched at each try: given up with a word', async () => {
    const outcome = await world.run(graph([['always'], ['write', 'b', 'b one']]));
    assert.deepEqual(codes(outcome), ['run/inputs-changed']);
    assert.deepEqual(world.executed(), ['meddling', 'meddling', 'meddling']);
  });

  it('a link that is turned to another folder of old files', async () => {
    const other = join(world.directory, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'a'), 'a of another');
    utimesSync(join(other, 'a'), 1e9, 1e9);
    const link = join(world.directory, 'link');
    symlinkSync(folder, link);
    const outcome = await world.run(
      graphOf([{ id: 's', kind: meddling, with: { acts: [['turn', link, other]] }, folder: link }]),
    );
    assert.deepEqual(codes(outcome), ['run/inputs-changed']);
  });

  it('of a folder whose parts read a file each: the part whose file changed fails, others are kept', async () => {
    const stages = (acts: readonly (readonly string[])[]): Graph =>
      graphOf([{ id: 's', kind: meddlers, with: { acts, files: ['a', 'b', 'c'] }, folder }]);
    const first = await world.run(stages([['write', 'b', 'b two']]), {
      resources: { cores: 1, memory: 2 ** 33, gpus: 0 },
      keepGoing: true,
    });
    assert.deepEqual(codes(first), ['run/inputs-changed']);
    assert.deepEqual(world.executed(), ['part a', 'part b', 'part c']);
    writeFileSync(join(folder, 'b'), 'b one');
    writeFileSync(join(world.directory, 'meddled'), '');
    const second = await world.run(stages([['write', 'b', 'b two']]));
    assert.deepEqual(world.executed(), ['part b'], 'the parts that read a and c are those of the first run');
    assert.equal(text(second), 'a one;b one;c one');
  });

  it('of such a folder, a file that is put back: its part alone is done again', async () => {
    const acts = [
      ['write', 'b', 'b two'],
      ['write', 'b', 'b one'],
    ];
    const outcome = await world.run(
      graphOf([{ id: 's', kind: meddlers, with: { acts, files: ['a', 'b', 'c'] }, folder }]),
    );
    assert.equal(text(outcome), 'a one;b one;c one');
    assert.deepEqual(world.executed(), ['part a', 'part b', 'part b', 'part c']);
  });

  it('a file that is gone when its part comes to it: that is told, not what the part says of it', async () => {
    const outcome = await world.run(
      graphOf([{ id: 's', kind: meddlers, with: { acts: [['remove', 'b']], files: ['a', 'b'] }, folder }]),
    );
    assert.deepEqual(codes(outcome), ['run/inputs-changed']);
  });

  it('a second stage that reads the folder after a change: one run reads one content', async () => {
    const outcome = await world.run(
      graphOf([
        { id: 'first', kind: meddling, with: { acts: [] }, folder },
        {
          id: 'between',
          kind: write,
          with: { text: 'between', act: `overwrite:${join(folder, 'b')}` },
          reads: ['first'],
        },
        { id: 'second', kind: meddling, with: { acts: [['nothing']] }, folder, reads: ['between'] },
      ]),
      { keepGoing: true },
    );
    assert.deepEqual(codes(outcome), ['run/inputs-changed']);
    assert.equal(outcome.stages.find(({ node }) => node.id === 'second')!.status, 'failed');
  });

  it('what a kind declares of its environment', async () => {
    const tool = join(world.directory, 'tool-version');
    writeFileSync(tool, '1');
    const changing = graphOf([{ id: 's', kind: knowing, with: { tool, becomes: '2' } }]);
    assert.deepEqual(codes(await world.run(changing)), ['run/environment-changed']);
    writeFileSync(tool, '1');
    const outcome = await world.run(graphOf([{ id: 's', kind: knowing, with: { tool, becomes: '1' } }]));
    assert.ok(outcome.ok);
  });

  it('a file of another stage that its reader writes to: the reader fails, and the file is computed again', async () => {
    const stages = (act: string): Graph =>
      graphOf([
        { id: 'a', kind: write, with: { text: 'a' } },
        { id: 'b', kind: write, with: { text: 'b', act }, reads: ['a'] },
        { id: 'c', kind: write, with: { text: 'c' }, reads: ['a'] },
      ]);
    const first = await world.run(stages('deface'), {
      keepGoing: true,
      resources: { cores: 1, memory: 2 ** 33, gpus: 0 },
    });
    assert.ok(codes(first).includes('run/input-damaged'), JSON.stringify(codes(first)));
    const second = await world.run(stages(''));
    assert.ok(second.ok);
    assert.equal(text(second, 'c'), 'c|out.txt=a');
    assert.equal(text(second, 'b'), 'b|out.txt=a');
  });

  it('a sealed blob with a flipped byte, size and time as they were: its stage runs again before it is read, with a warning', async () => {
    const big = graphOf([{ id: 'a', kind: write, with: { text: 'a'.repeat(2 << 20) } }]);
    const first = await world.run(big);
    const stage = first.stages[0]!;
    assert.ok('artifact' in stage);
    const path = stage.artifact.locate('out.txt');
    const { atime, mtime } = statSync(path);
    assert.equal(mtime.getTime(), Date.UTC(2000, 0, 1), 'it is sealed');
    chmodSync(path, 0o644);
    const bytes = readFileSync(path);
    bytes[1000] = 120;
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
    world.executed();
    const second = await world.run(
      graphOf([
        { id: 'a', kind: write, with: { text: 'a'.repeat(2 << 20) } },
        { id: 'b', kind: write, with: { text: 'b' }, reads: ['a'] },
      ]),
    );
    assert.deepEqual(world.executed(), ['a'.repeat(2 << 20), 'b']);
    assert.ok(world.events.some((event) => event.event === 'diagnostic' && event.diagnostic.code === 'run/healing'));
    assert.equal(text(second, 'b'), `b|out.txt=${'a'.repeat(2 << 20)}`);
  });

  for (const retries of [0, 2]) {
    it(`a stage that fails is tried ${retries + 1} times with retries: ${retries}`, async () => {
      await world.run(graphOf([{ id: 'a', kind: write, with: { text: 'a', act: 'fail' }, settings: { retries } }]));
      assert.deepEqual(
        world.executed(),
        Array.from({ length: retries + 1 }, () => 'a'),
      );
      const said = world.events.flatMap((event) =>
        event.event === 'log' ? (/^attempt .* failed/.exec(event.line) ?? []) : [],
      );
      assert.deepEqual(
        said,
        Array.from({ length: retries }, (_, i) => `attempt ${i + 1} of ${retries + 1} failed`),
      );
    });
  }
});
