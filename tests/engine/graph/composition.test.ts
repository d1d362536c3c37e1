import assert from 'node:assert/strict';
import { ok } from '../../../src/foundation/failures/result.js';
import { testKinds } from './kinds.js';
import { readGood, stageOf, told } from './world.js';

const GENERATE = 'uses: test/generate';
const BASE = `fx: 1
name: base
parameters:
  size: { value: 64, within: [8, 512] }
stages:
  syn:
    ${GENERATE}
    with: { identities: 10, size: "\${size}", labels: [a, b], model: { type: embedded, modes: 3 }, backgrounds: images }
  other: { ${GENERATE}, with: { identities: 1 } }
`;

describe('extends', () => {
  it('merges maps key by key, replaces everything else, and takes away by null', async () => {
    const { graph } = await readGood({
      'shared/base.yaml': BASE,
      'shared/images/1.png': '',
      'a.yaml': `name: over
extends: ./shared/base.yaml
stages:
  syn: { with: { identities: 20, labels: [c] } }
  other: null
  more: { ${GENERATE}, with: { identities: 3 } }
`,
    });
    assert.equal(graph.name, 'over');
    assert.deepEqual(
      graph.stages.map((stage) => stage.id),
      ['more', 'syn'],
    );
    const { parameters, externals } = stageOf(graph, 'syn');
    assert.equal(parameters.identities, 20);
    assert.equal(parameters.size, 64);
    assert.deepEqual(parameters.labels, ['c']);
    // The path is relative to the file that wrote it.
    assert.deepEqual(externals, [{ pointer: '/backgrounds', path: '/project/shared/images', shape: 'folder' }]);
    assert.deepEqual(parameters.backgrounds, { external: 'images' });
  });

  it('drops what belongs to another kind or type', async () => {
    const { graph } = await readGood({
      'base.yaml': BASE,
      'images/1.png': '',
      'x.h5': '',
      'a.yaml': `extends: base.yaml
stages:
  syn: { with: { model: { type: bfm, file: x.h5 } } }
  other: { uses: test/train, with: { data: "\${syn}", epochs: 1 } }
`,
    });
    assert.deepEqual(stageOf(graph, 'syn').parameters.model, { type: 'bfm', file: { external: 'x.h5' } });
    assert.equal(stageOf(graph, 'other').kind.name, 'test/train');
    assert.equal('identities' in stageOf(graph, 'other').parameters, false);
  });

  it('lays several files over each other in turn, and a shorthand keeps its declaration', async () => {
    const world = {
      'base.yaml': BASE,
      'images/1.png': '',
      'one.yaml': 'parameters: { size: 100 }\nstages: { other: { with: { samples: 1 } } }\n',
      'two.yaml': 'parameters: { size: 200 }\n',
      'a.yaml': 'extends: [base.yaml, one.yaml, two.yaml]\n',
    };
    const { graph } = await readGood(world);
    assert.equal(stageOf(graph, 'syn').parameters.size, 200);
    assert.equal(stageOf(graph, 'other').parameters.samples, 1);
    assert.match(
      await told({ ...world, 'two.yaml': 'parameters: { size: 600 }\n' }),
      /`size` must be between 8 and 512, but is `600`/,
    );
  });
});

