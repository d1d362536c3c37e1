import type { ClaimPlan, ReportPlan, RunRecord, StageRecord } from '../../../src/engine/run/record.js';
import type { Outcomes } from '../../../src/foundation/statistics/outcomes.js';
import { outcomesOf } from '../../../src/plugins/recognition/benchmarks/outcomes.js';
import {
  metricName,
  prepareScores,
  type Metric,
} from '../../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { judgeClaims } from '../../../src/report/claims/claims.js';
import { Noise } from '../../../src/report/measures/noise.js';
import type { Verdict } from '../../../src/report/report.js';
import { drawWorld, type Protocol } from './world.js';

/**
 * Verdicts of claims `A < B` where A and B are networks trained on the same data with other seeds: there is no effect, and whatever is
 * decided is decided falsely. Worlds are those of the proof of coverage, at `mini`; claims are judged by the report's own code.
 */
const METRICS: Readonly<Record<Protocol, Metric>> = {
  multipie: { kind: 'accuracy' },
  lfw: { kind: 'accuracy' },
  ijba: { kind: 'tar', far: 0.1 },
};
const NOISE: Readonly<Record<Protocol, number>> = { lfw: 0.75, multipie: 1, ijba: 1.6 };
const SPREAD = 0.06;
const MOST = 5;
const NETWORKS = ['B', 'A'] as const;

/** What is asked: by name, the claim's mode, its columns, and the numbers of trainings at which one looks. */
interface Question {
  readonly mode: 'all' | 'any' | 'mean';
  readonly on: readonly Protocol[];
  readonly looks: readonly number[];
}

function questions(protocols: readonly Protocol[]): ReadonlyMap<string, Question> {
  const several = (mode: Question['mode'], looks: readonly number[]): Question => ({ mode, on: protocols, looks });
  return new Map([
    ...protocols.map((protocol) => [`${protocol} alone`, { mode: 'all', on: [protocol], looks: [3] }] as const),
    ['all of them', several('all', [3])],
    ['any of them', several('any', [3])],
    ['their mean', several('mean', [3])],
    ['their mean, five trainings', several('mean', [5])],
    ['their mean, until decided: looks at 3, 4 and 5', several('mean', [3, 4, 5])],
    ['any of them, until decided: looks at 3, 4 and 5', several('any', [3, 4, 5])],
  ]);
}

/** @param effect by how much the noise of A's images is greater than B's: none by default */
export function verdictsIn(
  world: number,
  protocols: readonly Protocol[] = ['multipie', 'lfw', 'ijba'],
  effect = 1,
): ReadonlyMap<string, Verdict> {
  const outcomes = new Map<string, Outcomes>();
  const stages: StageRecord[] = [];
  for (const protocol of protocols) {
    const noise = NETWORKS.map((network) => NOISE[protocol] * (network === 'A' ? effect : 1));
    const { sets } = drawWorld({ protocol, size: 'mini', trainings: MOST, noise, spread: SPREAD }, world);
    sets.forEach((trainings, n) =>
      trainings.slice(1).forEach((scores, t) => {
        const id = idOf(NETWORKS[n]!, protocol, t + 1);
        const found = outcomesOf(prepareScores(scores), [METRICS[protocol]])!;
        outcomes.set(id, found);
        stages.push(stageOf(id, { [found.metrics[0]!.name]: found.metrics[0]!.value }));
      }),
    );
  }
  const run: RunRecord = {
    schema: 'fx/run@1',
    experiment: { name: 'zero', title: 'No effect', profile: 'mini', parameters: {} },
    stages,
    report: undefined,
  };
  const noise = new Noise((digest) => outcomes.get(digest));
  return new Map([...questions(protocols)].map(([name, question]) => [name, ask(question, run, noise)]));
}

/** The verdict of the first look that decides. */
function ask({ mode, on, looks }: Question, run: RunRecord, noise: Noise): Verdict {
  for (const [k, trainings] of looks.entries()) {
    const claim: ClaimPlan = {
      id: 'zero',
      says: 'A is worse than B.',
      section: undefined,
      that: 'A < B',
      on: on.map((protocol) => ({ label: protocol, of: protocol, metric: metricName(METRICS[protocol]) })),
      operands: ['A' as const, 'B' as const].map((network) => ({
        label: network,
        of: network,
        cells: on.map((protocol) => Array.from({ length: trainings }, (_, t) => idOf(network, protocol, t + 1))),
      })),
      comparisons: [{ left: 0, minus: null, operator: '<', right: 1, value: null }],
      ...(mode === 'all' ? {} : { mode }),
    };
    const plan: ReportPlan = {
      tables: [],
      figures: [],
      claims: [claim],
      ...(looks.length === 1 ? {} : { look: k + 1 }),
    };
    const { verdict } = judgeClaims(plan, run, noise, { get: () => undefined })[0]!;
    if (verdict !== 'undecided') return verdict;
  }
  return 'undecided';
}

function idOf(network: string, protocol: Protocol, training: number): string {
  return `verify[of=${network},benchmark=${protocol},replicate=${training}]`;
}

function stageOf(id: string, metrics: StageRecord['metrics']): StageRecord {
  return {
    id,
    name: 'verify',
    coordinates: {},
    kind: 'benchmarks/verify',
    parameters: {},
    reads: {},
    key: id,
    preimage: id,
    artifact: id,
    outputs: [{ path: 'outcomes.safetensors', digest: id, bytes: 0 }],
    metrics,
    warnings: [],
    reproducible: true,
  };
}
