import type { KeptEvent, ResourcesEvent } from '../../history/events.js';
import type { RunGraph, RunKind } from '../../history/graph.js';

/**
 * A run as it goes: what its events come to. The server folds what is kept, and the page goes on with each event that follows,
 * so both see one state. It is plain JSON.
 */
export interface RunProgress {
  readonly title: string;
  readonly kinds: Readonly<Record<string, RunKind>>;
  /** In the order of the graph. */
  readonly order: string[];
  readonly stages: Record<string, StageProgress>;
  /** The latest lines, the oldest first. */
  readonly log: LogLine[];
  /** Lines that were forgotten. */
  forgotten: number;
  readonly notices: Notice[];
  readonly resources: (ResourcesEvent & { readonly at?: number })[];
  /** Seconds since the run began, of the last event. */
  at: number;
  cores: number;
}

export type StageStatus = 'waiting' | 'running' | 'reused' | 'executed' | 'failed' | 'skipped';

export interface StageProgress {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly reads: readonly string[];
  status: StageStatus;
  key?: string;
  seconds?: number;
  /** When it began, in seconds of the run. */
  began?: number;
  parts?: { known: number; total: number };
  /** Shares of the parts at work, by their names; of a stage that is not divided, under ''. */
  atWork: Record<string, Work>;
  /** Who makes its result meanwhile. */
  waitsFor?: string;
}

export interface Work {
  done: number;
  total: number;
  unit: string;
  /** Where it is, if that is not the machine of the run. */
  place?: Place;
}

export type Place = Omit<KeptEvent & { readonly event: 'place' }, 'event' | 'stage' | 'part' | 'at'>;

export interface LogLine {
  readonly stage: string;
  readonly part?: string;
  readonly line: string;
}

export interface Notice {
  readonly stage?: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly help?: string;
  readonly code: string;
}

const MOST_LINES = 1000;
const MOST_NOTICES = 200;
const MOST_SAMPLES = 2000;

export function beginRun(graph: RunGraph | undefined): RunProgress {
  const stages: Record<string, StageProgress> = Object.create(null) as Record<string, StageProgress>;
  const order: string[] = [];
  for (const stage of graph?.stages ?? []) {
    stages[stage.id] = { ...stage, status: 'waiting', atWork: {} };
    order.push(stage.id);
  }
  return {
    title: graph?.title ?? '',
    kinds: graph?.kinds ?? {},
    order,
    stages,
    log: [],
    forgotten: 0,
    notices: [],
    resources: [],
    at: 0,
    cores: 0,
  };
}

/** Takes in an event. */
export function apply(run: RunProgress, event: KeptEvent): void {
  if (event.at !== undefined) run.at = Math.max(run.at, event.at);
  switch (event.event) {
    case 'started':
      run.cores = event.cores;
      break;
    case 'stage': {
      const stage = stageOf(run, event.stage);
      stage.status = event.status;
      if (event.key !== undefined) stage.key = event.key;
      if (event.seconds !== undefined) stage.seconds = event.seconds;
      if (event.parts !== undefined) stage.parts = { ...event.parts };
      if (event.status === 'running' && event.at !== undefined) stage.began = event.at;
      if (event.status !== 'running') {
        stage.atWork = {};
        delete stage.waitsFor;
      }
      break;
    }
    case 'part': {
      const stage = stageOf(run, event.stage);
      if (event.status === 'running') work(stage, event.part, {});
      else {
        const { [event.part]: _, ...others } = stage.atWork;
        stage.atWork = others;
        if (stage.parts !== undefined && event.status !== 'failed')
          stage.parts.known = Math.min(stage.parts.total, stage.parts.known + 1);
      }
      break;
    }
    case 'progress': {
      const { done, total, unit } = event;
      const stage = stageOf(run, event.stage);
      delete stage.waitsFor;
      work(stage, event.part, { done, total, unit });
      break;
    }
    case 'log':
      run.log.push({
        stage: event.stage,
        line: event.line,
        ...(event.part === undefined ? {} : { part: event.part }),
      });
      run.forgotten += shorten(run.log, MOST_LINES);
      break;
    case 'waiting':
      stageOf(run, event.stage).waitsFor = `process ${event.pid} on ${event.host}`;
      break;
    case 'place': {
      const { phase, words, node } = event;
      work(stageOf(run, event.stage), event.part, { place: { phase, words, node } });
      break;
    }
    case 'diagnostic': {
      const { severity, message, help, code } = event.diagnostic;
      run.notices.push({
        severity,
        message,
        code,
        ...(help === undefined ? {} : { help }),
        ...(event.stage === undefined ? {} : { stage: event.stage }),
      });
      shorten(run.notices, MOST_NOTICES);
      break;
    }
    case 'resources':
      run.resources.push(event);
      shorten(run.resources, MOST_SAMPLES);
      break;
    case 'finished':
    case 'point':
    case 'process':
      break;
  }
}

/** Notes news of a part at work, or of a stage that is not divided. A new object: parts may be called `__proto__`. */
function work(stage: StageProgress, part = '', news: Partial<Work>): void {
  const known = Object.hasOwn(stage.atWork, part) ? stage.atWork[part] : undefined;
  stage.atWork = { ...stage.atWork, [part]: { done: 0, total: 0, unit: '', ...known, ...news } };
}

/** A stage of which the graph is not known is known by its events. */
function stageOf(run: RunProgress, id: string): StageProgress {
  const known = run.stages[id];
  if (known !== undefined) return known;
  const stage: StageProgress = {
    id,
    name: id.replace(/\[.*$/, ''),
    kind: '',
    reads: [],
    status: 'waiting',
    atWork: {},
  };
  run.stages[id] = stage;
  run.order.push(id);
  return stage;
}

function shorten(list: unknown[], most: number): number {
  // In steps, so that a flood does not move the list for every line.
  if (list.length <= most * 1.2) return 0;
  return list.splice(0, list.length - most).length;
}

/** From 0 to 1: how much of a stage is done; undefined where that is not known. */
export function shareOf(stage: StageProgress): number | undefined {
  if (stage.status === 'executed' || stage.status === 'reused') return 1;
  if (stage.status === 'waiting' || stage.status === 'skipped') return 0;
  const work = Object.values(stage.atWork);
  const shares = work.reduce((sum, { done, total }) => sum + (total > 0 ? Math.min(1, done / total) : 0), 0);
  if (stage.parts !== undefined && stage.parts.total > 0)
    return Math.min(1, (stage.parts.known + shares) / stage.parts.total);
  return work.some(({ total }) => total > 0) ? Math.min(1, shares / work.length) : undefined;
}

/**
 * Seconds that a stage at work will take yet, if it goes on as it did; undefined before there is enough to tell.
 * @param known the share of it that was known when it began
 */
export function secondsLeft(stage: StageProgress, now: number): number | undefined {
  if (stage.status !== 'running' || stage.began === undefined) return undefined;
  const share = shareOf(stage);
  const took = now - stage.began;
  if (share === undefined || share < 0.02 || took < 2) return undefined;
  return (took * (1 - share)) / share;
}

export type Counts = Readonly<Record<StageStatus, number>>;

export function countsOf(run: RunProgress): Counts {
  const counts = { waiting: 0, running: 0, reused: 0, executed: 0, failed: 0, skipped: 0 };
  for (const id of run.order) counts[run.stages[id]!.status] += 1;
  return counts;
}
