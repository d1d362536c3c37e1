import { milliseconds } from '../../foundation/machine/clock.js';
import type { RunEvent } from '../../engine/run/event.js';
import { logLine, printable } from '../../foundation/words/terminal.js';
import { sayDuration } from '../../foundation/numbers/duration.js';
import type { Progress, ProgressOptions } from './progress.js';
import type { Terminal } from './terminal.js';
import { waitsFor } from './waiting.js';

/** A line for everything worth one: for logs, pipes and CI. */
export function plainProgress(terminal: Terminal, options: ProgressOptions): Progress {
  const { note, bold, dim, red, green, yellow } = terminal;
  const now = options.now ?? milliseconds;
  const started = new Map<string, number>();
  /** Why jobs are queued, each reason once: a log of a run that never starts would say nothing. */
  const queued = new Set<string>();
  /** With all its parts. */
  const took = (stage: string): string => sayDuration((now() - (started.get(stage) ?? 0)) / 1000);
  return {
    show: (event) => {
      switch (event.event) {
        case 'stage':
          if (event.status === 'running') {
            started.set(event.stage, now());
            note(`${dim('start')}  ${event.stage}`);
          } else if (event.status === 'executed') note(`${green('done')}   ${event.stage} ${dim(took(event.stage))}`);
          else if (event.status === 'failed') {
            note(`${red('failed')} ${bold(event.stage)}`);
            const log = options.failureLog(event.stage);
            if (log !== undefined) note(`       ${dim('the whole log:')} ${log.command}`);
          } else if (event.status === 'skipped') note(`${dim('skip')}   ${event.stage}`);
          break;
        case 'part':
          if (event.status === 'executed') note(`       ${dim(`${event.stage} ${event.part}`)}`);
          break;
        case 'waiting':
          note(`${yellow('wait')}   ${event.stage} for ${waitsFor(event)}`);
          break;
        case 'log':
          note(`       ${dim(`${event.stage} |`)} ${logLine(event.line, terminal.colour)}`);
          break;
        case 'diagnostic':
          note(options.render(event.diagnostic));
          break;
        case 'place':
          if (event.phase === 'queued' && !queued.has(event.words)) {
            queued.add(event.words);
            note(`${yellow('queue')}  ${event.stage} on the cluster: ${printable(event.words)}`);
          }
          break;
        case 'started':
        case 'progress':
        case 'point':
        case 'process':
        case 'finished':
          break;
      }
    },
    note,
    end: () => undefined,
  };
}

/** One event a line on standard output, `finished` the last of all. */
export function jsonProgress(terminal: Terminal): Progress {
  let last: RunEvent | undefined;
  return {
    show: (event) => {
      if (event.event === 'finished') last = event;
      else terminal.json(event);
    },
    note: () => undefined,
    end: () => {
      if (last !== undefined) terminal.json(last);
    },
  };
}
