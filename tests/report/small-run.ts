import type { ClaimPlan, ComparisonPlan, RunRecord, StageRecord } from '../../src/engine/run/record.js';
import { canonicalDigest } from '../../src/foundation/values/canonical.js';
import type { JsonObject } from '../../src/foundation/values/json.js';
import type { MetricOutcome, Outcomes } from '../../src/foundation/statistics/outcomes.js';
import { Noise } from '../../src/report/measures/noise.js';

/** One result of a stage. */
export interface Result {
  readonly metrics: Readonly<Record<string, number>>;
  /** Which result it is, where two stages have one: every result is its own by default. */
  readonly key?: string;
  /** The stage that it reads: none by default. */
  readonly reads?: string;
  /** False where no seed decides it. */
  readonly seeded?: boolean;
  readonly outcomes?: Outcomes;
}

/** A run of stages by name, each with its results by replicate, and claims about them. */
export function smallRun(
  stages: Readonly<Record<string, readonly Result[]>>,
  claims: readonly ClaimPlan[] = [],
  more: JsonObject = {},
): { readonly run: RunRecord; readonly noise: Noise } {
  const stored = new Map<string, Outcomes>();
  const records = Object.entries(stages).flatMap(([name, results]) =>
    results.map(({ metrics, key, reads, seeded = true, outcomes }, r) => {
      const digest = `${name} ${r}`;
      if (outcomes !== undefined) stored.set(digest, outcomes);
      return {
        id: idOf(name, r),
        name,
        coordinates: { replicate: String(r + 1) },
        kind: 'command',
        parameters: seeded ? { seed: r } : {},
        reads: reads === undefined ? {} : { '/with': reads },
        key: key ?? canonicalDigest(digest),
        outputs: outcomes === undefined ? [] : [{ path: 'outcomes.safetensors', digest, bytes: 1 }],
        metrics,
        warnings: [],
      } as unknown as StageRecord;
    }),
  );
  const report = { tables: [], figures: [], claims, ...more } as unknown as JsonObject;
  return {
    run: { stages: records, report } as unknown as RunRecord,
    noise: new Noise((digest) => stored.get(digest)),
  };
}

function idOf(name: string, r: number): string {
  return `${name}[replicate=${r + 1}]`;
}

/** Of one comparison between stages of a small run, or of one with a number, on their metrics. */
export function claimOn(
  stages: Readonly<Record<string, readonly Result[]>>,
  [left, operator, right]: readonly [string, ComparisonPlan['operator'], string | number],
  metrics: readonly string[],
  mode?: ClaimPlan['mode'],
): ClaimPlan {
  const names = typeof right === 'string' ? [left, right] : [left];
  return {
    id: 'claim',
    says: '',
    section: undefined,
    that: `${left} ${operator} ${right}`,
    ...(mode === undefined ? {} : { mode }),
    on: metrics.map((metric) => ({ label: metric, of: undefined, metric })),
    operands: names.map((label) => ({
      label,
      of: label,
      cells: metrics.map(() => stages[label]!.map((_, r) => idOf(label, r))),
    })),
    comparisons: [
      {
        left: 0,
        minus: null,
        operator,
        right: typeof right === 'string' ? 1 : null,
        value: typeof right === 'string' ? null : right,
      },
    ],
  };
}

/** The outcomes of metrics over the same items. */
export function outcomesWith(items: string, subjects: Int32Array, metrics: readonly MetricOutcome[]): Outcomes {
  return { items, subjects, words: { subjects: 'items', replicates: 'replicates' }, metrics };
}
