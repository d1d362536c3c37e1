import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collect } from '../../../src/engine/artifacts/upkeep/collect.js';
import { storedIn } from '../../../src/engine/artifacts/upkeep/inventory.js';
import type { Outcome } from '../../../src/engine/run/run.js';
import { chain, constant, shards, write } from './kinds.js';
import { graphOf, World } from './world.js';

describe('a run', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  const diamond = (text = 'b') =>
    graphOf([
      { id: 'a', kind: write, with: { text: 'a' } },
      { id: 'b', kind: write, with: { text }, reads: ['a'] },
      { id: 'c', kind: write, with: { text: 'c' }, reads: ['a'] },
      { id: 'd', kind: write, with: { text: 'd' }, reads: ['b', 'c'] },
    ]);

  it('executes every stage once, and nothing the second time', async () => {
    const first = await world.run(diamond());
    assert.deepEqual(world.executed(), ['a', 'b', 'c', 'd']);
    assert.deepEqual(first.finished.stages, { reused: 0, executed: 4, failed: 0, skipped: 0 });
    assert.equal(textOf(first, 'd'), 'd|out.txt=b|out.txt=a|out.txt=c|out.txt=a');
    const second = await world.run(diamond());
    assert.deepEqual(world.executed(), []);
    assert.deepEqual(second.finished.stages, { reused: 4, executed: 0, failed: 0, skipped: 0 });
    assert.equal(artifactOf(second, 'd'), artifactOf(first, 'd'));
  });

  it('reruns what a change reaches, and nothing else', async () => {
    await world.run(diamond());
    world.executed();
    await world.run(diamond('B'));
    assert.deepEqual(world.executed(), ['B', 'd']);
  });

  it('stops where a rerun gives the same bytes', async () => {
    const graph = (text: string) =>
      graphOf([
        { id: 'a', kind: constant, with: { text } },
        { id: 'b', kind: write, with: { text: 'b' }, reads: ['a'] },
      ]);
    await world.run(graph('a1'));
    world.executed();
    await world.run(graph('a2'));
    assert.deepEqual(world.executed(), ['a2']);
  });

  it('renders only the new shards of a larger whole', async () => {
    const graph = (count: number) => graphOf([{ id: 's', kind: shards, with: { text: 'x', count } }]);
    await world.run(graph(3));
    assert.deepEqual(world.executed(), ['gather', 'piece-0', 'piece-1', 'piece-2']);
    const larger = await world.run(graph(5));
    assert.deepEqual(world.executed(), ['gather', 'piece-3', 'piece-4']);
    assert.deepEqual(larger.finished.parts, { reused: 3, executed: 2 });
    const stage = larger.stages[0]!;
    assert.ok(stage.status === 'executed');
    assert.deepEqual(
      stage.record.outputs.map((file) => file.path),
      ['0.txt', '1.txt', '2.txt', '3.txt', '4.txt', 'index.txt'],
    );
  });

  it('continues a chain where a shorter one ended', async () => {
    const graph = (count: number) => graphOf([{ id: 'c', kind: chain, with: { text: 'x', count } }]);
    await world.run(graph(2));
    world.executed();
    const longer = await world.run(graph(4));
    assert.deepEqual(world.executed(), ['gather', 'link-2', 'link-3']);
    assert.equal(fileOf(longer, 'c', 'model.txt'), 'link-0;link-1;link-2;link-3;');
  });

  it('continues a chain of which only the newest link has kept its files', async () => {
    const graph = (count: number) => graphOf([{ id: 'c', kind: chain, with: { text: 'x', count } }]);
    await world.run(graph(4));
    world.executed();
    const states = (): readonly string[] =>
      readdirSync(join(world.cache.root, 'blobs'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .sort();
    assert.equal(states().length, 4);
    const limits = { size: Infinity, age: Infinity };
    const { results } = await collect(world.cache, { grace: -1, limits });
    assert.equal(results, 0);
    assert.deepEqual(states(), ['link-0;link-1;link-2;link-3;']);
    const longer = await world.run(graph(6));
    assert.deepEqual(world.executed(), ['gather', 'link-4', 'link-5']);
    assert.deepEqual(longer.finished.parts, { reused: 4, executed: 2 });
    assert.equal(fileOf(longer, 'c', 'model.txt'), 'link-0;link-1;link-2;link-3;link-4;link-5;');

    // Records of old links stay with the newest, however long ago they were used.
    const folder = join(world.cache.root, 'results');
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const { record } = whole(join(folder, name));
      if (record?.part !== 'link-5') utimesSync(join(folder, name), 1, 1);
    }
    await collect(world.cache, { grace: -1, limits: { size: Infinity, age: 86_400 } });
    await world.run(graph(7));
    assert.deepEqual(world.executed(), ['gather', 'link-6']);
  });

  const chains = graphOf(['a', 'b', 'c'].map((id) => ({ id, kind: chain, with: { text: id, count: 3 } })));

  it('ends a chain that has begun before it begins another', async () => {
    await world.run(chains, { resources: { cores: 1, memory: 8 * 2 ** 30, gpus: 0 } });
    const began = world.events.flatMap((event) =>
      event.event === 'part' && event.status === 'running' ? [event.stage] : [],
    );
    assert.equal(began.join(''), 'aaabbbccc');
  });

  it('keeps a chain in the child that holds it ready', async () => {
    // A place for each: between two links of one chain, another's first could otherwise be given its child.
    await world.run(chains, { resources: { cores: 3, memory: 8 * 2 ** 30, gpus: 0 } });
    for (const id of ['a', 'b', 'c']) {
      const links = storedIn(world.cache, 'results')
        .map(({ digest }) => world.cache.results.look(digest).record!)
        .filter(({ stage, part }) => stage === id && part !== undefined);
      assert.equal(links.length, 3);
      assert.equal(new Set(links.map(({ facts }) => facts.child)).size, 1, id);
    }
  });

  it('heals a damaged blob by running its stage again, with a warning', async () => {
    const first = await world.run(diamond());
    world.executed();
    const path = locate(first, 'a', 'out.txt');
    chmodSync(path, 0o644);
    writeFileSync(path, 'A');
    const second = await world.run(diamond());
    assert.deepEqual(world.executed(), ['a']);
    assert.match(world.warnings[0]!.message, /a cannot be used: its file out.txt is damaged/);
    assert.equal(readFileSync(locate(second, 'a', 'out.txt'), 'utf8'), 'a');
  });

  it('finds a damage that hides behind the right size and time, before working on it', async () => {
    const first = await world.run(diamond());
    world.executed();
    const path = locate(first, 'a', 'out.txt');
    const { atime, mtime } = statSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, 'A');
    utimesSync(path, atime, mtime);
    const second = await world.run(diamond('B'));
    assert.deepEqual(world.executed(), ['B', 'a', 'd']);
    assert.equal(textOf(second, 'b'), 'B|out.txt=a');
  });

  it('says what failed, skips what depends on it, and keeps going where asked', async () => {
    const graph = graphOf([
      { id: 'bad', kind: write, with: { text: 'bad', act: 'fail' } },
      { id: 'after', kind: write, with: { text: 'after' }, reads: ['bad'] },
      { id: 'slow', kind: write, with: { text: 'slow', act: 'sleep:200' } },
      { id: 'aside', kind: write, with: { text: 'aside' }, reads: ['slow'] },
    ]);
    const outcome = await world.run(graph, { keepGoing: true });
    assert.deepEqual(
      outcome.stages.map((stage) => stage.status),
      ['failed', 'skipped', 'executed', 'executed'],
    );
    assert.equal(messageOf(outcome, 'bad'), 'as the script says');
  });

  it('turns a crash, a hang and an exhausted memory into failures of their stage', async () => {
    const graph = graphOf([
      { id: 'crash', kind: write, with: { text: 'crash', act: 'crash' } },
      { id: 'hang', kind: write, with: { text: 'hang', act: 'hang' }, settings: { timeout: 0.5 } },
      { id: 'hog', kind: write, with: { text: 'hog', act: 'hog' }, settings: { resources: { memory: 300 * 2 ** 20 } } },
      { id: 'fine', kind: write, with: { text: 'fine' } },
    ]);
    const outcome = await world.run(graph, { keepGoing: true });
    assert.match(messageOf(outcome, 'crash'), /signal SIGSEGV/);
    assert.match(messageOf(outcome, 'hang'), /timeout of 0.5 s/);
    assert.match(messageOf(outcome, 'hog'), /above its limit of 300 MiB/);
    assert.equal(outcome.stages[3]!.status, 'executed');
  });

  it('tries again where retries are declared', async () => {
    const marker = join(world.directory, 'marker');
    const graph = graphOf([
      { id: 'a', kind: write, with: { text: 'a', act: `fail-once:${marker}` }, settings: { retries: 1 } },
    ]);
    const outcome = await world.run(graph);
    assert.deepEqual(world.executed(), ['a', 'a']);
    assert.ok(outcome.ok);
  });

  it('runs independent stages side by side, within the cores', async () => {
    const stages = ['a', 'b', 'c', 'd'].map((id) => ({ id, kind: write, with: { text: id, act: 'sleep:300' } }));
    await world.run(graphOf(stages));
    // Each execution wrote `+` when it began and `-` when it ended.
    let now = 0;
    let most = 0;
    for (const sign of readFileSync(join(world.directory, 'ledger.spans'), 'utf8')) {
      now += sign === '+' ? 1 : -1;
      most = Math.max(most, now);
    }
    assert.equal(most, 2);
  });

  it('keeps finished work when it is interrupted', async () => {
    const graph = graphOf([{ id: 's', kind: shards, with: { text: 'x', count: 6, act: 'sleep:150' } }]);
    const interruption = new AbortController();
    const outcome = await world.run(graph, {
      signal: interruption.signal,
      emit: (event) => {
        if (event.event === 'part' && event.status === 'executed') interruption.abort();
      },
    });
    assert.ok(!outcome.ok);
    const published = world.events.length;
    assert.equal(published, 0);
    world.executed();
    const second = await world.run(graph);
    assert.ok(second.ok);
    assert.ok(second.finished.parts.reused >= 1);
    assert.equal(second.finished.parts.reused + second.finished.parts.executed, 6);
  });

  it('gives the same artifacts alone and side by side, and when forced', async () => {
    const one = await world.run(diamond(), { resources: { cores: 1, memory: 8 * 2 ** 30, gpus: 0 } });
    const forced = await world.run(diamond(), { force: new Set(['a', 'b', 'c', 'd']) });
    assert.equal(forced.finished.stages.executed, 4);
    assert.deepEqual(
      forced.stages.map((stage) => artifactOf(forced, stage.node.id)),
      one.stages.map((stage) => artifactOf(one, stage.node.id)),
    );
  });
});

