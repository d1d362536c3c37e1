import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELD } from '../../../../src/engine/artifacts/content/listing.js';
import type { Outcome } from '../../../../src/engine/run/run.js';
import { gleaners, many } from '../kinds.js';
import { graphOf, World } from '../world.js';

describe('what a stage reads', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  const parts = [['1.txt', '3.txt'], ['0.txt'], []];
  const gleaned = ['1.txt=1;3.txt=3', '0.txt=0', ''];

  function folder(count: number): string {
    const at = join(world.directory, 'data');
    mkdirSync(at);
    for (let i = 0; i < count; i += 1) change(at, i, String(i));
    return at;
  }

  function change(at: string, file: number, text: string): void {
    writeFileSync(join(at, `${file}.txt`), text);
    utimesSync(join(at, `${file}.txt`), 1e9, 1e9);
  }

  for (const count of [5, HELD + 500]) {
    it(`is given to a part as far as it reads it, and to the whole in full: ${count} files from outside`, async () => {
      const at = folder(count);
      const graph = graphOf([{ id: 'g', kind: gleaners, with: { parts }, folder: at }]);
      const outcome = await world.run(graph);
      assert.deepEqual(piecesOf(outcome), gleaned);
      assert.equal(recordOf(outcome).metrics.files, count);
      assert.equal(textOf(outcome, 'all.txt').split(';').length, count);
      assert.deepEqual(world.executed(), ['piece-0', 'piece-1', 'piece-2']);
      // A part's key sees the files that it reads.
      change(at, 3, 'three');
      const changed = await world.run(graph);
      assert.deepEqual(world.executed(), ['piece-0']);
      assert.deepEqual(piecesOf(changed), ['1.txt=1;3.txt=three', '0.txt=0', '']);
      assert.deepEqual(changed.finished.parts, { reused: 2, executed: 1 });
    });

    it(`is given in the same way where another stage made it: ${count} files`, async () => {
      const graph = graphOf([
        { id: 'm', kind: many, with: { count } },
        { id: 'g', kind: gleaners, with: { parts }, reads: ['m'] },
      ]);
      const outcome = await world.run(graph);
      assert.deepEqual(piecesOf(outcome), gleaned);
      assert.equal(recordOf(outcome).metrics.files, count);
    });
  }

  it('is told apart where a part reads the same files for two purposes', async () => {
    const graph = graphOf([
      { id: 'm', kind: many, with: { count: 5 } },
      { id: 'g', kind: gleaners, with: { parts }, reads: ['m', 'm'] },
    ]);
    assert.deepEqual(piecesOf(await world.run(graph)), gleaned);
  });

  it('is asked for by parts as their turn comes', async () => {
    const count = 60;
    const parts = Array.from({ length: count }, () => ['1.txt']);
    const outcome = await world.run(graphOf([{ id: 'g', kind: gleaners, with: { parts }, folder: folder(3) }]));
    // Planning goes through all of them once.
    const ahead = (recordOf(outcome).facts.ahead as number) - count;
    assert.ok(ahead <= 4, `${ahead} parts were asked for that had not begun when the first was at work`);
  });

  function recordOf(outcome: Outcome) {
    const stage = outcome.stages.at(-1)!;
    assert.ok(stage.status === 'executed', stage.status);
    return stage.record;
  }

  function textOf(outcome: Outcome, file: string): string {
    const record = recordOf(outcome);
    return readFileSync(world.cache.blobs.locate(record.outputs.find(({ path }) => path === file)!.digest), 'utf8');
  }

  function piecesOf(outcome: Outcome): readonly string[] {
    return parts.map((_, i) => textOf(outcome, `piece-${i}.txt`));
  }
});
