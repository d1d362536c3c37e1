import type { RunEvent } from '../../engine/run/event.js';
import { sayDuration } from './duration.js';
import type { Terminal } from './terminal.js';

/** A line for everything worth one: for logs, pipes and CI. */
export function plainProgress(terminal: Terminal): (event: RunEvent) => void {
  const { note, bold, dim, red, green } = terminal;
  return (event) => {
    switch (event.event) {
      case 'stage':
        if (event.status === 'running') note(`${dim('start')}  ${event.stage}`);
        else if (event.status === 'executed')
          note(`${green('done')}   ${event.stage} ${dim(sayDuration(event.seconds ?? 0))}`);
        else if (event.status === 'failed') note(`${red('failed')} ${bold(event.stage)}`);
        else if (event.status === 'skipped') note(`${dim('skip')}   ${event.stage}`);
        break;
      case 'part':
        if (event.status === 'executed') note(`       ${dim(`${event.stage} ${event.part}`)}`);
        break;
      case 'waiting':
        note(`${dim('wait')}   ${event.stage} is being made by process ${event.pid} on ${event.host}`);
        break;
      case 'log':
        note(`       ${dim(`${event.stage} |`)} ${event.line}`);
        break;
      case 'started':
      case 'progress':
      case 'diagnostic':
      case 'finished':
        break;
    }
  };
}
