import assert from 'node:assert/strict';
import { diskFiles } from '../../src/engine/document/disk.js';
import type { Graph } from '../../src/engine/graph/graph.js';
import { readExperiment } from '../../src/engine/reading/read-experiment.js';
import type { JsonObject } from '../../src/foundation/values/json.js';
import { builtInKinds } from '../../src/plugins/registry.js';

const kinds = new Map(builtInKinds.map((kind) => [kind.name, kind]));

async function paper(experiment: string): Promise<Graph> {
  const { result } = await readExperiment({
    file: `experiments/${experiment}.yaml`,
    folder: process.cwd(),
    files: diskFiles,
    profile: 'paper',
    kinds,
  });
  assert.ok(result.ok, experiment);
  return result.value.graph;
}

function parametersOf(graph: Graph, id: string): JsonObject {
  const stage = graph.stages.find((each) => each.id === id);
  assert.ok(stage !== undefined, id);
  return stage.parameters;
}

/** Of what is expected, the same keys of what is there. */
function has(actual: JsonObject, expected: JsonObject): void {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]])), expected);
}

const uniform = (low: number, high: number): JsonObject => ({ type: 'uniform', low, high });
const FULL = { yaw: uniform(-90, 90), pitch: uniform(-30, 30), roll: uniform(-15, 15) };

/** Section IV-A; learning rate, batches of an epoch and the margin are OpenFace's, as the paper keeps its vanilla setting. */
const TRAINING = {
  network: 'nn4',
  people: 20,
  images: 15,
  epochs: 200,
  batches: 250,
  margin: 0.2,
  flip: false,
  triplets: 'random-within-margin',
  optimiser: 'adam',
  'reset-each-epoch': true,
  rate: { type: 'constant', rate: 0.001 },
};

describe('the numbers of the paper stand in the profile `paper`', () => {
  it('of the synthetic data: a million images of 10K people, full, frontal and with twice the people', async () => {
    const [frontal, identities] = await Promise.all([paper('table2-frontal'), paper('table2-identities')]);
    const syn = { identities: 10_000, samples: 100, size: 96 };
    has(parametersOf(frontal, 'syn-1m'), { ...syn, pose: FULL });
    has(parametersOf(frontal, 'syn-front'), { ...syn, pose: { ...FULL, yaw: uniform(-35, 35) } });
    has(parametersOf(identities, 'syn-2m'), { ...syn, identities: 20_000, pose: FULL });
    // One characteristic at a time: nothing else differs.
    for (const [graph, id] of [
      [frontal, 'syn-front'],
      [identities, 'syn-2m'],
    ] as const) {
      const changed = { ...parametersOf(graph, id), pose: FULL, identities: 10_000 };
      assert.deepEqual(changed, parametersOf(graph, 'syn-1m'));
    }
  });

  it('of training: NN4 on crops of 96 pixels, batches of 20 people with 15 images, 200 epochs', async () => {
    for (const experiment of [
      'fig2-gap',
      'table1-real-data',
      'table2-original',
      'table2-frontal',
      'table2-identities',
    ]) {
      const graph = await paper(experiment);
      const trainings = graph.stages.filter(({ kind }) => kind.name === 'learning/train');
      assert.ok(trainings.length > 0);
      for (const { parameters } of trainings) has(parameters, TRAINING);
    }
  });

  it('of the real data: Casia without those of IJB-A, whole and in four sizes', async () => {
    const graph = await paper('table1-real-data');
    for (const [part, images] of [
      ['casia-10', 10_000],
      ['casia-50', 50_000],
      ['casia-100', 100_000],
      ['casia-200', 200_000],
    ] as const) {
      const { subset, exclude, size } = parametersOf(graph, `casia-part[part=${part}]`);
      assert.deepEqual(subset, { images, draw: 'images', seed: 0 });
      assert.deepEqual([exclude, size], [{ external: 'casia-exclude.txt' }, 96]);
    }
    assert.equal(parametersOf(graph, 'casia').subset, undefined);
  });

  it('of the benchmarks: ten folds of 300 and 300 on Multi-PIE, TAR at a FAR of 0.1 on IJB-A', async () => {
    const graph = await paper('table2-original');
    has(parametersOf(graph, 'multipie'), { folds: 10, 'per-fold': 300 });
    const report = graph.report as unknown as { tables: { columns: { label: string; metric: string }[] }[] };
    assert.deepEqual(
      report.tables[0]!.columns.map(({ label, metric }) => [label, metric]),
      [
        ['Multi-PIE', 'accuracy'],
        ['LFW', 'accuracy'],
        ['IJB-A', 'tar@far=0.1'],
      ],
    );
  });
});
