import { milliseconds } from '../../foundation/machine/clock.js';
import type { ProgressEvent, RunEvent } from '../../engine/run/event.js';
import { logLine, printable } from '../../foundation/words/terminal.js';
import { cut, padded, widthOf } from '../../foundation/words/width.js';
import { clock, sayDuration } from '../../foundation/numbers/duration.js';
import type { Progress, ProgressOptions } from './progress.js';
import { nameWidthFor, rowLine, ruleOf, type RowLine } from './row-line.js';
import { standardError, type Screen } from './screen.js';
import type { Terminal } from './terminal.js';
import { waitsFor } from './waiting.js';

/** A stage at work, as far as its events tell. */
interface Row {
  readonly stage: string;
  readonly since: number;
  /** When it was last seen to wait: while it does, its work does not come nearer. */
  worksSince: number;
  /** Parts known before it began, and in all; undefined where the work is not divided. */
  readonly parts: { readonly known: number; readonly total: number } | undefined;
  finished: number;
  /** How far each running part is; the whole stage under the empty name. */
  readonly running: Map<string, ProgressEvent | undefined>;
  /** Units done in parts that are finished. */
  unitsBefore: number;
  unit: string;
  waiting: string | undefined;
  line: string | undefined;
}

export interface TreeOptions extends ProgressOptions {
  readonly title: string;
  /** Seconds that a stage took before, where known. */
  readonly usual: (stage: string) => number | undefined;
  /** Seconds until all is done, given those left of the stages at work. */
  readonly left: (stages: ReadonlyMap<string, number>, done: ReadonlySet<string>) => number | undefined;
  /** Where to write, its size, and the source of changes of size. Standard error unless a test says otherwise. */
  readonly screen?: Screen;
}

/** Ten redraws a second are smooth enough, and cost nothing. */
const REDRAWN_EVERY = 100;
/** The mark of a stage at work. */
const TURNING = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const RULE = 24;
const TAIL = 12;

/**
 * The stages at work, redrawn in place below the lines of those that are done. Never more lines than the screen has, each
 * cut to its width, so that going up by as many lines clears exactly what was drawn.
 */
