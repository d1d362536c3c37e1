import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEvent, readLinesFrom } from '../../history/events.js';
import { readGraph } from '../../history/graph.js';
import { readEntry, runIds, runsFolder, stateOf, type RunEntry } from '../../history/history.js';
import { Curves } from '../model/curves.js';
import { graphView, type GraphView } from '../model/drawing.js';
import { apply, beginRun, type RunProgress } from '../model/run.js';
import type { RunsView, RunSummary, RunView } from '../model/views.js';

/** Runs that are held open, with all their curves: those looked at last. */
const HELD = 3;

/** The runs of a project as they are kept. */
export class Runs {
  readonly #project: string;
  /** Of runs that ended: their entries do not change. */
  readonly #ended = new Map<string, RunSummary>();
  readonly #open = new Map<string, OpenRun>();

  constructor(project: string) {
    this.#project = project;
  }

  list(): RunsView {
    const ids = runIds(this.#project);
    if (this.#ended.size > 2 * ids.length) this.#ended.clear();
    return { runs: ids.flatMap((id) => this.summary(id) ?? []) };
  }

  summary(id: string): RunSummary | undefined {
    const known = this.#ended.get(id);
    if (known !== undefined) return known;
    const entry = readEntry(this.#project, id);
    if (entry === undefined) return undefined;
    const summary = this.#summaryOf(entry);
    if (summary.ended !== null) this.#ended.set(id, summary);
    return summary;
  }

  entry(id: string): RunEntry | undefined {
    return readEntry(this.#project, id);
  }

  /** Read as far as it has come. */
  open(id: string): OpenRun | undefined {
    if (this.summary(id) === undefined) return undefined;
    const open = this.#open.get(id) ?? new OpenRun(this.#project, id);
    this.#open.delete(id);
    this.#open.set(id, open);
    for (const old of [...this.#open.keys()].slice(0, -HELD)) this.#open.delete(old);
    open.readOn();
    return open;
  }

  view(id: string): RunView | undefined {
    const open = this.open(id);
    const run = this.summary(id);
    if (open === undefined || run === undefined) return undefined;
    return {
      run,
      canStop: run.state === 'running' && this.entry(id)?.process !== undefined,
      progress: open.progress,
      ...(open.graph === undefined ? {} : { graph: open.graph }),
      measures: open.curves.names,
      next: { events: open.events, series: open.series },
    };
  }

  #summaryOf(entry: RunEntry): RunSummary {
    const { id, experiment, profile, file, set, commit, began, ended } = entry;
    const hasReport = existsSync(join(runsFolder(this.#project), id, 'report', 'report.json'));
    return { id, experiment, profile, file, set, commit, began, ended, state: stateOf(entry), hasReport };
  }
}

/** What was kept of a run, read from where it was left off. */
export class OpenRun {
  readonly progress: RunProgress;
  readonly curves = new Curves();
  readonly graph: GraphView | undefined;
  /** Bytes read. */
  events = 0;
  series = 0;
  readonly #project: string;
  readonly #id: string;

  constructor(project: string, id: string) {
    this.#project = project;
    this.#id = id;
    const graph = readGraph(project, id);
    this.progress = beginRun(graph);
    this.graph = graph === undefined || graph.stages.length === 0 ? undefined : graphView(graph);
  }

  readOn(): void {
    for (;;) {
      const { lines, next } = readLinesFrom(this.#project, this.#id, 'events', this.events);
      if (next === this.events) break;
      this.events = next;
      for (const line of lines) {
        const event = parseEvent(line);
        if (event !== undefined) apply(this.progress, event);
      }
    }
    for (;;) {
      const { lines, next } = readLinesFrom(this.#project, this.#id, 'series', this.series);
      if (next === this.series) break;
      this.series = next;
      this.curves.add(lines);
    }
  }
}
