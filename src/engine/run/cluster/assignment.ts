import { milliseconds } from '../../../foundation/machine/clock.js';
import type { Fleet } from './fleet.js';
import type { Entry, Pilot } from './hand.js';
import type { Mailbox } from './mailbox.js';
import { MOST_AHEAD, type Pacing } from './pacing.js';
import { nameOf, reportPlace, sameSize, type Queue } from './queue.js';

interface Desk {
  readonly mail: Mailbox;
  readonly fleet: Fleet;
  readonly queue: Queue;
  readonly pacing: Pacing;
}

/** Sends the tasks that wait to the pilots that have room for them. */
export function assign(desk: Desk): void {
  const open = new Set(
    [...desk.fleet].filter(
      (pilot) => pilot.phase === 'ready' && pilot.goneSince === undefined && pilot.hand.size < MOST_AHEAD,
    ),
  );
  for (const pilot of open) {
    if (!isOutOfTime(desk, pilot)) continue;
    open.delete(pilot);
    desk.mail.end(pilot.id);
    desk.fleet.end(pilot);
  }
  // If the pilot with the least in hand has no room for a task, others like it wait for the next look.
  const full = new Set<string>();
  desk.queue.take(
    (entry) => {
      const alike = `${nameOf(entry.size)} ${entry.options.series}`;
      const pilot = full.has(alike) ? undefined : leastBusy(open, entry);
      if (pilot === undefined || pilot.hand.size >= roomBehind(desk.pacing, pilot, entry)) {
        full.add(alike);
        return false;
      }
      send(desk.mail, pilot, entry);
      if (pilot.hand.size >= MOST_AHEAD) open.delete(pilot);
      return true;
    },
    () => open.size === 0,
  );
}

/**
 * Whether the next task for a pilot would not be done in the time that its job has left. Such a job ends, and another has its whole time
 * for the task. A pilot that has done nothing yet tries: the task may be as long as any job.
 */
function isOutOfTime({ queue, pacing }: Desk, { size, answered, hand, ends }: Pilot): boolean {
  const next = queue.next(size);
  if (next === undefined || answered === 0 || hand.size > 0 || ends === undefined) return false;
  return ends - milliseconds() <= 1000 * (pacing.expected(next.options.series) ?? 0);
}

/** Tasks that a pilot may have in hand with this one: behind one of unknown length none waits. */
function roomBehind(pacing: Pacing, { hand }: Pilot, { options }: Entry): number {
  const series = [options.series, ...[...hand.values()].flatMap((entry) => entry?.options.series ?? [])];
  return Math.min(...[...new Set(series)].map((each) => pacing.ahead(each)));
}

/** The pilot with the least in hand; among those, one whose last task was of the same series, which is warm. */
function leastBusy(open: Iterable<Pilot>, { size, options }: Entry): Pilot | undefined {
  let best: Pilot | undefined;
  for (const pilot of open) {
    if (!sameSize(pilot.size, size)) continue;
    if (best === undefined || pilot.hand.size < best.hand.size) best = pilot;
    else if (pilot.hand.size > best.hand.size || best.series === options.series) continue;
    else if (pilot.series === options.series) best = pilot;
  }
  return best;
}

function send(mail: Mailbox, pilot: Pilot, entry: Entry): void {
  const n = pilot.sent;
  const { key, memory, gpus, timeout, series } = entry.options;
  mail.send(pilot.id, {
    n,
    key,
    task: entry.task,
    memory,
    gpus,
    series,
    ...(timeout === undefined ? {} : { timeout }),
  });
  pilot.sent += 1;
  pilot.series = series;
  pilot.hand.set(n, entry);
  entry.at = { pilot, n };
  reportPlace(entry, { phase: 'running', words: pilot.id, node: pilot.node });
}