export function treeProgress(terminal: Terminal, options: TreeOptions): Progress {
  const screen = options.screen ?? standardError();
  const now = options.now ?? milliseconds;
  const rows = new Map<string, Row>();
  const done = new Set<string>();
  const { bold, dim, green, red, yellow } = terminal;
  let total = 0;
  let drawn: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const started = now();
  /** Milliseconds in which all that was begun only waited, up to the last drawing. */
  let waited = 0;
  let drawnAt = started;

  /** What goes back to the first of the drawn lines: after a change of width some may have been broken into several. */
  const back = (): string => {
    const { columns } = screen.size();
    const height = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    drawn = [];
    return height === 0 ? '' : `\x1b[${height}A\r`;
  };
  const redraw = (above: readonly string[] = []): void => {
    const clear = back();
    const { columns, rows: height } = screen.size();
    drawn =
      rows.size === 0 && done.size === total
        ? []
        : lines(height - 1, columns - 1).map((line) => cut(line, columns - 1));
    // Each line is written over what it replaces and the rest of it cleared: nothing goes blank in between.
    const notes = above.length === 0 ? '' : `\x1b[J${above.map((line) => `${printable(line)}\n`).join('')}`;
    const text = drawn.map((line) => `${printable(line)}\x1b[K\n`).join('');
    screen.write(`${clear}${notes}${text}\x1b[J`);
  };
  const note = (lines: string | readonly string[]): void => redraw([lines].flat());
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      redraw();
      // Times go on where nothing else happens.
      if (rows.size > 0) soonAgain();
    }, REDRAWN_EVERY);
  };
  const soonAgain = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      soon();
    }, 5 * REDRAWN_EVERY);
    timer.unref();
  };
  const stopListening = screen.onResize(() => redraw());

  const lines = (room: number, columns: number): string[] => {
    const stages = [...rows.values()];
    // Three lines at least are for the head, a stage and the rest.
    const shown = stages.slice(0, Math.max(1, room - 2));
    const width = nameWidthFor(
      shown.map((row) => row.stage),
      columns,
    );
    const mark = yellow(TURNING[Math.floor(now() / REDRAWN_EVERY) % TURNING.length]!);
    const drawnRows = shown.map((row) => textOf(row, mark, width, columns));
    if (shown.length < stages.length) drawnRows.push(dim(`  and ${stages.length - shown.length} more at work`));
    const logs = shown.length === 1 ? shown.flatMap((row) => row.line ?? []) : [];
    const spare = room - 1 - drawnRows.length;
    return [
      head(columns),
      ...drawnRows,
      ...logs.slice(0, Math.max(0, spare)).map((line) => `  ${dim('│')} ${logLine(line, terminal.colour)}`),
    ].slice(0, room);
  };

  const head = (columns: number): string => {
    const atWork = new Map<string, number>();
    let partly = 0;
    for (const row of rows.values()) {
      const seconds = leftOf(row);
      if (seconds !== undefined) atWork.set(row.stage, seconds);
      partly += fractionOf(row) ?? 0;
    }
    const left = options.left(atWork, done);
    if (rows.size > 0 && [...rows.values()].every(({ waiting }) => waiting !== undefined)) waited += now() - drawnAt;
    drawnAt = now();
    const gone = (drawnAt - started) / 1000;
    const worked = gone - waited / 1000;
    const fraction =
      left === undefined ? (done.size + partly) / Math.max(1, total) : worked / Math.max(1e-9, worked + left);
    const facts = [
      `${done.size} of ${total} stages`,
      dim(clock(gone)),
      ...(left === undefined ? [] : [dim(`${clock(left)} left`)]),
    ];
    const line = [bold(options.title), ruleOf(fraction, RULE, terminal), ...facts].join('  ');
    return widthOf(line) <= columns ? line : [bold(options.title), ...facts].join('  ');
  };

  const textOf = (row: Row, mark: string, width: number, columns: number): string => {
    if (row.waiting !== undefined) return `${dim('…')} ${padded(cut(row.stage, width), width)}  ${yellow(row.waiting)}`;
    const seconds = (now() - row.since) / 1000;
    const units = unitsOf(row);
    const left = leftOf(row);
    const line: RowLine = {
      name: row.stage,
      fraction: fractionOf(row),
      left: left === undefined ? undefined : `${clock(left)} left`,
      parts: row.parts && `${row.parts.known + row.finished}/${row.parts.total} parts`,
      elapsed: clock(seconds),
      rate: units > 0 && seconds > 0.5 ? `${sayRate(units / seconds)} ${row.unit}/s` : undefined,
    };
    return rowLine(line, mark, width, columns, terminal);
  };

  /** Seconds left: from how far it is, else from how long it took before. */
  const leftOf = (row: Row): number | undefined => {
    const seconds = row.waiting === undefined ? (now() - row.worksSince) / 1000 : 0;
    const fraction = fractionOf(row);
    if (fraction !== undefined && fraction > 0.02) return (seconds / fraction) * (1 - fraction);
    const usual = options.usual(row.stage);
    return usual === undefined ? undefined : Math.max(0, usual - seconds);
  };

  const settle = (row: Row, waiting: string | undefined): void => {
    if (row.waiting !== undefined && waiting === undefined) row.worksSince = now();
    row.waiting = waiting;
  };

  const rowOf = (stage: string): Row => {
    const known = rows.get(stage);
    if (known !== undefined) return known;
    const row = newRow(stage, now(), undefined);
    rows.set(stage, row);
    return row;
  };

  const onStage = (event: RunEvent & { event: 'stage' }): void => {
    if (event.status === 'running') {
      rows.set(event.stage, newRow(event.stage, now(), event.parts));
      soon();
      return;
    }
    const row = rows.get(event.stage);
    const seconds = (now() - (row?.since ?? now())) / 1000;
    rows.delete(event.stage);
    done.add(event.stage);
    if (event.status === 'executed')
      note(`${green('✔')} ${event.stage} ${dim([sayDuration(seconds), ...workOf(row)].join('  '))}`);
    else if (event.status === 'failed') {
      note(`${red('✘')} ${bold(event.stage)}`);
      const log = options.failureLog(event.stage);
      if (log === undefined) return;
      for (const line of log.tail.slice(-TAIL)) note(`  ${dim('│')} ${logLine(line, terminal.colour)}`);
      note(`  ${dim('the whole log:')} ${log.command}`);
    } else if (rows.size > 0) soon();
  };

  return {
    show: (event) => {
      switch (event.event) {
        case 'started':
          total = event.stages;
          break;
        case 'stage':
          onStage(event);
          break;
        case 'part': {
          const row = rowOf(event.stage);
          if (event.status === 'running') {
            row.running.set(event.part, undefined);
            settle(row, undefined);
          } else {
            row.unitsBefore += row.running.get(event.part)?.total ?? 0;
            if (row.running.delete(event.part) || event.status === 'executed') row.finished += 1;
          }
          soon();
          break;
        }
        case 'progress': {
          const row = rowOf(event.stage);
          row.running.set(event.part ?? '', event);
          row.unit = event.unit;
          settle(row, undefined);
          soon();
          break;
        }
        case 'waiting':
          settle(rowOf(event.stage), `waits for ${waitsFor(event)}`);
          soon();
          break;
        case 'place':
          settle(
            rowOf(event.stage),
            event.phase === 'queued' ? `queued on the cluster: ${printable(event.words)}` : undefined,
          );
          soon();
          break;
        case 'log':
          rowOf(event.stage).line = event.line;
          soon();
          break;
        case 'diagnostic':
          note(options.render(event.diagnostic));
          break;
        case 'point':
        case 'process':
        case 'finished':
          break;
      }
    },
    note,
    end: () => {
      clearTimeout(timer);
      stopListening();
      const clear = back();
      if (clear !== '') screen.write(`${clear}\x1b[J`);
    },
  };
}

