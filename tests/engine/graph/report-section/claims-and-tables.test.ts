import assert from 'node:assert/strict';
import { readGood, told } from '../world.js';

const study = (tables: readonly string[], claim: string): string => `fx: 1
name: study
stages:
  syn: { uses: test/generate, with: { identities: 1 } }
  tuned: { uses: test/train, matrix: { of: [p, q] }, with: { data: "\${syn}", network: "\${matrix.of}", epochs: 1 } }
  check: { uses: test/verify, matrix: { of: [p, q] }, with: { model: "\${tuned}" } }
report:
  tables:
${tables.map((table) => `    - ${table}\n`).join('')}  claims:
    - { id: c, says: it works, ${claim} }
`;

interface Tied {
  readonly claims: readonly { readonly operands: readonly { readonly cells: string[][] }[] }[];
}

const cellsOf = async (tables: readonly string[], claim: string): Promise<readonly string[]> => {
  const { graph } = await readGood(study(tables, claim));
  const [tied] = (graph.report as unknown as Tied).claims;
  return tied!.operands.map(({ cells }) => cells.flat().join(' '));
};

const TRAINED = '{ id: trained, from: tuned, rows: { P: p, Q: q }, columns: { Trained: loss } }';
const CHECKED = '{ id: checked, from: check, rows: { P: p, Q: q }, columns: { Checked: accuracy } }';

describe('a claim', () => {
  it('is about the numbers that a table prints, though another table has a stage that reads theirs', async () => {
    const both = [TRAINED, CHECKED];
    assert.deepEqual(await cellsOf(both, 'that: P < Q, on: [Trained]'), ['tuned[of=p]', 'tuned[of=q]']);
    assert.deepEqual(await cellsOf(both, 'that: P < Q, on: [Checked]'), ['check[of=p]', 'check[of=q]']);
    // By the axis values that rows are about, too.
    assert.deepEqual(await cellsOf(both, 'that: p < q, on: [Trained]'), ['tuned[of=p]', 'tuned[of=q]']);
  });

  it('on two tables whose numbers differ asks which is meant', async () => {
    const tables = [TRAINED, '{ id: other, from: check, rows: { P: p, Q: q }, columns: { Trained: loss } }'];
    assert.match(
      await told(study(tables, 'that: P < Q, on: [Trained]')),
      /the tables `trained` and `other` have different numbers for `P` and `Trained`.*say which is meant: `table: ID`/s,
    );
    assert.deepEqual(await cellsOf(tables, 'that: P < Q, on: [Trained], table: trained'), [
      'tuned[of=p]',
      'tuned[of=q]',
    ]);
  });

  it('on a label that two tables have of different metrics, or rows, asks which is meant', async () => {
    const metrics = [TRAINED, '{ id: other, from: tuned, rows: { P: p, Q: q }, columns: { Trained: spread } }'];
    assert.match(
      await told(study(metrics, 'that: P < Q, on: [Trained]')),
      /the column `Trained` is `loss` in one table, but `spread` in another/,
    );
    const rows = [TRAINED, '{ id: other, from: tuned, rows: { P: q, Q: p }, columns: { Other: loss } }'];
    assert.match(
      await told(study(rows, 'that: P < Q, on: [Trained]')),
      /the row `P` is `p` in the table `trained`, but `q` in `other`/,
    );
    assert.deepEqual(await cellsOf(rows, 'that: P < Q, on: [Other], table: other'), ['tuned[of=q]', 'tuned[of=p]']);
  });

  it('on an axis value that columns of several metrics are about asks which metric', async () => {
    const table =
      '{ id: t, from: check, rows: { Checked: check }, columns: { First: p.accuracy, Second: p.auc, Third: q.auc } }';
    assert.match(
      await told(study([table], 'that: Checked > 0.2, on: [p]')),
      /several columns are about `p`.*say which metric: p\.accuracy, p\.auc/s,
    );
    assert.deepEqual(await cellsOf([table], 'that: Checked > 0.2, on: [q]'), ['check[of=q]']);
    assert.deepEqual(await cellsOf([table], 'that: Checked > 0.2, on: [p.auc]'), ['check[of=p]']);
  });

  describe('with a number that is a value of an axis, too', () => {
    const rates = (tables: readonly string[], claim: string): string =>
      study(tables, claim).replaceAll('of: [p, q]', 'of: ["0.1", "0.5"]');
    const comparedWith = async (rows: string, that: string): Promise<unknown> => {
      const table = `{ id: t, from: tuned, rows: ${rows}, columns: { Loss: loss } }`;
      const { graph } = await readGood(rates([table], `that: "${that}", on: [Loss]`));
      const [claim] = (graph.report as unknown as { claims: { comparisons: { right: unknown; value: unknown }[] }[] })
        .claims;
      return claim!.comparisons.map(({ right, value }) => right ?? value);
    };

    it('is compared with the number', async () => {
      const rows = '{ Low: 0.1, High: 0.5 }';
      assert.deepEqual(await comparedWith(rows, 'High > 0.5'), [0.5]);
      assert.deepEqual(await comparedWith(rows, 'High > 50%'), [0.5]);
      assert.deepEqual(await comparedWith(rows, 'High - Low > 0.1'), [0.1]);
    });

    it('is compared with the row where a row has that label, and two numbers are two axis values', async () => {
      assert.deepEqual(await comparedWith('{ Low: 0.1, 0.5: 0.5 }', 'Low > 0.5'), [1]);
      assert.deepEqual(await comparedWith('{ Low: 0.1, High: 0.5 }', '0.1 < 0.5'), [1]);
    });
  });
});

