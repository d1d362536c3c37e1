import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { History } from '../../../src/engine/artifacts/store/history.js';
import { exampleRecord } from './example.js';
import { scratch } from './scratch.js';

describe('the history of a kind', () => {
  const fresh = scratch();

  it('has what was made, the newest first, and nothing of other kinds', () => {
    const root = fresh();
    const history = new History(join(root, 'history'), join(root, 'tmp'));
    assert.deepEqual(history.of('test/make'), []);
    for (const name of ['a', 'b', 'c']) history.note(exampleRecord(name));
    history.note({ ...exampleRecord('d'), kind: 'test/other' });
    const { stage, part, key, preimage, duration, finished } = exampleRecord('c');
    assert.deepEqual(history.of('test/make')[0], { stage, part, key, preimage, duration, finished });
    assert.deepEqual(
      history.of('test/make').map((made) => made.stage),
      ['c', 'b', 'a'],
    );
  });

  it('passes over lines that are torn or were damaged', () => {
    const root = fresh();
    const history = new History(join(root, 'history'), join(root, 'tmp'));
    history.note(exampleRecord('a'));
    const [file] = readdirSync(join(root, 'history'));
    appendFileSync(join(root, 'history', file!), '{"stage":"torn\nnull\n[]\n{}\n');
    history.note(exampleRecord('b'));
    assert.deepEqual(
      history.of('test/make').map((made) => made.stage),
      ['b', 'a'],
    );
  });

  for (const isThere of [true, false])
    it(`keeps the newer half where it has grown large, ${isThere ? 'beside other temporary files' : 'the first of temporary files'}`, () => {
      const root = fresh();
      const [folder, temporary] = [join(root, 'history'), join(root, 'tmp')];
      if (isThere) {
        mkdirSync(temporary);
        writeFileSync(join(temporary, 'another'), '');
      }
      const history = new History(folder, temporary);
      history.note(exampleRecord('first'));
      const file = join(folder, readdirSync(folder)[0]!);
      const lines = 40_000;
      const { stage: _, ...rest } = history.of('test/make')[0]!;
      const made = Array.from({ length: lines }, (_, i) => JSON.stringify({ stage: String(i), ...rest }));
      writeFileSync(file, `${made.join('\n')}\n`);
      assert.ok(statSync(file).size > 8 << 20 && statSync(file).size < 16 << 20);
      history.note(exampleRecord('last'));
      const kept = history.of('test/make').map(({ stage }) => stage);
      assert.equal(kept.length, 20_001);
      assert.deepEqual([kept[0], kept[1], kept.at(-1)], ['last', '39999', '20000']);
      assert.deepEqual(readdirSync(temporary), isThere ? ['another'] : []);
      history.note(exampleRecord('after'));
      assert.equal(history.of('test/make').length, 20_002);
    });

  it('is no hindrance where it cannot be written', () => {
    const root = fresh();
    writeFileSync(join(root, 'history'), 'a file');
    new History(join(root, 'history'), join(root, 'tmp')).note(exampleRecord('a'));
    assert.ok(!existsSync(join(root, 'tmp')));
  });
});
