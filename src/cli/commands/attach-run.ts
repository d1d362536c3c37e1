import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../foundation/machine/clock.js';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { renderDiagnostic } from '../../foundation/failures/code-frame.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { lastRenewal } from '../../history/attendance.js';
import { parseEvent, readLinesFrom, type KeptEvent } from '../../history/events.js';
import { readEntries, readEntry, runsFolder, stateOf, stopRun, type RunEntry } from '../../history/history.js';
import { EXIT } from '../program/exit.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { plainProgress } from '../terminal/plain.js';
import type { FailureLog, Progress, ProgressOptions } from '../terminal/progress.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { summary } from './run-run.js';

export interface AttachOptions {
  readonly run?: string;
  readonly stop?: boolean;
  readonly json?: boolean;
}

const LOOKED_EVERY = 300;
/** A run on another machine that has renewed nothing for so long is taken for dead; network file systems show changes late. */
const SILENCE = 60_000;

/** `fx attach`: what a run says, from its beginning, until it ends; then its exit code. Ctrl-C leaves the run as it is. */
export async function attach(file: string | undefined, options: AttachOptions): Promise<number> {
  const terminal = openTerminal();
  const project = findProject(resolve(file ?? 'experiment.yaml'), diskFiles);
  const entry = find(project, file, options.run);
  if (entry === undefined) {
    const which = options.run === undefined ? (file === undefined ? '' : ` of ${file}`) : ` \`${options.run}\``;
    const help = 'fx run begins one; fx list and fx ui show those that are kept';
    const none = failure('attach/no-run', `no run${which} is kept in ${project}`, help);
    return showDiagnostics([none], () => undefined, terminal, options);
  }
  if (options.stop === true) {
    if (!stopRun(project, entry)) {
      const words = `the run is not at work: it is ${stateOf(entry)}`;
      return showDiagnostics([failure('attach/not-running', words)], () => undefined, terminal, options);
    }
    terminal.note(terminal.dim('asked to stop; what is finished is kept'));
  }
  return follow(project, entry, terminal, options);
}

/** The run of that id; else the latest of the experiment, one at work before all others. */
function find(project: string, file: string | undefined, id: string | undefined): RunEntry | undefined {
  if (id !== undefined) return readEntry(project, id);
  const own = readEntries(project).filter((each) => file === undefined || isSameFile(each.file, file, project));
  return own.find((each) => stateOf(each) === 'running') ?? own[0];
}

/** Both are as they were named, from this folder or from the project. */
function isSameFile(a: string, b: string, project: string): boolean {
  return resolve(a) === resolve(b) || resolve(project, a) === resolve(b);
}

async function follow(project: string, entry: RunEntry, terminal: Terminal, options: AttachOptions): Promise<number> {
  const left = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => left.abort());
  const folder = join(runsFolder(project), entry.id);
  const clock = new RunClock();
  const tails = new Map<string, string[]>();
  const progress = await openProgress(entry, tails, clock, terminal, options);
  const pulse = new Pulse(folder);
  for (let next = 0; ;) {
    // Whether it is at work before what it said: nothing is said after its end.
    const now = readEntry(project, entry.id) ?? entry;
    const state = stateOf(now) === 'running' && !isHere(now) && pulse.isStill() ? 'killed' : stateOf(now);
    const read = readLinesFrom(project, entry.id, 'events', next);
    next = read.next;
    for (const event of read.lines.flatMap((line) => parseEvent(line) ?? [])) {
      clock.set(event.at);
      hear(event, tails, progress, terminal, options);
    }
    clock.goOn();
    if (read.lines.length > 0) continue;
    if (state !== 'running') return bid(now, state, folder, progress, terminal, options);
    if (left.signal.aborted) {
      progress.end();
      terminal.note(terminal.dim(`the run goes on; fx attach ${entry.file} shows it again`));
      return EXIT.done;
    }
    await sleep(LOOKED_EVERY, undefined, { signal: left.signal }).catch(() => undefined);
  }
}

function hear(
  event: KeptEvent,
  tails: Map<string, string[]>,
  progress: Progress,
  terminal: Terminal,
  { json }: AttachOptions,
): void {
  if (json === true) {
    terminal.json(event);
    return;
  }
  if (event.event === 'resources') return;
  if (event.event === 'log') {
    const tail = tails.get(event.stage) ?? [];
    tails.set(event.stage, [...tail.slice(-TAIL), event.line]);
  }
  progress.show(event);
}

/** What the run ended with, in the words of `fx run`. */
function bid(
  { ended, experiment, file }: RunEntry,
  state: ReturnType<typeof stateOf>,
  folder: string,
  progress: Progress,
  terminal: Terminal,
  { json }: AttachOptions,
): number {
  if (json === true) terminal.json({ event: 'ended', state, ...(ended ?? {}) });
  else if (ended === null) {
    progress.note(`${terminal.red('killed')} the run’s process is gone; fx run ${file} takes up what it left`);
  } else {
    const parts = { executed: 0, reused: 0 };
    progress.note(summary(experiment, { ...ended, parts }, state === 'interrupted', terminal));
    const report = join(folder, 'report', 'report.html');
    if (existsSync(report)) progress.note(`${terminal.dim('report')} ${relative(process.cwd(), report)}`);
  }
  progress.end();
  return state === 'done' ? EXIT.done : state === 'interrupted' ? EXIT.interrupted : EXIT.failed;
}

async function openProgress(
  { experiment, file }: RunEntry,
  tails: ReadonlyMap<string, readonly string[]>,
  clock: RunClock,
  terminal: Terminal,
  { json }: AttachOptions,
): Promise<Progress> {
  const failureLog = (stage: string): FailureLog | undefined => {
    const tail = tails.get(stage);
    return tail && { tail, command: `fx show ${file} ${stage} --log` };
  };
  const options: ProgressOptions = {
    render: (diagnostic) => renderDiagnostic(diagnostic, () => undefined, { colour: terminal.colour }).split('\n'),
    failureLog,
    now: () => clock.now(),
  };
  if (!terminal.live || json === true) return plainProgress(terminal, options);
  const { treeProgress } = await import('../terminal/tree.js');
  return treeProgress(terminal, { ...options, title: experiment, usual: () => undefined, left: () => undefined });
}

function isHere({ process: owner }: RunEntry): boolean {
  return owner === undefined || owner.host === hostname();
}

/** Milliseconds since the run began: of what it said, and after that as time goes on. */
class RunClock {
  #at = 0;
  #since: number | undefined;

  set(seconds = 0): void {
    this.#at = Math.max(this.#at, seconds * 1000);
    this.#since = undefined;
  }

  goOn(): void {
    this.#since ??= milliseconds();
  }

  now(): number {
    return this.#at + (this.#since === undefined ? 0 : milliseconds() - this.#since);
  }
}

/** Whether a run renews what says that it is there. Two clocks are never compared: only that of the file is, with itself. */
class Pulse {
  readonly #folder: string;
  #last: number | undefined;
  #since = milliseconds();

  constructor(folder: string) {
    this.#folder = folder;
  }

  isStill(): boolean {
    const renewed = lastRenewal(this.#folder);
    if (renewed !== this.#last) {
      this.#last = renewed;
      this.#since = milliseconds();
    }
    return milliseconds() - this.#since > SILENCE;
  }
}

/** Lines of a failed stage's log that are shown. */
const TAIL = 20;
