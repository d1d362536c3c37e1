import assert from 'node:assert/strict';
import type { StageNode } from '../../../src/engine/graph/graph.js';
import type { Made } from '../../../src/engine/artifacts/store/history.js';
import { estimate, scheduleSeconds, wholeSeconds } from '../../../src/engine/plan/estimate.js';
import type { EarlierResults } from '../../../src/engine/plan/explain.js';

/** Stages by name: seconds, what they read, how their work is divided. */
type Work = Readonly<Record<string, readonly [number, readonly string[], ('shards' | 'chain')?]>>;

function seconds(work: Work, cores: number): number {
  const stages = Object.entries(work).map(([id, [time, reads, shape]]) => {
    const inputs = reads.map((stage) => ({ stage }));
    const kind = shape === undefined ? {} : { division: { shape } };
    return { node: { id, inputs, kind } as unknown as StageNode, seconds: time };
  });
  return scheduleSeconds(stages, cores);
}

describe('how long stages take', () => {
  it('is their longest chain where cores are enough', () => {
    assert.equal(seconds({ a: [10, []], b: [20, ['a']], c: [5, ['b']], d: [12, ['a']] }, 8), 35);
    assert.equal(seconds({ a: [10, []], b: [25, []], c: [5, ['a', 'b']] }, 8), 30);
  });

  it('is all the work divided by the cores where those are few', () => {
    assert.equal(seconds({ a: [10, []], b: [10, []], c: [10, []] }, 1), 30);
    assert.equal(seconds({ a: [10, []], b: [10, []], c: [10, []], d: [10, []] }, 2), 20);
  });

  it('is divided by the cores for shards, and not for links', () => {
    assert.equal(seconds({ a: [40, [], 'shards'] }, 4), 10);
    assert.equal(seconds({ a: [40, [], 'chain'] }, 4), 40);
    assert.equal(seconds({ a: [40, [], 'shards'], b: [40, ['a'], 'chain'] }, 4), 50);
  });

  it('is not said where nothing that is to run was ever timed, however much is known', () => {
    const earlier = {
      made: (kind: string) => (kind === 'timed' ? [{ stage: 'other', duration: 7 }] : []),
    } as unknown as EarlierResults;
    const stage = (id: string, kind: string, status: string): object => ({
      status,
      node: { id, name: id, inputs: [], kind: { name: kind } },
    });
    const of = (...stages: readonly object[]): unknown => estimate({ stages } as never, earlier, 1);
    assert.deepEqual(of(stage('a', 'timed', 'hit'), stage('b', 'new', 'pending')), { seconds: undefined, untimed: 1 });
    assert.deepEqual(of(stage('a', 'timed', 'pending'), stage('b', 'new', 'pending')), { seconds: 7, untimed: 1 });
    assert.deepEqual(of(stage('a', 'timed', 'hit')), { seconds: 0, untimed: 0 });
  });

  it('is what its own, its replicates or stages of its name took before, however many others of its kind there are', () => {
    const made: Partial<Made>[] = [];
    for (const arm of ['a', 'b', 'c'])
      for (const replicate of [1, 2, 3])
        for (const epoch of ['1', '2', '3', '4'])
          made.push({
            stage: `train[arm=${arm},replicate=${replicate}]`,
            part: `epoch-${epoch}`,
            duration: arm === 'a' ? 10 : 20,
          });
    const of = (id: string): number | undefined => {
      const node = { id, name: id.replace(/\[.*/, ''), kind: { name: 'k', division: { shape: 'chain' } } };
      return wholeSeconds(node as unknown as StageNode, { made: () => made } as unknown as EarlierResults);
    };
    assert.equal(of('train[arm=a,replicate=2]'), 40);
    assert.equal(of('train[arm=a,replicate=9]'), 40);
    assert.equal(of('train[arm=b,replicate=9]'), 80);
    assert.equal(of('train[arm=new,replicate=1]'), 40, 'the latest nine parts of its name: the first nine here');
    assert.equal(of('pretrain'), 40);
  });
});