describe('parameters', () => {
  const WORLD = {
    'a.yaml': `fx: 1
name: study
parameters:
  yaw: { value: [-35 deg, 35 deg], within: [-90 deg, 90 deg] }
  size: 64
  real-data: { type: folder, value: null, obtain: ask }
profiles:
  mini: { values: { n: 5 }, parameters: { size: 32 } }
stages:
  syn: { ${GENERATE}, with: { identities: "\${profile.n}", size: "\${size}", pose: { yaw: "uniform(\${yaw})" } } }
`,
  };
  const sizeOf = async (world: Record<string, string>, more = {}): Promise<unknown> =>
    stageOf((await readGood(world, more)).graph, 'syn').parameters.size;

  it('are given by the command line before the environment, the settings file, the profile and the file', async () => {
    const local = { ...WORLD, 'fx.local.yaml': 'set: { size: 100 }\n' };
    const environment = { FX_SET_SIZE: '120' };
    assert.equal(await sizeOf(WORLD), 32);
    assert.equal(await sizeOf(local), 100);
    assert.equal(await sizeOf(local, { environment }), 120);
    assert.equal(await sizeOf(local, { environment, set: ['size=130'] }), 130);
  });

  it('are read as YAML from the command line', async () => {
    const { graph } = await readGood(WORLD, { set: ['yaw=[-20 deg, 20°]', 'profile.n=1k'] });
    const { parameters } = stageOf(graph, 'syn');
    assert.deepEqual((parameters.pose as Record<string, unknown>).yaw, { type: 'uniform', low: -20, high: 20 });
    assert.equal(parameters.identities, 1000);
    assert.deepEqual(graph.parameters, { 'real-data': null, size: 32, yaw: ['-20 deg', '20 deg'] });
  });

  it('name data outside of the project only from outside of the file', async () => {
    const files = { ...WORLD, '/data/dtd/a.jpg': '' };
    const using = (path: string): Record<string, string> => ({
      ...files,
      'a.yaml': WORLD['a.yaml'].replace('identities:', `backgrounds: "${path}", identities:`),
    });
    const read = using('${real-data}/dtd');
    assert.deepEqual(stageOf((await readGood(read, { set: ['real-data=/data'] })).graph, 'syn').externals, [
      { pointer: '/backgrounds', path: '/data/dtd', shape: 'folder', obtain: 'ask' },
    ]);
    const { graph } = await readGood(read, { environment: { FX_SET_REAL_DATA: '/data' } });
    assert.equal(stageOf(graph, 'syn').externals[0]!.path, '/data/dtd');
    assert.match(await told(using('/data/dtd')), /outside the project/);
    assert.match(
      await told(read),
      /the folder `real-data` is needed by syn and is not named[^]*= help: ask; name it with --set real-data=PATH/,
    );
  });

  it('warn of a setting whose name is nearly that of one', async () => {
    assert.match(await told(WORLD, { environment: { FX_SET_SISE: '3' } }), /^warning: .*did you mean `size`/s);
    assert.equal(await told(WORLD, { environment: { FX_SET_SOMETHING_ELSE: '3' } }), '');
  });
});

describe('references', () => {
  it('keep the type of a whole value and give the text of an embedded one', async () => {
    const { graph } = await readGood(`fx: 1
name: study
parameters: { n: 5, net: { value: { name: nn4, width: 8 } }, two: "\${n}" }
stages:
  syn: { ${GENERATE}, with: { identities: "\${two}", labels: ["n=\${n}", "\${net.name}-\${net.width}", "$\${n}"] } }
`);
    const { parameters } = stageOf(graph, 'syn');
    assert.equal(parameters.identities, 5);
    assert.deepEqual(parameters.labels, ['n=5', 'nn4-8', '${n}']);
  });

  it('to a key without a value leave the key out', async () => {
    const { graph } = await readGood(`fx: 1
name: study
parameters: { bg: { type: folder, value: null } }
stages:
  syn: { ${GENERATE}, with: { identities: 1, backgrounds: "\${bg}" } }
`);
    assert.equal('backgrounds' in stageOf(graph, 'syn').parameters, false);
  });

  it('name one file of a stage', async () => {
    const { graph } = await readGood(`fx: 1
name: study
stages:
  syn: { ${GENERATE}, with: { identities: 1 } }
  pre: { uses: test/train, with: { data: "\${syn}", epochs: 1 } }
  check: { uses: test/verify, with: { model: "\${pre}" } }
  all: { uses: test/compare, with: { results: ["\${check}"], anything: "\${pre/weights.safetensors}" } }
`);
    assert.deepEqual(stageOf(graph, 'all').inputs, [
      { pointer: '/results/0', stage: 'check' },
      { pointer: '/anything', stage: 'pre', file: 'weights.safetensors' },
    ]);
    assert.deepEqual(stageOf(graph, 'all').parameters.anything, { stage: 'pre', file: 'weights.safetensors' });
  });

  it('follow aliases and merge keys', async () => {
    const { graph } = await readGood(`fx: 1
name: study
stages:
  syn: { ${GENERATE}, with: &common { identities: 7, size: 32 } }
  two: { ${GENERATE}, with: { <<: *common, size: 64 } }
  three: { ${GENERATE}, with: *common }
`);
    assert.equal(stageOf(graph, 'two').parameters.identities, 7);
    assert.equal(stageOf(graph, 'two').parameters.size, 64);
    assert.equal(stageOf(graph, 'three').parameters.size, 32);
  });
});

