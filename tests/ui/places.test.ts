import assert from 'node:assert/strict';
import type { RunEvent } from '../../src/engine/run/event.js';
import { parseEvent } from '../../src/history/events.js';
import { placesOf } from '../../src/ui/model/places.js';
import { apply, beginRun, type RunProgress } from '../../src/ui/model/run.js';

const RUNNING: RunEvent = { event: 'stage', stage: 'train', status: 'running', parts: { known: 0, total: 300 } };

function part(name: string, phase: 'queued' | 'running' | 'waiting', words: string, node = ''): readonly RunEvent[] {
  return [
    { event: 'part', stage: 'train', part: name, status: 'running' },
    { event: 'place', stage: 'train', part: name, phase, words, node },
  ];
}

/** As the page hears it: each event as the line that was kept. */
function fold(...events: readonly RunEvent[]): RunProgress {
  const run = beginRun(undefined);
  for (const event of events) apply(run, parseEvent(JSON.stringify({ ...event, at: 1 }))!);
  return run;
}

const summary = (run: RunProgress): string | undefined => placesOf(run.stages.train!)?.summary;

describe('where the parts of a stage are', () => {
  it('is nothing to speak of where the work is done by the machine of the run', () => {
    assert.equal(summary(fold(RUNNING, { event: 'part', stage: 'train', part: 'a', status: 'running' })), undefined);
  });

  it('is known of each: on a node, in the queue with the reason, behind others', () => {
    const run = fold(
      RUNNING,
      ...part('a', 'queued', 'PENDING (Priority)'),
      ...part('b', 'running', '7_0', 'n2'),
      ...part('c', 'waiting', ''),
      ...part('d', 'running', '7_1', 'n3'),
      ...part('e', 'queued', 'PENDING (Priority)'),
    );
    assert.equal(summary(run), '1 on n2 · 1 on n3 · 2 queued: PENDING (Priority) · 1 waiting for a free job');
    assert.deepEqual(
      placesOf(run.stages.train!)!.parts.map(({ part, says }) => `${part}: ${says}`),
      [
        'b: on n2, job 7_0',
        'd: on n3, job 7_1',
        'a: queued: PENDING (Priority)',
        'e: queued: PENDING (Priority)',
        'c: waiting for a free job',
      ],
    );
  });

  it('is kept through what a part says of its progress, and forgotten at its end', () => {
    const progress: RunEvent = { event: 'progress', stage: 'train', part: 'a', done: 5, total: 10, unit: 'images' };
    const run = fold(RUNNING, ...part('a', 'running', '7_0', 'n2'), progress);
    assert.equal(placesOf(run.stages.train!)!.parts[0]!.progress, '5 of 10 images');
    apply(run, { event: 'part', stage: 'train', part: 'a', status: 'executed' });
    assert.equal(summary(run), undefined);
  });

  it('goes from the queue to a node, of a stage that is not divided too', () => {
    const run = fold({ event: 'stage', stage: 'train', status: 'running' });
    const place = (phase: 'queued' | 'running', words: string, node: string): void =>
      apply(run, { event: 'place', stage: 'train', phase, words, node });
    place('queued', 'PENDING (Resources)', '');
    assert.equal(summary(run), 'queued: PENDING (Resources)');
    place('running', '7_0', 'n1');
    assert.equal(summary(run), 'on n1');
  });

  it('is that of the part alone, whatever a stranger calls it', () => {
    const run = fold(RUNNING, ...part('__proto__', 'running', '7_0', 'n2'));
    assert.equal(placesOf(run.stages.train!)!.parts[0]!.part, '__proto__');
    assert.equal(({} as { readonly place?: unknown }).place, undefined);
  });
});
