import type { Made } from '../artifacts/history.js';
import type { Memory } from './explain.js';
import type { Plan, PlannedStage } from './plan.js';

/** How long the rest of a plan may take, from what the same work took before. */
export interface Estimate {
  /** Seconds, at most: a stage that waits for others may turn out to be known. Undefined where nothing was ever timed. */
  readonly seconds: number | undefined;
  /** Stages to run of which no time is known. */
  readonly untimed: number;
}

/** Seconds of work that a stage still needs, one part after another; undefined where nothing like it was ever timed. */
export function stageSeconds(stage: PlannedStage, memory: Memory): number | undefined {
  if (stage.status === 'hit') return 0;
  const { node } = stage;
  const made = memory.made(node.kind.name);
  const own = made.filter((each) => each.stage === node.id);
  const kin = own.length > 0 ? own : made;
  const whole = middle(kin.filter((each) => each.part === undefined));
  if (node.kind.division === undefined) return whole;
  const parts = kin.filter((each) => each.part !== undefined);
  const part = middle(parts);
  if (part === undefined) return whole;
  const left =
    stage.status === 'run' && stage.parts !== undefined
      ? stage.parts.total - stage.parts.known
      : new Set(parts.map((each) => `${each.stage} ${each.part ?? ''}`)).size;
  return left * part + (whole ?? 0);
}

/**
 * The longest chain of stages, or all the work shared by all cores, whichever takes longer: what a schedule without gaps
 * would need (Graham 1966 has it that a greedy one needs less than twice that).
 */
export function estimate(plan: Plan, memory: Memory, cores: number): Estimate {
  const finish = new Map<string, number>();
  let work = 0;
  let untimed = 0;
  let timed = false;
  for (const stage of plan.stages) {
    const { node } = stage;
    const ready = Math.max(0, ...node.inputs.map((input) => finish.get(input.stage) ?? 0));
    const seconds = stageSeconds(stage, memory);
    if (seconds === undefined) untimed += 1;
    else if (stage.status !== 'hit') timed = true;
    work += seconds ?? 0;
    // Shards run side by side, links one after another.
    const spread = node.kind.division?.shape === 'shards' ? cores : 1;
    finish.set(node.id, ready + (seconds ?? 0) / spread);
  }
  const longest = Math.max(0, ...finish.values());
  return { seconds: timed || untimed === 0 ? Math.max(longest, work / cores) : undefined, untimed };
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
