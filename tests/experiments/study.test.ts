import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { metricsOf } from '../../src/engine/stage.js';
import { builtInKinds } from '../../src/plugins/registry.js';
import type { Report } from '../../src/report/report.js';
import { Study } from './study.js';

const HEADS = resolve(process.env.FX_TEST_DATA ?? '../shared/data', 'ict-facekit/ict-facekit-face.h5');
const BENCHMARKS = ['ijba', 'lfw', 'multipie'];

interface Shown {
  readonly stages: readonly {
    readonly id: string;
    readonly kind: string;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly metrics: Readonly<Record<string, unknown>>;
  }[];
}

/** Embedding and verifying a model on every benchmark. */
function tests(...models: readonly string[]): readonly string[] {
  return ['embed', 'verify'].flatMap((stage) =>
    models.flatMap((model) => BENCHMARKS.map((benchmark) => `${stage}[model=${model},benchmark=${benchmark}]`)),
  );
}

describe('the study', function () {
  this.timeout(180_000);
  let study: Study;
  let first: readonly string[];

  before(async () => {
    study = new Study('table2-frontal', 'table2-original', 'table1-real-data');
    first = await study.run('table2-frontal');
  });
  after(() => study.project.remove());

  it('runs from nothing to Table II (b), and a second time not at all', async () => {
    assert.equal(first.length, 41);
    assert.match(study.report('table2-frontal'), /\| Casia \+ SYN-Front \|/);
    assert.deepEqual(await study.run('table2-frontal'), []);
  });

  it('has every number of every table from the stored outcomes of one verification', () => {
    const { tables, stages } = JSON.parse(study.report('table2-frontal', 'report.json')) as Report;
    const cells = tables.flatMap(({ rows }) => rows.flatMap((row) => row.cells));
    assert.equal(cells.length, 12);
    const verifications = new Map(stages.filter(({ name }) => name === 'verify').map(({ id, key }) => [id, key]));
    for (const { value, sources } of cells) {
      assert.equal(sources.length, 1);
      assert.equal(value, sources[0]!.value);
      assert.equal(sources[0]!.key, verifications.get(sources[0]!.stage));
      assert.match(sources[0]!.outcomes!, /^[0-9a-f]{64}$/);
    }
    assert.equal(new Set(cells.map(({ sources }) => sources[0]!.stage)).size, 12);
  });

  it('hands the metrics that each kind declares, and no others', async () => {
    const { stages } = await study.project.json<Shown>('show', 'experiments/tiny-table2-frontal.yaml');
    const kinds = new Map(builtInKinds.map((kind) => [kind.name, kind]));
    for (const { id, kind, parameters, metrics } of stages) {
      const declared = Object.keys(metricsOf(kinds.get(kind)!, parameters)!);
      const numbers = Object.keys(metrics).filter((name) => typeof metrics[name] === 'number');
      // A protocol without folds has no accuracy: the scores decide, not the parameters.
      const handed = declared.filter((name) => name !== 'accuracy' || numbers.includes(name));
      assert.deepEqual(numbers.sort(), handed.sort(), id);
    }
    assert.deepEqual(
      [...new Set(stages.map(({ kind }) => kind))].sort(),
      // Programs of one's own, and the floor of the experiment on photographs, are no part of this study.
      [...kinds.keys()].filter((name) => name !== 'command' && name !== 'learning/pixels'),
    );
  });

  it('runs again what the yaw range of the biased data decides, and nothing else', async () => {
    const executed = await study.run('table2-frontal', '--set', 'yaw=[-20 deg, 20 deg]');
    const frontal = [
      'syn-front',
      'train[data=syn-front]',
      'finetune[start=syn-front,data=casia]',
      ...tests('syn-front', 'casia-syn-front'),
    ];
    assert.deepEqual(executed, [...frontal].sort());
    assert.match(study.report('table2-frontal'), /`yaw` = `\[-20 deg, 20 deg\]`/);
  });

  it('takes from Table II what Table I needs of it', async () => {
    const plan = await study.plan('table1-real-data');
    const known = [...plan].filter(([, status]) => status === 'hit').map(([stage]) => stage);
    const shared = [
      ...['syn-1m', 'train[data=syn-1m]', 'casia', 'finetune[start=syn-1m,data=casia]'],
      ...['standin-casia', 'standin-ijba', 'standin-lfw', 'standin-multipie'],
      ...BENCHMARKS.flatMap((benchmark) => [benchmark, `${benchmark}-images`]),
      ...tests('syn-1m', 'casia-syn-1m'),
    ];
    assert.deepEqual(known.sort(), [...shared].sort());
    // And a run that needs these and one stage more executes that one.
    const executed = await study.run('table1-real-data', '--only', ...shared, 'casia-part[part=casia-10]');
    assert.deepEqual(executed, ['casia-part[part=casia-10]']);
  });

  it('takes a model of real heads by one parameter: the synthetic branch runs again, and the report names the model', async function () {
    if (!existsSync(HEADS)) {
      console.log('      skipped: no model of real heads');
      this.skip();
    }
    const executed = await study.run('table2-original', '--set', `model=${HEADS}`);
    const synthetic = [
      'syn-1m',
      'train[data=syn-1m]',
      'finetune[start=syn-1m,data=casia]',
      ...tests('syn-1m', 'casia-syn-1m'),
    ];
    assert.deepEqual(executed, [...synthetic].sort());
    const report = study.report('table2-original');
    assert.match(report, /`model` = `.*ict-facekit-face\.h5/);
    assert.ok(!report.includes(resolve(HEADS, '..')), 'the place of the file on this machine is no part of a report');
  });
});

describe('the profile `paper` without data', function () {
  this.timeout(60_000);
  it('plans the whole graph and lists what is missing, where one gets it and how it is named', async () => {
    const study = new Study();
    try {
      for (const [experiment, stages] of [
        ['fig2-gap', 22],
        ['table1-real-data', 89],
        ['table2-original', 22],
        ['table2-frontal', 37],
        ['table2-identities', 37],
      ] as const) {
        const { code, out, err } = await study.fx('plan', `experiments/${experiment}.yaml`, '--profile', 'paper');
        assert.equal(code, 2, err);
        assert.equal(out.match(/^(run|pending) /gm)?.length, stages, experiment);
        for (const [name, source] of MISSING) {
          const told = err.split('error: ').find((diagnostic) => diagnostic.includes(`\`${name}\``));
          assert.ok(told !== undefined, `${experiment} misses ${name}`);
          assert.ok(told.includes(source), `${experiment} tells where to get ${name}: ${told}`);
          assert.ok(told.includes(`--set ${name}=PATH`), `${experiment} tells how to name ${name}`);
        }
        assert.equal(err.match(/^error/gm)?.length, MISSING.length);
      }
    } finally {
      study.project.remove();
    }
  });

  const MISSING = [
    ['model', 'Basel Face Model 2017'],
    ['bip-folder', 'Basel Illumination Prior'],
    ['dtd-folder', 'University of Oxford'],
    ['casia-folder', 'Chinese Academy of Sciences'],
    ['casia-exclude', 'not published with the paper'],
    ['lfw-folder', 'vis-www.cs.umass.edu/lfw'],
    ['multipie-folder', 'Carnegie Mellon University'],
    ['multipie-points', 'El Shafey'],
    ['ijba-folder', 'NIST'],
  ] as const;
});
