import type { ServerResponse } from 'node:http';
import { milliseconds } from '../../foundation/machine/clock.js';
import { readLinesFrom } from '../../history/events.js';
import { SeriesReader } from '../model/curves.js';
import type { RunSummary } from '../model/views.js';

/** Milliseconds between two looks at a run's files: nobody sees more often, and the run itself is not asked. */
const EVERY = 400;
/** Bytes that a reader who has fallen behind may leave unread; until then it is sent nothing more. */
const BEHIND = 4 << 20;
/** A word now and then, so that a connection that has gone is noticed. */
const ALIVE = 15_000;

export interface Streamed {
  readonly project: string;
  readonly id: string;
  readonly events: number;
  readonly series: number;
  readonly summary: () => RunSummary | undefined;
}

/**
 * Sends what happens in a run, as server-sent events: `event` (as kept), `point`, `run` where its summary changes (the last of
 * all, when it has ended). Each has for its id where to go on after it.
 */
export function stream(response: ServerResponse, { project, id, summary, ...from }: Streamed): void {
  const reader = new SeriesReader();
  let { events } = from;
  let series = 0;
  let said = '';
  let spoken = milliseconds();
  // Heads of series stand before their points: they are read from the beginning.
  while (series < from.series) {
    const read = readLinesFrom(project, id, 'series', series);
    if (read.next === series) break;
    let at = series;
    for (const line of read.lines) {
      if (at >= from.series) break;
      if (line.startsWith('{')) reader.points([line]);
      at += Buffer.byteLength(line) + 1;
    }
    series = Math.min(read.next, from.series);
  }
  const send = (event: string, data: string): void => {
    response.write(`event: ${event}\nid: ${events}-${series}\ndata: ${data}\n\n`);
    spoken = milliseconds();
  };
  const look = (): void => {
    if (response.writableLength > BEHIND) return;
    const isOver = summary()?.state !== 'running';
    for (;;) {
      const read = readLinesFrom(project, id, 'events', events);
      if (read.next === events) break;
      events = read.next;
      send('events', `[${read.lines.filter(isJson).join(',')}]`);
      if (response.writableLength > BEHIND) return;
    }
    for (;;) {
      const read = readLinesFrom(project, id, 'series', series);
      if (read.next === series) break;
      series = read.next;
      const points = reader.points(read.lines);
      if (points.length > 0) send('points', JSON.stringify(points));
    }
    const now = JSON.stringify(summary());
    if (now !== said) send('run', now);
    said = now;
    if (isOver) response.end();
    else if (milliseconds() - spoken > ALIVE) {
      response.write(': still here\n\n');
      spoken = milliseconds();
    }
  };
  const timer = setInterval(look, EVERY);
  response.on('close', () => clearInterval(timer));
  look();
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