describe('a matrix', () => {
  it('runs a stage for every combination that is not excluded', async () => {
    const { graph } = await readGood(`fx: 1
name: study
stages:
  syn:
    ${GENERATE}
    matrix:
      identities: [10, 1k]
      pose: { narrow: { yaw: "uniform(-15 deg, 15 deg)" }, wide: {} }
      light: [ambient]
    exclude: [{ identities: 1000, pose: wide }]
`);
    assert.deepEqual(
      graph.stages.map(({ id }) => id),
      [
        'syn[identities=10,pose=narrow,light=ambient]',
        'syn[identities=10,pose=wide,light=ambient]',
        'syn[identities=1k,pose=narrow,light=ambient]',
      ],
    );
    assert.deepEqual(graph.stages[2]!.coordinates, { identities: '1k', pose: 'narrow', light: 'ambient' });
    assert.equal(graph.stages[2]!.parameters.identities, 1000);
    assert.deepEqual((graph.stages[0]!.parameters.pose as Record<string, unknown>).yaw, {
      type: 'uniform',
      low: -15,
      high: 15,
    });
  });

  it('reads the stage with its own coordinates, the one it names, or all of them', async () => {
    const { graph } = await readGood(`fx: 1
name: study
stages:
  syn: { ${GENERATE}, matrix: { identities: [1, 2] } }
  pre: { uses: test/train, matrix: { identities: [1, 2], epochs: [5] }, with: { data: "\${syn}" } }
  check: { uses: test/verify, matrix: { identities: [1, 2] }, with: { model: "\${pre[epochs=5]}" } }
  first: { uses: test/verify, with: { model: "\${pre[identities=1]}" } }
  all: { uses: test/compare, with: { results: ["\${check}", "\${first}"] } }
`);
    assert.deepEqual(stageOf(graph, 'pre[identities=2,epochs=5]').inputs, [
      { pointer: '/data', stage: 'syn[identities=2]' },
    ]);
    assert.deepEqual(stageOf(graph, 'check[identities=2]').inputs, [
      { pointer: '/model', stage: 'pre[identities=2,epochs=5]' },
    ]);
    assert.deepEqual(stageOf(graph, 'first').inputs, [{ pointer: '/model', stage: 'pre[identities=1,epochs=5]' }]);
    assert.deepEqual(
      stageOf(graph, 'all').inputs.map(({ pointer, stage }) => [pointer, stage]),
      [
        ['/results/0', 'check[identities=1]'],
        ['/results/1', 'check[identities=2]'],
        ['/results/2', 'first'],
      ],
    );
    assert.deepEqual(stageOf(graph, 'all').parameters.results, [
      { stage: 'check[identities=1]' },
      { stage: 'check[identities=2]' },
      { stage: 'first' },
    ]);
  });
});

describe('replicates', () => {
  const study = (count: number): string => `fx: 1
name: study
stages:
  syn: { ${GENERATE}, with: { identities: 1, seed: 7 } }
  pre: { uses: test/train, with: { data: "\${syn}", epochs: 1, seed: 7 }, replicates: ${count} }
  fine: { uses: test/train, with: { data: "\${syn}", start: "\${pre}", epochs: 1 } }
  check: { uses: test/verify, matrix: { model: [fine], benchmark: [lfw] } }
  one: { uses: test/verify, with: { model: "\${fine[replicate=1]}" } }
  all: { uses: test/compare, with: { results: ["\${check[model=fine]}"] } }
report:
  tables: [{ id: t, rows: { Fine: fine }, columns: { LFW: lfw.accuracy } }]
`;

  it('have seeds of their own, the first the one written; what reads them branches', async () => {
    const { graph } = await readGood(study(3));
    const seeds = [1, 2, 3].map((r) => stageOf(graph, `pre[replicate=${r}]`).parameters.seed);
    assert.equal(seeds[0], 7);
    assert.equal(new Set(seeds).size, 3);
    assert.deepEqual(stageOf(graph, 'fine[replicate=2]').inputs, [
      { pointer: '/data', stage: 'syn' },
      { pointer: '/start', stage: 'pre[replicate=2]' },
    ]);
    assert.equal(stageOf(graph, 'fine[replicate=2]').parameters.seed, 1);
    assert.equal(stageOf(graph, 'check[model=fine,benchmark=lfw,replicate=3]').inputs[0]!.stage, 'fine[replicate=3]');
    assert.deepEqual(stageOf(graph, 'one').coordinates, {});
    assert.equal(stageOf(graph, 'all').inputs.length, 3);
    const [table] = graph.report!.tables as { cells: string[][][] }[];
    assert.equal(table!.cells[0]![0]!.length, 3);
  });

  it('keep those there are when more are asked for', async () => {
    const [three, five] = [(await readGood(study(3))).graph, (await readGood(study(5))).graph];
    for (const stage of three.stages.filter(({ name }) => name !== 'all'))
      assert.deepEqual(stageOf(five, stage.id).parameters, stage.parameters);
    const one = (await readGood(study(1))).graph;
    assert.equal(stageOf(one, 'pre[replicate=1]').parameters.seed, 7);
  });
});

