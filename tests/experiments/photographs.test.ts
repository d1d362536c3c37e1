import assert from 'node:assert/strict';
import { Kinds, userModules } from '../../src/cli/project/kinds.js';
import { diskFiles } from '../../src/engine/document/disk.js';
import type { Graph, StageNode } from '../../src/engine/graph/graph.js';
import { readExperiment } from '../../src/engine/reading/read-experiment.js';
import type { Json, JsonObject } from '../../src/foundation/values/json.js';
import { builtInKinds } from '../../src/plugins/registry.js';

const kinds = new Map(builtInKinds.map((kind) => [kind.name, kind]));

const read = new Map<string, Promise<Graph>>();

/** Of an experiment, read once. */
function graphOf(experiment: string): Promise<Graph> {
  const graph = read.get(experiment) ?? readGraph(experiment);
  read.set(experiment, graph);
  return graph;
}

async function readGraph(experiment: string): Promise<Graph> {
  const file = `experiments/${experiment}.yaml`;
  const own = new Kinds(userModules(process.cwd()));
  const { result } = await readExperiment({
    file,
    folder: process.cwd(),
    files: diskFiles,
    kinds,
    loadModules: (modules) => own.load(modules),
  });
  assert.ok(result.ok, JSON.stringify(result));
  return result.value.graph;
}

/** `augment.blur` and its value, and so on. */
function leaves(value: Json, path = ''): [string, Json][] {
  if (value === null || typeof value !== 'object') return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

/** Names of settings in which two differ, sorted. */
function differences(a: JsonObject, b: JsonObject): string[] {
  const [left, right] = [new Map(leaves(a)), new Map(leaves(b))];
  return [...new Set([...left.keys(), ...right.keys()])].filter((key) => left.get(key) !== right.get(key)).sort();
}

for (const experiment of [
  'real',
  'carry-over',
  'carry-over-data',
  'carry-over-network',
  'carry-over-standin',
  'carry-over-crops',
]) {
  describe(`the experiment ${experiment}, on photographs`, () => {
    let graph: Graph;
    before(async () => (graph = await graphOf(experiment)));

    it('keeps every data set of photographs private', () => {
      const imports = graph.stages.filter(({ kind, inputs }) => kind.name === 'datasets/import' && inputs.length === 0);
      assert.ok(imports.length >= 2);
      for (const { id, parameters } of imports) assert.equal(parameters.private, true, id);
    });

    it('has plain pixels and an untrained network in every table', () => {
      const { tables } = graph.report as unknown as { tables: { id: string; rows: { label: string }[] }[] };
      for (const { id, rows } of tables) {
        const labels = rows.map(({ label }) => label);
        assert.ok(labels.includes('Plain pixels') && labels.includes('Untrained'), `${id}: ${labels.join(', ')}`);
      }
    });

    it('embeds the floor as the networks', () => {
      // What is gained by the mirror image and by normalising is gained by a network that has learnt nothing, too.
      const embeds = graph.stages.filter(({ name }) => name.startsWith('embed') && name !== 'embed-less');
      const networks = embeds.filter(({ kind }) => kind.name === 'learning/embed');
      assert.ok(networks.length > 0);
      for (const { id, parameters } of networks) {
        assert.equal(parameters.flip, true, id);
        assert.notEqual(parameters.normalise, undefined, id);
      }
    });
  });
}

describe('the experiment table2-photographs', () => {
  it('adds private photographs and both floors to Table II (b)', async () => {
    const [graph, table2b] = await Promise.all([graphOf('table2-photographs'), graphOf('table2-frontal')]);
    assert.equal(graph.stages.find(({ id }) => id === 'photograph-images')?.parameters.private, true);
    const { tables } = graph.report as unknown as { tables: { rows: { label: string }[] }[] };
    const labels = tables[0]!.rows.map(({ label }) => label);
    assert.ok(labels.includes('Plain pixels') && labels.includes('Untrained'), labels.join(', '));

    // What both have is the same work, so that it runs once.
    const byId = new Map(graph.stages.map((stage) => [stage.id, stage.parameters]));
    for (const { id, parameters } of table2b.stages) assert.deepEqual(byId.get(id), parameters, id);
  });
});

describe('the experiment carry-over', () => {
  const APPEARANCE = ['beard', 'brows', 'glasses', 'hair', 'skin'].map((what) => `faces.appearance.${what}`);
  const AUGMENT = ['blur', 'grey', 'light', 'noise', 'occlusion', 'placement', 'tone'].map((what) => `augment.${what}`);
  const CHANGES: Readonly<Record<string, readonly string[]>> = {
    untrained: ['rate.epochs', 'rate.last', 'rate.rate', 'rate.type'],
    bare: APPEARANCE,
    'no-hair': ['faces.appearance.hair'],
    'no-beard': ['faces.appearance.beard'],
    'no-glasses': ['faces.appearance.glasses'],
    'no-brows': ['faces.appearance.brows'],
    'no-skin': ['faces.appearance.skin'],
    'all-yaws': ['faces.pose.yaw.high', 'faces.pose.yaw.low'],
    expressive: ['faces.expression.distribution.deviation'],
    'no-augment': AUGMENT,
    'bare-no-augment': [...AUGMENT, ...APPEARANCE],
    'no-placement': ['augment.placement'],
    'no-tone': ['augment.grey', 'augment.light', 'augment.tone'],
    'no-occlusion': ['augment.occlusion'],
    'no-blur': ['augment.blur', 'augment.noise'],
    'no-flip': ['flip'],
    'semi-hard': ['triplets'],
    'wide-margin': ['margin'],
    'wide-network': ['width'],
    decay: ['weight-decay'],
  };

  const LESS = ['one-image', 'not-changed', 'mean-alone', 'not-normalised', 'as-it-is'];

  it('changes one thing at a time', async () => {
    const { stages } = await graphOf('carry-over');
    const byId = new Map(stages.map((stage) => [stage.id, stage]));
    /** Of a training, with the settings of its faces. */
    const settings = ({ parameters: { data, ...own } }: StageNode): JsonObject => ({
      ...own,
      faces: byId.get((data as unknown as { stage: string }).stage)!.parameters,
    });
    const first = stages.filter(({ name, coordinates }) => name === 'train' && coordinates.replicate === '1');
    const recipe = settings(first.find(({ coordinates }) => coordinates.arm === 'recipe')!);
    const changes = first.map((stage) => [stage.coordinates.arm!, differences(recipe, settings(stage))] as const);
    assert.deepEqual(Object.fromEntries(changes), { ...CHANGES, recipe: [] });
  });

  it('shows every change in the table', async () => {
    const { stages, report } = await graphOf('carry-over');
    const arms = new Set(stages.flatMap(({ name, coordinates }) => (name === 'verify' ? [coordinates.arm!] : [])));
    const text = JSON.stringify((report as unknown as { tables: unknown[] }).tables[0]);
    for (const arm of [...arms, ...LESS, 'pixels']) assert.ok(text.includes(`"${arm}"`), arm);
    assert.equal(arms.size, Object.keys(CHANGES).length + 1);
  });
});
