import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  beginning,
  CHECKPOINT_FILES,
  loadCheckpoint,
  saveCheckpoint,
} from '../../../src/plugins/recognition/learning/checkpoint/checkpoint.js';
import { inFolder, NETWORK, RECIPE } from './tiny.js';

describe('a checkpoint', () => {
  const epoch = { epoch: 1, rate: 0.1, loss: 0.2, active: 0.3, spread: 0.4, idleBatches: 0 };
  const made = { ...beginning(NETWORK, RECIPE), epoch: 1, updates: 12, history: [epoch] };
  const load = (folder: string) => loadCheckpoint((file) => join(folder, file), NETWORK, RECIPE);

  it('is read as it was saved', () =>
    inFolder((folder) => {
      saveCheckpoint(folder, NETWORK, RECIPE, made);
      assert.deepEqual(load(folder), { ok: true, value: made });
    }));

  it('keeps what the loss is scaled by, and is refused where that is no scale', () =>
    inFolder((folder) => {
      const scaled = { ...made, lossScale: { scale: 2 ** 15, steady: 3 } };
      saveCheckpoint(folder, NETWORK, RECIPE, scaled);
      assert.deepEqual(load(folder), { ok: true, value: scaled });
      for (const lossScale of [{ scale: -1, steady: 3 }, { scale: 2 }, 65536]) {
        saveCheckpoint(folder, NETWORK, RECIPE, { ...made, lossScale: lossScale as never });
        const read = load(folder);
        assert.ok(!read.ok && read.error[0]!.code === 'learning/damaged-file', JSON.stringify(lossScale));
      }
    }));

  it('is refused where either of its files is cut off, empty or another', () =>
    inFolder((folder) => {
      for (const file of Object.values(CHECKPOINT_FILES)) {
        saveCheckpoint(folder, NETWORK, RECIPE, made);
        const path = join(folder, file);
        const whole = readFileSync(path);
        for (const bytes of [whole.subarray(0, whole.length >> 1), Buffer.from('{}'), Buffer.alloc(0)]) {
          writeFileSync(path, bytes);
          const read = load(folder);
          assert.ok(!read.ok, `${file} of ${bytes.length} bytes`);
          assert.equal(read.error[0]!.code, 'learning/damaged-file');
        }
      }
    }));
});
