import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord, StageRecord } from '../../src/engine/run/record.js';
import { drawChart } from '../../src/report/figures/chart-figure.js';
import { rowsOf, type ChartPlan } from '../../src/report/figures/chart-rows.js';
import { evidenceOf } from '../../src/report/measures/evidence.js';
import { Noise } from '../../src/report/measures/noise.js';

describe('a chart of a user’s own', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'fx-chart-'))));
  after(() => rmSync(folder, { recursive: true }));

  /** A run of `train` in replicates of two kinds, each with a file of these contents. */
  const runOf = (files: Readonly<Record<string, readonly string[]>>): RunRecord => {
    const stages = Object.entries(files).flatMap(([kind, contents]) =>
      contents.map((content, r) => {
        const digest = `${kind}-${r}`;
        writeFileSync(join(folder, digest), content);
        return {
          id: `train[kind=${kind},replicate=${r + 1}]`,
          key: `${kind} ${r}`,
          reads: {},
          coordinates: { kind, replicate: String(r + 1) },
          outputs: [{ path: 'curve.csv', digest, bytes: content.length }],
          metrics: {},
        } as unknown as StageRecord;
      }),
    );
    return { stages } as unknown as RunRecord;
  };
  const planOf = (run: RunRecord, more: Partial<ChartPlan> = {}): ChartPlan => ({
    type: 'chart',
    shape: 'chart',
    id: 'chart',
    title: undefined,
    axes: [{ name: 'kind', values: ['b', 'a'] }],
    cells: ['b', 'a'].map((kind) => ({
      name: 'train',
      coordinates: { kind },
      stages: run.stages.filter(({ coordinates }) => coordinates.kind === kind).map(({ id }) => id),
    })),
    data: { file: 'curve.csv', average: ['tar@far=0.1'] },
    view: {
      mark: 'line',
      encoding: { x: { field: 'epoch' }, y: { field: 'tar@far=0.1' }, color: { field: 'kind' } },
    },
    intervals: true,
    ...more,
  });
  const evidence = (run: RunRecord) => evidenceOf(run, (digest) => join(folder, digest));
  const curve = (value: number): string => `epoch,tar@far=0.1,note\n1,${value},x\n2,${value + 1},y\n`;

  it('draws no column of a file that is called as an axis is, but says something else', () => {
    const drawnOf = (column: string, value: string) => {
      const run = runOf({ b: [`epoch,tar@far=0.1,${column}\n1,2,${value}\n`], a: [] });
      const plan = planOf(run, { data: { file: 'curve.csv', average: [] } });
      return rowsOf(plan, new Set(['epoch', 'kind', 'replicate']), evidence(run), new Noise());
    };
    for (const [column, value] of [
      ['kind', 'x'],
      ['replicate', '9'],
    ] as const) {
      const read = drawnOf(column, value);
      assert.ok(!read.ok);
      assert.match(
        read.error[0].message,
        new RegExp(`curve.csv of train\\[kind=b,replicate=1\\] has a column \`${column}\` of its own`),
      );
    }
    for (const [column, value] of [
      ['kind', 'b'],
      ['replicate', '1.0'],
      ['stage', 'x'],
    ] as const)
      assert.ok(drawnOf(column, value).ok, column);
  });

  it('averages rows of replicates, with Student’s interval', () => {
    const run = runOf({ b: [curve(1), curve(2), curve(4)], a: [curve(3)] });
    const read = rowsOf(planOf(run), new Set(['epoch', 'kind']), evidence(run), new Noise());
    assert.ok(read.ok);
    assert.deepEqual(read.value.columns, [
      'stage',
      'kind',
      'epoch',
      'tar@far=0.1',
      'tar@far=0.1_low',
      'tar@far=0.1_high',
      'replicates',
    ]);
    assert.equal(read.value.rows.length, 4);
    const [first] = read.value.rows;
    // The mean of 1, 2 and 4; their standard deviation is 1.527525, and t with two degrees of freedom 4.302653.
    const half = (4.302653 * 1.527525) / Math.sqrt(3);
    assert.ok(Math.abs((first!['tar@far=0.1'] as number) - 7 / 3) < 1e-12);
    assert.ok(Math.abs((first!['tar@far=0.1_low'] as number) - (7 / 3 - half)) < 1e-5);
    assert.ok(Math.abs((first!['tar@far=0.1_high'] as number) - (7 / 3 + half)) < 1e-5);
    assert.deepEqual([first!.kind, first!.epoch, first!.replicates], ['b', 1, 3]);
    const alone = read.value.rows[2]!;
    assert.deepEqual([alone.kind, alone['tar@far=0.1'], alone['tar@far=0.1_low']], ['a', 3, null]);
  });

  it('is the same picture every time, in the order of the experiment, with bands and every mark', async () => {
    const run = runOf({ b: [curve(1), curve(2)], a: [curve(3), curve(5)] });
    const draw = async (more: Partial<ChartPlan> = {}) => {
      const drawn = await drawChart(planOf(run, more), evidence(run), new Noise());
      assert.ok(drawn.svg !== undefined, drawn.lacks);
      return drawn.svg;
    };
    const line = await draw();
    assert.equal(await draw(), line);
    assert.match(line, /mark-area/, 'a band');
    assert.doesNotMatch(await draw({ intervals: false }), /mark-area/);
    assert.ok(line.indexOf('>b<') < line.indexOf('>a<'), 'the legend in the order of the matrix');
    const panels = await draw({
      view: {
        mark: { type: 'point', filled: true },
        encoding: { x: { field: 'epoch' }, y: { field: 'tar@far=0.1' }, column: { field: 'kind' } },
      },
    });
    assert.match(panels, /mark-rule/, 'intervals of points');
    assert.match(
      await draw({
        data: { file: 'curve.csv', average: [] },
        view: { mark: 'bar', encoding: { x: { field: 'tar@far=0.1', bin: true }, y: { aggregate: 'count' } } },
      }),
      /mark-rect/,
    );
    assert.match(
      await draw({
        data: { file: 'curve.csv', average: [] },
        view: {
          mark: 'rect',
          encoding: {
            x: { field: 'epoch', type: 'ordinal' },
            y: { field: 'kind' },
            color: { field: 'tar@far=0.1', aggregate: 'mean' },
          },
        },
      }),
      /mark-rect/,
    );
  });

  it('says why it cannot be drawn', async () => {
    const run = runOf({ b: [curve(1)], a: ['epoch,other\n1,2\n'] });
    const lacks = async (more: Partial<ChartPlan>) =>
      (await drawChart(planOf(run, more), evidence(run), new Noise())).lacks;
    assert.match((await lacks({ data: { file: 'gone.csv', average: [] } }))!, /has no file gone\.csv/);
    assert.match(
      (await lacks({ data: { file: 'curve.csv', average: ['lost'] } }))!,
      /has no column `tar@far=0\.1`|has no column `lost`/,
    );
    assert.match(
      (await lacks({ data: { file: 'curve.csv', average: ['tar@far=0.1'] } }))!,
      /^curve\.csv of train\[kind=a,replicate=1\] has no column `tar@far=0\.1`; it has epoch, other$/,
      'a column that one of the stages lacks',
    );
    const same = runOf({ b: [curve(1), curve(2)], a: [curve(3)] });
    const of = async (field: string, average: readonly string[]) =>
      (
        await drawChart(
          planOf(same, {
            data: { file: 'curve.csv', average },
            view: {
              mark: 'line',
              encoding: { x: { field: 'epoch' }, y: { field: 'tar@far=0.1' }, color: { field } },
            },
          }),
          evidence(same),
          new Noise(),
        )
      ).lacks;
    assert.match((await of('kind', ['note']))!, /`note` of curve\.csv does not hold numbers alone/);
    assert.match((await of('replicate', ['tar@far=0.1']))!, /has no column `replicate`/, 'averaged over them');
    assert.equal(await of('replicate', []), undefined);
    assert.equal(await of('replicates', ['tar@far=0.1']), undefined);
    assert.match((await of('replicates', []))!, /has no column `replicates`/);
  });
});
