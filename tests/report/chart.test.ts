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
    for (const [mark, points] of [
      ['point', 4],
      [{ type: 'line', point: true }, 4],
    ] as const) {
      const encoding = { x: { field: 'epoch' }, y: { field: 'tar@far=0.1' }, shape: { field: 'kind' } };
      const shaped = await draw({ view: { mark, encoding } });
      assert.equal(shaped.match(/aria-roledescription="point"/g)?.length, points, 'none at the ends of intervals');
    }
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
              encoding: {
                x: { field: 'epoch' },
                y: { field: 'tar@far=0.1' },
                color: { field },
                detail: { field: 'kind' },
              },
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

  describe('that would show something else than its rows', () => {
    /** Of two kinds, two replicates each. */
    const run = () => runOf({ b: [curve(1), curve(2)], a: [curve(3), curve(5)] });
    const lacks = async (view: ChartPlan['view'], average: readonly string[] = []) => {
      const at = run();
      return (await drawChart(planOf(at, { data: { file: 'curve.csv', average }, view }), evidence(at), new Noise()))
        .lacks;
    };
    const x = { field: 'epoch' };
    const y = { field: 'tar@far=0.1' };
    const kind = { field: 'kind' };

    it('joins no rows of several stages, or replicates, in one line', async () => {
      assert.match(
        (await lacks({ mark: 'line', encoding: { x, y } }, [y.field]))!,
        /one line would join rows that differ in `kind`/,
      );
      assert.match(
        (await lacks({ mark: { type: 'line' }, encoding: { x, y, color: kind } }))!,
        /one line would join rows of several replicates: average them/,
      );
      assert.match(
        (await lacks({ mark: 'area', encoding: { x: { ...x, type: 'ordinal' }, y } }))!,
        /one area would join/,
      );
      assert.match(
        (await lacks({ mark: 'point', encoding: { x, y }, layer: [{ mark: 'line' }] }))!,
        /one line would join/,
        'a layer',
      );
      for (const encoding of [
        { x, y, color: kind, detail: { field: 'replicate' } },
        { x, y, column: kind, row: { field: 'replicate' } },
        { x, y: { ...y, aggregate: 'mean' }, color: kind },
        { x, y, order: { field: 'epoch' } },
      ] as const)
        assert.equal(await lacks({ mark: 'line', encoding }), undefined, JSON.stringify(encoding));
      assert.equal(await lacks({ mark: 'line', encoding: { x, y, color: kind } }, [y.field]), undefined);
    });

    it('joins pieces that lie one behind the other, and several rows at a place that one stage has', async () => {
      const at = runOf({ b: ['epoch,tar@far=0.1\n1,1\n2,2\n2,3\n'], a: ['epoch,tar@far=0.1\n2,3\n3,4\n'] });
      const plan = planOf(at, { data: { file: 'curve.csv', average: [] }, view: { mark: 'line', encoding: { x, y } } });
      assert.equal((await drawChart(plan, evidence(at), new Noise())).lacks, undefined);
    });

    it('hides no bar and no tile behind another, and stacks no means', async () => {
      const means = [y.field];
      const bars = { x: { ...x, type: 'ordinal' }, y } as const;
      assert.match(
        (await lacks({ mark: 'bar', encoding: { ...bars, color: kind } }, means))!,
        /bars would hide one another, of rows that differ in `kind`[^]*xOffset/,
      );
      assert.equal(await lacks({ mark: 'bar', encoding: { ...bars, color: kind, xOffset: kind } }, means), undefined);
      assert.equal(await lacks({ mark: 'bar', encoding: { ...bars, color: kind, facet: kind } }, means), undefined);
      const stacked = { ...bars, y: { ...y, stack: true }, color: kind };
      assert.equal(await lacks({ mark: 'bar', encoding: stacked }, means), undefined, 'if that is said');
      assert.match((await lacks({ mark: 'bar', encoding: { ...bars, color: kind } }))!, /of several replicates/);
      const parts = { ...bars, color: kind, opacity: { field: 'replicate' } };
      assert.equal(await lacks({ mark: 'bar', encoding: parts }), undefined, 'numbers that are no means are stacked');
      const tiles = { x, y: kind, color: y };
      assert.match(
        (await lacks({ mark: 'rect', encoding: tiles }))!,
        /tiles would hide one another, of rows of several replicates/,
      );
      assert.equal(await lacks({ mark: 'rect', encoding: tiles }, means), undefined);
    });
  });

  it('takes what is no number for nothing, and what stands beside it for numbers', () => {
    const run = runOf({ b: ['epoch,tar@far=0.1,note\n1,0.5,x\n2,nan,\n3,-inf,y\n4,,z\n'], a: [] });
    const rows = (average: readonly string[]) =>
      rowsOf(
        planOf(run, { data: { file: 'curve.csv', average } }),
        new Set(['epoch', 'kind']),
        evidence(run),
        new Noise(),
      );
    const read = rows([]);
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.rows.map((row) => row['tar@far=0.1']),
      [0.5, null, null, null],
    );
    const averaged = rows(['tar@far=0.1']);
    assert.ok(!averaged.ok);
    assert.match(averaged.error[0].message, /does not hold numbers alone: `nan` has no mean/);
  });
});
