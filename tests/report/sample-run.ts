import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FigureType, Pictures } from '../../src/engine/presentation.js';
import type { AnyStageKind } from '../../src/engine/stage.js';
import { facesGenerate } from '../../src/plugins/recognition/kinds/faces/generate.js';
import { standinCasia } from '../../src/plugins/recognition/kinds/standin/casia.js';
import { builtInKinds } from '../../src/plugins/registry.js';
import type { Kinds } from '../../src/report/kinds.js';
import type { ReportPlan, RunRecord, StageRecord } from '../../src/engine/run/record.js';
import { canonicalDigest } from '../../src/foundation/values/canonical.js';
import { sha256 } from '../../src/foundation/files/digest.js';
import type { JsonObject } from '../../src/foundation/values/json.js';
import { stream } from '../../src/foundation/numbers/random.js';
import { encodeOutcomes } from '../../src/foundation/statistics/outcomes.js';
import { outcomesOf } from '../../src/plugins/recognition/benchmarks/outcomes.js';
import {
  evaluateMetrics,
  parseMetric,
  prepareScores,
} from '../../src/plugins/recognition/benchmarks/verification/metrics.js';
import { encodeScores, type ScoreSet } from '../../src/plugins/recognition/benchmarks/verification/score-set.js';

/** The kinds of the paper; a picture is a few bytes, and the world a kind of its own. */
const sampleKinds: Kinds = new Map<string, AnyStageKind>([
  ...builtInKinds.map((kind) => [kind.name, kind] as const),
  ['standin/world', { ...standinCasia, name: 'standin/world' }],
  [
    'faces/generate',
    { ...facesGenerate, shows: { ...facesGenerate.shows, figures: { 'contact-sheet': sampleSheet() } } },
  ],
]);

function sampleSheet(): FigureType {
  const declared = facesGenerate.shows!.figures!['contact-sheet'] as Pictures;
  return { ...declared, draw: () => Promise.resolve(Uint8Array.of(137, 80, 78, 71)) };
}

/** A small study, made by hand: three models, verified on a benchmark of folds and one of splits. */
export interface SampleRun {
  readonly run: RunRecord;
  readonly locateBlob: (digest: string) => string;
  readonly kinds: Kinds;
  readonly remove: () => void;
}

/** How far apart genuine pairs and impostors score, by model; one number for each replicate. */
export type Skill = Readonly<Record<'real' | 'synthetic' | 'frontal', readonly number[]>>;

export const SKILL: Skill = { real: [1.6], synthetic: [2.6], frontal: [1.1] };

const PUBLISHED: Readonly<Record<string, readonly number[]>> = {
  real: [0.947, 0.814],
  synthetic: [0.801, 0.625],
  frontal: [0.706, 0.405],
};