function newRow(stage: string, since: number, parts: Row['parts']): Row {
  const running = new Map<string, ProgressEvent | undefined>();
  return {
    stage,
    since,
    worksSince: since,
    parts,
    finished: 0,
    running,
    unitsBefore: 0,
    unit: '',
    waiting: undefined,
    line: undefined,
  };
}

/** Of what was left to do when it began; undefined where nothing tells. */
function fractionOf(row: Row): number | undefined {
  const partly = [...row.running.values()].reduce(
    (sum, progress) => sum + (progress === undefined || progress.total === 0 ? 0 : progress.done / progress.total),
    0,
  );
  if (row.parts === undefined) return row.running.size === 0 ? undefined : Math.min(1, partly);
  const wanted = row.parts.total - row.parts.known;
  return wanted === 0 ? 1 : Math.min(1, (row.finished + partly) / wanted);
}

function unitsOf(row: Row): number {
  return [...row.running.values()].reduce((sum, progress) => sum + (progress?.done ?? 0), row.unitsBefore);
}

/** What a stage has done: `3 parts, 120 images`. */
function workOf(row: Row | undefined): readonly string[] {
  if (row === undefined) return [];
  const parts = row.finished > 0 ? [`${row.finished} ${row.finished === 1 ? 'part' : 'parts'}`] : [];
  const units = unitsOf(row);
  return [[...parts, ...(units > 0 ? [`${units} ${row.unit}`] : [])].join(', ')].filter((text) => text !== '');
}

function sayRate(rate: number): string {
  if (rate >= 100) return rate.toFixed(0);
  return rate >= 1 ? rate.toFixed(1) : rate.toFixed(2);
}