describe('two runs at the same time', () => {
  it('execute each stage once', async () => {
    const world = new World();
    const graph = graphOf([
      { id: 'a', kind: write, with: { text: 'a', act: 'sleep:300' } },
      { id: 's', kind: shards, with: { text: 'x', count: 4, act: 'sleep:100' }, reads: ['a'] },
    ]);
    const outcomes = await Promise.all([world.run(graph), world.run(graph)]);
    assert.ok(outcomes.every((outcome) => outcome.ok));
    assert.deepEqual(world.executed(), ['a', 'gather', 'piece-0', 'piece-1', 'piece-2', 'piece-3']);
    await world.close();
  });
});

/** What a file of the results holds; nothing where it is a folder. */
function whole(path: string): { readonly record?: { readonly part?: string } } {
  if (statSync(path).isDirectory()) return {};
  return JSON.parse(readFileSync(path, 'utf8')) as { record: { part?: string } };
}

function stageOf(outcome: Outcome, id: string) {
  return outcome.stages.find((stage) => stage.node.id === id)!;
}

function locate(outcome: Outcome, id: string, file: string): string {
  const stage = stageOf(outcome, id);
  assert.ok(stage.status === 'reused' || stage.status === 'executed', `${id} ${stage.status}`);
  return stage.artifact.locate(file);
}

function fileOf(outcome: Outcome, id: string, file: string): string {
  return readFileSync(locate(outcome, id, file), 'utf8');
}

function textOf(outcome: Outcome, id: string): string {
  return fileOf(outcome, id, 'out.txt');
}

function artifactOf(outcome: Outcome, id: string): string {
  const stage = stageOf(outcome, id);
  assert.ok(stage.status === 'reused' || stage.status === 'executed', `${id} ${stage.status}`);
  return stage.record.artifact;
}

function messageOf(outcome: Outcome, id: string): string {
  const stage = stageOf(outcome, id);
  assert.ok(stage.status === 'failed', `${id} ${stage.status}`);
  return stage.diagnostics[0]!.message;
}