export function sampleRun(
  skill: Skill = SKILL,
  options: { standIn?: boolean; pairs?: number; seed?: number } = {},
): SampleRun {
  const folder = mkdtempSync(join(tmpdir(), 'fx-report-'));
  const blob = (content: Uint8Array | string): { digest: string; bytes: number } => {
    const digest = sha256(content);
    writeFileSync(join(folder, digest), content);
    return { digest, bytes: content.length };
  };
  const stages: StageRecord[] = [];
  const add = (id: string, kind: string, more: Partial<StageRecord> = {}): void => {
    const base = {
      id,
      kind,
      parameters: more.parameters ?? {},
      outputs: (more.outputs ?? []).map(({ digest }) => digest),
    };
    const key = canonicalDigest(base);
    stages.push({
      id,
      name: id.replace(/\[.*/, ''),
      coordinates: {},
      kind,
      parameters: {},
      reads: {},
      key,
      preimage: key,
      artifact: canonicalDigest(base.outputs),
      outputs: [],
      metrics: {},
      warnings: [],
      reproducible: true,
      ...more,
    });
  };
  if (options.standIn !== false) add('world', 'standin/world');
  const world: Readonly<Record<string, string>> = options.standIn === false ? {} : { '/files': 'world' };
  add('casia', 'datasets/import', { reads: world });
  add('syn', 'faces/generate', { parameters: { yaw: { uniform: [-90, 90] } } });
  add('syn-front', 'faces/generate', { parameters: { yaw: { uniform: [-35, 35] } } });
  const data: Readonly<Record<string, string>> = { real: 'casia', synthetic: 'syn', frontal: 'syn-front' };
  const cells: Record<string, string[][]> = {};
  for (const [model, replicates] of Object.entries(skill)) {
    cells[model] = [[], []];
    replicates.forEach((apart, replicate) => {
      const suffix = replicates.length === 1 ? '' : `[replicate=${replicate + 1}]`;
      const epochs = Array.from({ length: 6 }, (_, i) => ({
        epoch: i + 1,
        loss: 0.2 / (i + apart),
        active: 0.9 / (i + 1),
      }));
      const file = blob(JSON.stringify({ schema: 'fx/epochs@1', epochs }));
      const trained = `train-${model}${suffix}`;
      add(trained, 'learning/train', {
        reads: { '/data': data[model]! },
        outputs: [{ path: 'epochs.json', ...file }],
        metrics: { loss: epochs.at(-1)!.loss },
      });
      (['lfw', 'ijba'] as const).forEach((benchmark, b) => {
        const scores = sampleScores(
          benchmark,
          apart,
          100 * replicate + model.length + (options.seed ?? 0),
          options.pairs ?? 400,
        );
        const id = `verify[model=${model},benchmark=${benchmark}${suffix === '' ? '' : `,replicate=${replicate + 1}`}]`;
        const names = benchmark === 'lfw' ? ['accuracy', 'auc', 'eer'] : ['tar@far=0.1', 'auc'];
        const values = evaluateMetrics(
          prepareScores(scores),
          names.map((name) => parseMetric(name)!),
        );
        const outcomes = outcomesOf(
          prepareScores(scores),
          names.map((name) => parseMetric(name)!),
        )!;
        add(id, 'benchmarks/verify', {
          parameters: { fars: [0.1] },
          reads: { '/embeddings': trained },
          outputs: [
            { path: 'scores.safetensors', ...blob(encodeScores(scores)) },
            { path: 'outcomes.safetensors', ...blob(encodeOutcomes(outcomes)) },
          ],
          metrics: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
        });
        cells[model]![b]!.push(id);
      });
    });
  }
  const run: RunRecord = {
    schema: 'fx/run@1',
    experiment: { name: 'sample', title: 'A sample <study>', profile: 'mini', parameters: { yaw: [-35, 35] } },
    stages,
    report: JSON.parse(JSON.stringify(planFor(cells))) as JsonObject,
  };
  return {
    run,
    locateBlob: (digest) => join(folder, digest),
    kinds: sampleKinds,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function planFor(cells: Readonly<Record<string, readonly (readonly string[])[]>>): ReportPlan {
  const rows = [
    { label: 'Casia', of: 'real' },
    { label: 'SYN-1M', of: 'synthetic' },
    { label: 'SYN-Front', of: 'frontal' },
  ];
  const columns = [
    { label: 'LFW', of: 'lfw', metric: 'accuracy' },
    { label: 'IJB-A', of: 'ijba', metric: 'tar@far=0.1' },
  ];
  const operands = rows.map((row) => ({ ...row, cells: cells[row.of]! }));
  const claim = { section: 'Section IV-D', on: columns };
  return {
    tables: [
      {
        id: 'table2b',
        title: 'Bias to frontal pose',
        rows,
        columns,
        cells: rows.map((row) => cells[row.of]!),
        published: rows.map((row) => PUBLISHED[row.of]!),
        source: 'Table II (b)',
        best: 'highest',
        percent: false,
        digits: 3,
      },
    ],
    figures: [
      {
        type: 'roc',
        shape: 'curves',
        id: 'fig3',
        title: 'ROC',
        rows,
        panels: ['lfw', 'ijba'],
        cells: rows.map((row) => cells[row.of]!),
      },
      {
        type: 'learning-curves',
        shape: 'series',
        id: 'curves',
        title: 'Learning curves',
        stages: Object.keys(cells).map((model) => `train-${model}`),
        metric: 'loss',
      },
      {
        type: 'contact-sheet',
        shape: 'pictures',
        id: 'faces',
        title: 'Faces',
        stages: ['syn', 'syn-front'],
        options: { rows: 2, columns: 3 },
      },
      { type: 'graph', shape: 'graph', id: 'graph', title: 'The stages' },
    ],
    claims: [
      {
        ...claim,
        id: 'frontal-bias-hurts',
        says: 'Restricting yaw lowers recognition',
        that: 'SYN-Front < SYN-1M',
        operands: [operands[2]!, operands[1]!],
        comparisons: [{ left: 0, minus: null, operator: '<', right: 1, value: null }],
      },
      {
        ...claim,
        id: 'real-is-best',
        says: 'Real data alone are better',
        that: 'Casia > SYN-1M',
        operands: [operands[0]!, operands[1]!],
        comparisons: [{ left: 0, minus: null, operator: '>', right: 1, value: null }],
      },
      {
        ...claim,
        id: 'by-much',
        says: 'The gap is large',
        that: 'SYN-1M - SYN-Front > 0.3',
        operands: [operands[1]!, operands[2]!],
        comparisons: [{ left: 0, minus: 1, operator: '>', right: null, value: 0.3 }],
      },
    ],
  };
}

/** Scores of one benchmark: the same pairs whatever the model. */
function sampleScores(benchmark: 'lfw' | 'ijba', apart: number, seed: number, pairs: number): ScoreSet {
  const folds = benchmark === 'lfw' ? 10 : 4;
  const genuine = Uint8Array.from({ length: pairs }, (_, i) => i % 2);
  const random = stream(seed, benchmark);
  // What makes a pair hard is hard for every model.
  const hard = stream(0, `hard-${benchmark}`);
  return {
    benchmark,
    protocol: benchmark === 'lfw' ? 'folds' : 'splits',
    score: Float64Array.from(genuine, (same) => apart * same + hard.normal() + 0.7 * random.normal()),
    genuine,
    fold: Int32Array.from(genuine, (_, i) => Math.floor((i * folds) / pairs)),
    first: Int32Array.from(genuine, (_, i) => i),
    second: Int32Array.from(genuine, (_, i) => i + 1),
    // A genuine pair of each of so many persons, and an impostor pair with the next.
    persons: {
      first: Int32Array.from(genuine, (_, i) => i >> 1),
      second: Int32Array.from(genuine, (same, i) => (same === 1 ? i >> 1 : ((i >> 1) + 1) % (pairs >> 1))),
    },
  };
}
