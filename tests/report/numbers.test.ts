import assert from 'node:assert/strict';
import { buildReport } from '../../src/report/build.js';
import { tableLatex } from '../../src/report/formats/latex.js';
import { numbersTex } from '../../src/report/formats/numbers.js';
import type { Report } from '../../src/report/report.js';
import { sampleRun } from './sample-run.js';

/** What each name stands for. */
function readMacros(tex: string): ReadonlyMap<string, string> {
  const found = [...tex.matchAll(/^\\expandafter\\def\\csname fx@\\detokenize\{([^}]*)\}\\endcsname\{(.*)\}$/gm)];
  return new Map(found.map(([, name, value]) => [name!, value!]));
}

describe('the numbers of a report for LaTeX', () => {
  let report: Report;
  before(async () => {
    const sample = sampleRun(undefined, { pairs: 100 });
    report = (await buildReport(sample.run, sample)).report;
    sample.remove();
  });

  it('are those of the table as it is printed, with the ends of intervals and what was published', () => {
    const macros = readMacros(numbersTex(report));
    const { rows, columns } = report.tables[0]!;
    let count = 0;
    for (const { label, cells } of rows)
      for (const [c, { value, interval, published }] of cells.entries()) {
        const at = `table2b/${label}/${columns[c]!.label}`;
        assert.equal(macros.get(at), value!.toFixed(3));
        assert.equal(macros.get(`${at}/low`), interval!.low.toFixed(3));
        assert.equal(macros.get(`${at}/high`), interval!.high.toFixed(3));
        assert.equal(macros.get(`${at}/published`), published!.toFixed(3));
        count += 4;
      }
    assert.ok(count >= 24);
    for (const { id, verdict } of report.claims) assert.equal(macros.get(`claim/${id}/verdict`), verdict);
  });

  it('have a minus where they are negative, in macros and in tables, in text and in mathematics', () => {
    const [table] = report.tables;
    const interval = { low: -0.2, high: -0.00001 };
    const cell = { ...table!.rows[0]!.cells[0]!, value: -0.1234, interval, published: -1 };
    const small = { ...table!, columns: table!.columns.slice(0, 1), rows: [{ label: 'a', cells: [cell] }] };
    const macros = readMacros(numbersTex({ ...report, tables: [small] }));
    const at = `table2b/a/${small.columns[0]!.label}`;
    assert.deepEqual(
      ['', '/low', '/high', '/published'].map((end) => macros.get(`${at}${end}`)),
      ['\\ensuremath{-}0.123', '\\ensuremath{-}0.200', '0.000', '\\ensuremath{-}1.000'],
    );
    const tex = tableLatex(small, report);
    assert.match(tex, /\\ensuremath\{-\}0\.123\}? \{\\scriptsize \[\\ensuremath\{-\}0\.200, 0\.000\]\}/);
    assert.match(tex, /\\textit\{\\ensuremath\{-\}1\.000\}/);
  });

  it('leave out both of two that would have one name', () => {
    const [table] = report.tables;
    const rows = [{ ...table!.rows[0]!, label: 'a_b' }, { ...table!.rows[1]!, label: 'a#b' }, table!.rows[2]!];
    const macros = readMacros(numbersTex({ ...report, tables: [{ ...table!, rows }] }));
    assert.ok(![...macros.keys()].some((name) => name.startsWith('table2b/a-b/')));
    assert.ok(macros.has(`table2b/${rows[2]!.label}/LFW`));
  });

  it('leave out both of two that would have one name where one of them was not measured', () => {
    const [table] = report.tables;
    const [first, second] = table!.rows;
    const cells = first!.cells.map((cell) => ({ ...cell, value: null, interval: null, published: null }));
    const rows = [
      { ...first!, label: 'a_b', cells },
      { ...second!, label: 'a#b' },
    ];
    const macros = readMacros(numbersTex({ ...report, tables: [{ ...table!, rows }] }));
    assert.ok(![...macros.keys()].some((name) => name.startsWith('table2b/')));
  });

  it('hold nothing of a label or a name that TeX would act on', () => {
    const [table] = report.tables;
    const rows = [{ ...table!.rows[0]!, label: 'x}\\input{/etc/passwd}%~^$&#_' }];
    const experiment = { ...report.experiment, name: 'n\n\\input{evil}' };
    const tex = numbersTex({ ...report, experiment, tables: [{ ...table!, rows }] });
    for (const line of tex.split('\n')) if (!line.startsWith('%')) assert.doesNotMatch(line, /\\input|[~^$&_]|%./);
    assert.doesNotMatch(tex, /^\\input/m);
  });
});
