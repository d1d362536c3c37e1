import assert from 'node:assert/strict';
import { readGood, stageOf, told } from '../graph/world.js';

const STUDY = `
fx: 1
name: study
title: A study
parameters:
  yaw: { value: [-35 deg, 35°], within: [-90 deg, 90 deg], says: range of yaw }
profiles:
  mini: { values: { identities: 20, epochs: 2 } }
  paper: { values: { identities: 10k, epochs: 200 }, stages: { syn: { with: { size: 227 } } } }
stages:
  verify:
    uses: test/verify
    matrix: { model: [pretrain, finetune], benchmark: [multipie, lfw] }
  pretrain:
    uses: test/train
    with: { data: "\${syn}", epochs: "\${profile.epochs}" }
    resources: { cores: 2, memory: 1 GiB }
    timeout: 2 h
  finetune:
    uses: test/train
    with: { data: "\${casia}", start: "\${pretrain}", epochs: 3 }
  syn:
    uses: test/generate
    with: { identities: "\${profile.identities}", pose: { yaw: "uniform(\${yaw})" } }
  casia:
    uses: test/generate
    with: { identities: 5 }
report:
  tables:
    - id: t
      rows: { Pre: pretrain, Fine: finetune }
      columns: { Multi-PIE: multipie.accuracy, LFW: lfw.accuracy }
      published: { Fine: [0.9, null] }
  claims:
    - { id: c, says: it helps, that: Pre < Fine, on: [lfw] }
`;

describe('reading an experiment', () => {
  it('gives the stages, in order, with their values in canonical units', async () => {
    const { graph } = await readGood(STUDY);
    assert.equal(graph.profile, 'mini');
    assert.deepEqual(graph.parameters, { yaw: ['-35 deg', '35 deg'] });
    assert.deepEqual(
      graph.stages.map((stage) => stage.id),
      [
        'casia',
        'syn',
        'pretrain',
        'finetune',
        'verify[model=pretrain,benchmark=multipie]',
        'verify[model=pretrain,benchmark=lfw]',
        'verify[model=finetune,benchmark=multipie]',
        'verify[model=finetune,benchmark=lfw]',
      ],
    );
    const syn = stageOf(graph, 'syn');
    assert.deepEqual(syn.parameters, {
      identities: 20,
      samples: 10,
      seed: 1,
      size: 96,
      noise: 0.05,
      light: 'ambient',
      pose: { yaw: { type: 'uniform', low: -35, high: 35 }, pitch: { type: 'constant', value: 0 } },
      distance: 1000,
    });
    assert.deepEqual(stageOf(graph, 'pretrain').settings, { resources: { cores: 2, memory: 2 ** 30 }, timeout: 7200 });
    assert.deepEqual(stageOf(graph, 'verify[model=finetune,benchmark=lfw]').inputs, [
      { pointer: '/model', stage: 'finetune' },
    ]);
    assert.equal(syn.writtenAs('/pose/yaw'), 'uniform(-35 deg, 35°)');
    assert.equal(syn.writtenAs('/identities'), '20');
    assert.equal(syn.writtenAs('/samples'), undefined);
    assert.deepEqual(syn.placeOf('/identities').start, { line: 8, column: 33 });
  });

  it('lays the chosen profile over the experiment', async () => {
    const { graph } = await readGood(STUDY, { profile: 'paper' });
    assert.equal(stageOf(graph, 'syn').parameters.size, 227);
    assert.equal(stageOf(graph, 'syn').parameters.identities, 10000);
    assert.equal(stageOf(graph, 'pretrain').parameters.epochs, 200);
  });

  it('lays what a profile asks of Slurm over what the experiment asks, in seconds', async () => {
    const slurm = 'slurm: { partition: main, time: 30 min, extra: [--nice=5] }';
    const text = STUDY.replace('stages:\n  verify', `${slurm}\nstages:\n  verify`).replace(
      'mini: { values',
      'mini: { slurm: { partition: gpu, account: faces }, values',
    );
    const { graph } = await readGood(text);
    assert.deepEqual(graph.slurm, { partition: 'gpu', account: 'faces', time: 1800, extra: ['--nice=5'] });
    assert.equal((await readGood(STUDY)).graph.slurm, undefined);
  });

  it('lets an experiment say where and when its jobs run, not what they execute or write to', async () => {
    for (const option of ['--wrap=id', '--output=/tmp/x', '--wra=id', '--nicety', 'n', '--export=ALL'])
      assert.match(
        await told(STUDY.replace('stages:\n  verify', `slurm: { extra: ['${option}'] }\nstages:\n  verify`)),
        /extra/,
        option,
      );
  });
});
