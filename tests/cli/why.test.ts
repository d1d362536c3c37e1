import assert from 'node:assert/strict';
import { experiment, Project } from './project.js';

interface PlanJson {
  readonly schema: string;
  readonly stages: readonly {
    readonly id: string;
    readonly kind: string;
    readonly status: string;
    readonly parts: { readonly known: number; readonly total: number };
    readonly reasons: readonly string[];
  }[];
}

describe('fx plan and fx why', () => {
  const study = experiment(
    'study',
    [
      '  first:\n    uses: ./stages/mine.ts#write\n    with: { text: one, yaw: "uniform(-90 deg, 90 deg)" }',
      '  second:\n    uses: ./stages/mine.ts#write\n    with: { text: two, inputs: ["${first}"] }',
      '  pieces:\n    uses: ./stages/mine.ts#shards\n    with: { text: p, count: 3 }',
      '',
    ].join('\n'),
  );
  let project: Project;
  before(async () => {
    project = new Project({ 'study.yaml': study });
    assert.equal((await project.fx('run', 'study.yaml', '--no-report')).code, 0);
  });
  beforeEach(() => {
    project.write('study.yaml', study);
  });
  after(() => project.remove());

  const reasonsOf = async (): Promise<Record<string, readonly string[]>> => {
    const plan = await project.json<PlanJson>('plan', 'study.yaml');
    return Object.fromEntries(plan.stages.map((stage) => [stage.id, stage.reasons]));
  };

  it('says that a stage was never made', async () => {
    const fresh = new Project({ 'study.yaml': study });
    const plan = await fresh.json<PlanJson>('plan', 'study.yaml');
    assert.equal(plan.schema, 'fx/plan@1');
    assert.deepEqual(
      plan.stages.map(({ id, status, parts, reasons }) => ({ id, status, parts, reasons })),
      [
        { id: 'first', status: 'run', parts: { known: 0, total: 1 }, reasons: ['never made before'] },
        { id: 'pieces', status: 'run', parts: { known: 0, total: 3 }, reasons: ['never made before'] },
        { id: 'second', status: 'pending', parts: { known: 0, total: 1 }, reasons: ['waits for first'] },
      ],
    );
    fresh.remove();
  });

  it('has no reason where all is known', async () => {
    assert.deepEqual(await reasonsOf(), { first: [], second: [], pieces: [] });
    const { out } = await project.fx('why', 'study.yaml', 'first');
    assert.match(out, /^first .*: known since \d{4}-\d\d-\d\d \d\d:\d\d UTC, made in /);
  });

  it('tells a changed distribution with its unit', async () => {
    project.edit('study.yaml', 'uniform(-90 deg, 90 deg)', 'uniform(-35 deg, 35 deg)');
    const reasons = await reasonsOf();
    assert.deepEqual(reasons.first, ['yaw uniform(-90 deg, 90 deg) -> uniform(-35 deg, 35 deg)']);
    assert.deepEqual(reasons.second, ['waits for first']);
    const { out } = await project.fx('why', 'study.yaml', 'first');
    assert.match(out, /yaw uniform\(-90 deg, 90 deg\) -> uniform\(-35 deg, 35 deg\)/);
    assert.match(out, /2 of 3 stages rerun/);
  });

  it('tells how many parts are known, and a changed count', async () => {
    project.edit('study.yaml', 'count: 3', 'count: 5');
    const plan = await project.json<PlanJson>('plan', 'study.yaml');
    const pieces = plan.stages.find((stage) => stage.id === 'pieces')!;
    assert.deepEqual(pieces.parts, { known: 3, total: 5 });
    assert.deepEqual(pieces.reasons, ['count 3 -> 5']);
  });

  it('tells what else differs of a stage that waits', async () => {
    project.edit('study.yaml', 'text: one', 'text: eins');
    project.edit('study.yaml', 'text: two', 'text: zwei');
    const reasons = await reasonsOf();
    assert.deepEqual(reasons.second, ['waits for first', 'text two -> zwei']);
  });

  it('compares a new stage with the nearest of its kind', async () => {
    project.edit(
      'study.yaml',
      '  second:',
      '  other:\n    uses: ./stages/mine.ts#write\n    with: { text: three }\n  second:',
    );
    const reasons = await reasonsOf();
    assert.equal(reasons.other?.[0], 'never made before; compared with first: text one -> three');
  });

  it('names the declaration of the user’s code that changed', async () => {
    project.edit('stages/shout.ts', 'toUpperCase', 'toLowerCase');
    const reasons = await reasonsOf();
    assert.deepEqual(reasons.first, ['code of ./stages/mine.ts#write changed: shout in stages/shout.ts']);
    assert.deepEqual(reasons.pieces, []);
    project.edit('stages/shout.ts', 'toLowerCase', 'toUpperCase');
  });

  it('suggests the nearest stage', async () => {
    const { code, err } = await project.fx('why', 'study.yaml', 'secnd');
    assert.equal(code, 2);
    assert.match(err, /there is no stage `secnd` in study\.yaml[^]*did you mean `second`\?/);
  });
});
