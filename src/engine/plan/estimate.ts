import type { Made } from '../artifacts/store/history.js';
import type { StageNode } from '../graph/graph.js';
import { withoutReplicate } from '../graph/expansion/matrix.js';
import type { EarlierResults } from './explain.js';
import type { Plan, PlannedStage } from './plan.js';

/** How long the rest of a plan may take, from what the same work took before. */
export interface Estimate {
  /** Seconds, at most: a stage that waits for others may turn out to be known. Undefined where nothing was ever timed. */
  readonly seconds: number | undefined;
  /** Stages to run of which no time is known. */
  readonly untimed: number;
}

/** Seconds of work that a stage still needs, one part after another; undefined where nothing like it was ever timed. */
export function stageSeconds(stage: PlannedStage, earlier: EarlierResults): number | undefined {
  if (stage.status === 'hit') return 0;
  const { node } = stage;
  const kin = alike(node, earlier.made(node.kind.name));
  const whole = middle(kin.filter((each) => each.part === undefined));
  if (node.kind.division === undefined) return whole;
  const parts = kin.filter((each) => each.part !== undefined);
  const part = middle(parts);
  if (part === undefined) return whole;
  const left =
    stage.status === 'run' && stage.parts !== undefined ? stage.parts.total - stage.parts.known : partsOfOne(parts);
  return left * part + (whole ?? 0);
}

/** What was made of the stage; else of its other replicates, of stages of its name, or of any of its kind: the first of which something was. */
function alike(node: StageNode, made: readonly Made[]): readonly Made[] {
  const replicates = withoutReplicate(node.id);
  const circles = [
    (id: string) => id === node.id,
    (id: string) => withoutReplicate(id) === replicates,
    (id: string) => id.replace(/\[.*/s, '') === node.name,
  ];
  for (const isAlike of circles) {
    const found = made.filter(({ stage }) => isAlike(stage));
    if (found.length > 0) return found;
  }
  return made;
}

/** Parts that one stage was made of, by the median of several stages. */
function partsOfOne(parts: readonly Made[]): number {
  const each = new Map<string, Set<string>>();
  for (const { stage, part = '' } of parts) each.set(stage, (each.get(stage) ?? new Set()).add(part));
  const counts = [...each.values()].map(({ size }) => size).sort((a, b) => a - b);
  return counts[Math.floor(counts.length / 2)] ?? 0;
}

/** Seconds that a stage takes from nothing: the work of all its parts. */
export function wholeSeconds(node: StageNode, earlier: EarlierResults): number | undefined {
  return stageSeconds({ status: 'pending', node, waitsFor: [] }, earlier);
}

/**
 * The longest chain of stages, or all the work shared by all cores, whichever takes longer: what a schedule without gaps
 * would need (Graham 1966 has it that a greedy one needs less than twice that).
 */
export function estimate(plan: Plan, earlier: EarlierResults, cores: number): Estimate {
  let untimed = 0;
  let timed = false;
  const work: Work[] = [];
  for (const stage of plan.stages) {
    const seconds = stageSeconds(stage, earlier);
    if (seconds === undefined) untimed += 1;
    else if (stage.status !== 'hit') timed = true;
    work.push({ node: stage.node, seconds: seconds ?? 0 });
  }
  const all = scheduleSeconds(work, cores);
  return { seconds: timed || untimed === 0 ? all : undefined, untimed };
}

export interface Work {
  readonly node: StageNode;
  readonly seconds: number;
}

/** Seconds to do all stages' work on so many cores. `work`: each stage after those it reads. */
export function scheduleSeconds(work: readonly Work[], cores: number): number {
  const finish = new Map<string, number>();
  let sum = 0;
  let longest = 0;
  for (const { node, seconds } of work) {
    const ready = node.inputs.reduce((latest, input) => Math.max(latest, finish.get(input.stage) ?? 0), 0);
    sum += seconds;
    // Shards run side by side, links one after another.
    const spread = node.kind.division?.shape === 'shards' ? cores : 1;
    const end = ready + seconds / spread;
    finish.set(node.id, end);
    longest = Math.max(longest, end);
  }
  return Math.max(longest, sum / cores);
}

/** Most of the latest durations are alike; a median is not led astray by the one that ran on a busy machine. */
function middle(made: readonly Made[]): number | undefined {
  const durations = made
    .slice(0, LATEST)
    .map(({ duration }) => duration)
    .sort((a, b) => a - b);
  return durations[Math.floor(durations.length / 2)];
}

const LATEST = 9;
