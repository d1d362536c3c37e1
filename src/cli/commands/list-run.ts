import { join } from 'node:path';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { EXIT } from '../program/exit.js';
import { readEntries, stateOf, type RunEntry } from '../../history/history.js';
import { sayDuration } from '../../foundation/numbers/duration.js';
import { columns } from '../terminal/table.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';

export interface ListOptions {
  readonly last: number;
  readonly json?: boolean;
}

/** `fx list`: the runs of this project, the latest first. */
export function list(options: ListOptions): number {
  const terminal = openTerminal();
  const project = findProject(join(process.cwd(), 'experiment.yaml'), diskFiles);
  const entries = readEntries(project).slice(0, options.last);
  if (options.json === true) {
    terminal.json({ schema: 'fx/list@1', runs: entries.map((entry) => ({ ...entry, state: stateOf(entry) })) });
    return EXIT.done;
  }
  if (entries.length === 0) {
    terminal.note(`nothing has run in ${project} yet`);
    return EXIT.done;
  }
  const head = ['began', 'experiment', 'profile', 'commit', 'state', 'took', 'stages', 'claims', 'set'];
  const { bold } = terminal.result;
  terminal.say(columns([head.map((each) => bold(each)), ...entries.map((entry) => row(entry, terminal))]));
  return EXIT.done;
}

function row(entry: RunEntry, terminal: Terminal): readonly string[] {
  const { green, red, yellow, dim, bold } = terminal.result;
  const state = stateOf(entry);
  const paint = { done: green, failed: red, interrupted: yellow, running: yellow, killed: red }[state];
  const { ended } = entry;
  const counts = ended === null ? [] : Object.entries(ended.stages).filter(([, count]) => count > 0);
  const verdicts = Object.entries(ended?.verdicts ?? {}).filter(([, count]) => count > 0);
  const said = (entries: readonly (readonly [string, number])[]): string =>
    entries.map(([what, count]) => `${count} ${what}`).join(', ');
  return [
    entry.began.slice(0, 19).replace('T', ' '),
    bold(entry.experiment),
    entry.profile,
    dim(entry.commit?.slice(0, 8) ?? ''),
    paint(state),
    ended === null ? '' : sayDuration(ended.seconds),
    said(counts),
    said(verdicts),
    entry.set.join(' '),
  ];
}
