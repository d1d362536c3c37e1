import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Call, Walk } from './walked.js';

/** From the lowest. A room calls rooms below its own. */
const ROOMS = [
  'foundation',
  'engine/document',
  'engine/values',
  'engine/schemas',
  'engine/experiment',
  'engine/graph',
  'engine/reading',
];
/** What the phases after the document know of it: its tree, not how texts are read. */
const TREE = ['node', 'source', 'codes', 'overlay', 'settings', 'files'].map((name) => `engine/document/${name}`);

describe('the way of a parameter from the YAML to its stage', function () {
  this.timeout(60_000);
  let walk: Walk;

  before(() => {
    const script = fileURLToPath(new URL('walked.js', import.meta.url));
    walk = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as Walk;
  });

  const between = ({ from, to }: Call): boolean => roomOf(from) !== roomOf(to);

  it('ends at the value in its canonical unit', () => {
    assert.deepEqual((walk.pose as { yaw: unknown }).yaw, { type: 'uniform', low: -90, high: 90 });
  });

  it('goes through seven rooms, each of which calls those below it alone', () => {
    const rooms = new Set(walk.calls.flatMap(({ from, to }) => [roomOf(from), roomOf(to)]));
    assert.deepEqual([...rooms].sort(), [...ROOMS].sort());
    const upward = walk.calls.filter((call) => between(call) && level(call.to) >= level(call.from));
    assert.deepEqual(upward, []);
  });

  it('never returns to an earlier phase', () => {
    const driver = 'engine/reading/read-experiment';
    const phases = ['engine/document', 'engine/experiment', 'engine/graph'];
    const begun = walk.calls.filter(({ from, to }) => from === driver && phases.includes(roomOf(to)));
    const named = begun.map(({ name }) => name).filter((name) => name !== 'look');
    assert.deepEqual(named, ['compose', 'readSettings', 'toExperiment', 'toGraph']);
    const returns = walk.calls.filter(
      ({ from, to }) =>
        from !== driver &&
        ((roomOf(from) === 'engine/graph' && roomOf(to) === 'engine/experiment') ||
          (roomOf(to) === 'engine/document' && roomOf(from) !== 'engine/document' && !TREE.includes(to))),
    );
    assert.deepEqual(returns, []);
  });
});

/** The room that a module lies in, whatever folder of it. */
function roomOf(file: string): string {
  const room = ROOMS.find((each) => file.startsWith(`${each}/`));
  assert.ok(room !== undefined, `${file} is in none of the rooms`);
  return room;
}

function level(file: string): number {
  return ROOMS.indexOf(roomOf(file));
}