describe("a user's own kind", () => {
  it('is asked for by its module, relative to the project', async () => {
    const asked: string[] = [];
    const { graph } = await readGood(
      {
        'sub/a.yaml': 'fx: 1\nname: study\nstages:\n  mine: { uses: ./stages/mine.ts#made, with: { identities: 3 } }\n',
      },
      {
        file: 'sub/a.yaml',
        loadModules: (modules) => {
          asked.push(
            ...modules.map(({ id, module, exported }) => `${id} ${'path' in module ? module.path : ''} ${exported}`),
          );
          return Promise.resolve(ok(new Map(modules.map(({ id }) => [id, testKinds[0]!]))));
        },
      },
    );
    assert.deepEqual(asked, ['./sub/stages/mine.ts#made /project/sub/stages/mine.ts made']);
    assert.equal(stageOf(graph, 'mine').parameters.identities, 3);
  });
});

describe('a report', () => {
  const study = (from: string): string => `fx: 1
name: study
stages:
  syn: { ${GENERATE}, with: { identities: 1 } }
  pre: { uses: test/train, with: { data: "\${syn}", epochs: 1 } }
  tuned: { uses: test/train, matrix: { of: [pre], benchmark: [lfw, ijba] }, with: { data: "\${syn}", start: "\${matrix.of}", network: "\${matrix.benchmark}", epochs: 1 } }
  check: { uses: test/verify, matrix: { of: [pre], benchmark: [lfw, ijba] }, with: { model: "\${tuned}" } }
report:
  tables:
    - { id: t, ${from} rows: { Pre: pre }, columns: { LFW: lfw.accuracy, "IJB-A": ijba.tar@far=0.1 }, published: { Pre: [0.5, null] } }
  claims:
    - { id: c, says: it works, that: 0.9 < Pre, on: [LFW, ijba] }
`;
  interface Tied {
    readonly tables: readonly { readonly cells: string[][][]; readonly published: unknown }[];
    readonly figures: readonly { readonly cells?: { readonly stages: string[] }[]; readonly stages?: string[] }[];
    readonly claims: readonly {
      readonly on: { readonly metric: string }[];
      readonly operands: { readonly cells: string[][] }[];
      readonly comparisons: unknown;
    }[];
  }

  it('has its cells tied to stages: of several that match, to the one that reads the others', async () => {
    const report = (await readGood(study(''))).graph.report as unknown as Tied;
    assert.deepEqual(report.tables[0]!.cells, [[['check[of=pre,benchmark=lfw]'], ['check[of=pre,benchmark=ijba]']]]);
    assert.deepEqual(report.tables[0]!.published, [[0.5, null]]);
    const [claim] = report.claims;
    assert.deepEqual(
      claim!.on.map(({ metric }) => metric),
      ['accuracy', 'tar@far=0.1'],
    );
    assert.deepEqual(claim!.operands[0]!.cells, [['check[of=pre,benchmark=lfw]'], ['check[of=pre,benchmark=ijba]']]);
    assert.deepEqual(claim!.comparisons, [{ left: 0, minus: null, operator: '>', right: null, value: 0.9 }]);
  });

  it('counts a stage once, however often it is named: a claim on two tables of one stage has no cell twice', async () => {
    const again = `  figures:
    - { id: f, type: chart, title: F, mark: line, from: [tuned, tuned], metrics: [loss], encoding: { x: { field: benchmark }, y: { field: loss } } }
    - { id: l, type: learning-curves, title: L, of: [tuned, pre, tuned] }
  claims:`;
    const twice = study('from: [tuned, tuned],')
      .replace(
        '  claims:',
        `    - { id: u, from: tuned, rows: { Pre: pre }, columns: { LFW: lfw.accuracy } }\n${again}`,
      )
      .replaceAll('accuracy', 'loss');
    const report = (await readGood(twice)).graph.report as unknown as Tied;
    assert.deepEqual(report.tables[0]!.cells[0]![0], ['tuned[of=pre,benchmark=lfw]']);
    assert.deepEqual(report.claims[0]!.operands[0]!.cells[0], ['tuned[of=pre,benchmark=lfw]']);
    const [chart, curves] = report.figures;
    assert.deepEqual(
      chart!.cells!.map(({ stages }) => stages),
      [['tuned[of=pre,benchmark=lfw]'], ['tuned[of=pre,benchmark=ijba]']],
    );
    assert.deepEqual(curves!.stages, ['tuned[of=pre,benchmark=lfw]', 'tuned[of=pre,benchmark=ijba]', 'pre']);
  });

  it('takes them from the stage that it names', async () => {
    const report = (await readGood(study('from: tuned,'))).graph.report as unknown as Tied;
    assert.deepEqual(report.tables[0]!.cells[0]![0], ['tuned[of=pre,benchmark=lfw]']);
  });
});
