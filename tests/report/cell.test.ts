import assert from 'node:assert/strict';
import { walkCell } from '../../src/report/tables/cell.js';
import type { Report } from '../../src/report/report.js';

/** A report of one table whose cells are numbered from 0, row by row. */
function reportOf(id: string, rows: readonly string[], columns: readonly string[]): Report {
  const cell = (value: number) => ({
    value,
    interval: null,
    method: 'one value',
    published: null,
    best: false,
    sources: [],
  });
  const table = {
    id,
    title: id,
    columns: columns.map((label) => ({ label, metric: 'acc' })),
    rows: rows.map((label, r) => ({ label, cells: columns.map((_, c) => cell(r * columns.length + c)) })),
    best: 'none',
    percent: false,
    digits: 3,
  };
  return { tables: [table], stages: [] } as unknown as Report;
}

function valueAt(report: Report, path: string): number | string {
  const found = walkCell(report, path);
  return found.ok
    ? found.value.cell.value!
    : found.error.map(({ message, help }) => `${message}; ${help ?? ''}`).join();
}

describe('the way to a cell', () => {
  it('finds every row and column, whatever slashes their labels hold', () => {
    const rows = ['a', 'a/b', 'a/b/c', '/', '', 'x\\y', '漢/字', 'constructor'];
    const columns = ['c', 'c/d', '/', '', '\\', '__proto__'];
    const report = reportOf('t', rows, columns);
    for (const [r, row] of rows.entries())
      for (const [c, column] of columns.entries()) {
        const exact = [row, column].map((label) => label.replaceAll(/[\\/]/g, (each) => `\\${each}`)).join('/');
        assert.equal(valueAt(report, `t/${exact}`), r * columns.length + c, exact);
      }
  });

  it('takes a label as it is printed where only one cell is meant', () => {
    const report = reportOf('x', ['a', 'a/b'], ['c']);
    assert.equal(valueAt(report, 'x/a/c'), 0);
    assert.equal(valueAt(report, 'x/a/b/c'), 1);
  });

  it('says how to write each of two cells that are written alike', () => {
    const report = reportOf('x', ['a', 'a/b'], ['c', 'b/c']);
    assert.equal(valueAt(report, 'x/a/c'), 0);
    assert.match(
      String(valueAt(report, 'x/a/b/c')),
      /2 cells are written `x\/a\/b\/c`; write one of them: `x\/a\/b\\\/c`, `x\/a\\\/b\/c`/,
    );
    assert.equal(valueAt(report, 'x/a/b\\/c'), 1);
    assert.equal(valueAt(report, 'x/a\\/b/c'), 2);
  });

  it('names what is missing, and what there is, as far as the path can be followed', () => {
    const report = reportOf('x', ['a', 'a/b'], ['col']);
    assert.match(String(valueAt(report, 'y/a/col')), /no table `y`/);
    assert.match(String(valueAt(report, 'x/q/col')), /no row `q`/);
    assert.match(String(valueAt(report, 'x/a/b/cool')), /no column `cool` .*did you mean `col`/);
  });
});