describe('a column of a table', () => {
  it('is about the longest value of an axis that it begins with: values and metrics may hold dots', async () => {
    const table = '{ id: t, from: tuned, rows: { Tuned: tuned }, columns: { None: 0.loss, Half: 0.5.tar@far=0.1 } }';
    const written = study([table], 'that: Tuned > 0.2, on: [None]').replaceAll('of: [p, q]', 'of: ["0", "0.5"]');
    const { graph } = await readGood(written);
    const [tied] = (graph.report as unknown as { tables: { columns: unknown; cells: string[][][] }[] }).tables;
    assert.deepEqual(tied!.columns, [
      { label: 'None', of: '0', metric: 'loss' },
      { label: 'Half', of: '0.5', metric: 'tar@far=0.1' },
    ]);
    assert.deepEqual(tied!.cells, [[['tuned[of=0]'], ['tuned[of=0.5]']]]);
  });

  it('is not that of an excluded combination turned round, where two axes have the same values', async () => {
    const written = (axes: string, row: string, column: string): string =>
      study(
        [`{ id: t, from: crossed, rows: { R: ${row} }, columns: { C: ${column}.accuracy } }`],
        'that: R > 0.2, on: [C]',
      ).replace(
        'report:',
        `  crossed: { uses: test/verify, matrix: ${axes}, exclude: [{ on: p, by: q }], with: { model: "\${tuned[of=p]}", benchmark: "\${matrix.on}-\${matrix.by}" } }\nreport:`,
      );
    const same = '{ on: [p, q], by: [p, q] }';
    assert.match(
      await told(written(same, 'p', 'q')),
      /the axes `on` and `by` have both `p` and `q`, so it is not clear which of them is of which.*`by: \{ NAME: p, \.\.\. \}`/s,
    );
    assert.equal(await told(written(same, 'p', 'p')), '');
    const named = '{ on: [p, q], by: { q: q, by-p: p } }';
    assert.equal(await told(written(named, 'q', 'by-p')), '');
    assert.match(await told(written(named, 'p', 'q')), /no stage has both `p` and `q`/);
  });

  it('is not called what stands beside another in the table’s CSV', async () => {
    const table = (columns: string): string => `{ id: t, from: tuned, rows: { P: p, Q: q }, columns: { ${columns} } }`;
    const claim = 'that: P < Q, on: [Loss]';
    for (const beside of ['low', 'high', 'published', 'published (not comparable)', 'interval', 'notes'])
      assert.match(
        await told(study([table(`Loss: loss, "Loss ${beside}": spread`)], claim)),
        new RegExp(`the table as CSV would have two columns \`Loss ${beside.replace(/[()]/g, '\\$&')}\``),
      );
    await readGood(study([table('Loss: loss, "Loss lowest": spread, "Losses low": loss')], claim));
  });
});
