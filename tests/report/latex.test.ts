import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildReport } from '../../src/report/build.js';
import { tableLatex } from '../../src/report/formats/latex.js';
import type { Report, Table } from '../../src/report/report.js';
import { sampleRun } from './sample-run.js';

const DOCUMENT = String.raw`\documentclass{article}
\usepackage{booktabs}
\pdfcompresslevel=0
\begin{document}
\setbox0=\hbox{\input{table}}\typeout{width \the\wd0}
\noindent\input{table}
\end{document}
`;

function isInstalled(program: string, argument: string): boolean {
  return spawnSync(program, [argument]).error === undefined;
}

describe('a table for LaTeX', function () {
  this.timeout(60_000);
  let report: Report;
  let folder: string | undefined;

  before(async function () {
    const missing = [
      ...(isInstalled('pdflatex', '--version') ? [] : ['pdflatex']),
      ...(isInstalled('pdftotext', '-v') ? [] : ['pdftotext']),
    ];
    if (missing.length > 0) {
      console.log(`      skipped: not installed: ${missing.join(', ')}`);
      this.skip();
    }
    const sample = sampleRun(undefined, { pairs: 100 });
    report = (await buildReport(sample.run, sample)).report;
    sample.remove();
    folder = mkdtempSync(join(tmpdir(), 'fx-latex-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  /** What a reader of the page sees, line by line with single spaces, and the table's width in points. */
  function typeset(table: Table): { readonly lines: readonly string[]; readonly width: number } {
    writeFileSync(join(folder!, 'table.tex'), tableLatex(table, report));
    writeFileSync(join(folder!, 'document.tex'), DOCUMENT);
    const options = { cwd: folder, encoding: 'utf8' } as const;
    const made = spawnSync('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', 'document.tex'], options);
    if (/File `booktabs.sty' not found/.test(made.stdout)) throw new Error('pdflatex is installed without booktabs');
    assert.equal(made.status, 0, made.stdout);
    assert.doesNotMatch(made.stdout, /Missing character|LaTeX Warning: Command/);
    const read = spawnSync('pdftotext', ['-layout', 'document.pdf', '-'], options);
    assert.equal(read.status, 0, read.stderr);
    const lines = read.stdout.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
    return { lines, width: Number(/^width ([\d.]+)pt/m.exec(made.stdout)![1]) };
  }

  const find = (id: string): Table => report.tables.find((table) => table.id === id)!;

  it('is set as it is in the report: heads, numbers with intervals, what was published, the notes', () => {
    const { lines } = typeset(find('table2b'));
    assert.ok(lines.includes('measured on stand-in data published, not comparable'), lines.join('\n'));
    const { rows } = find('table2b');
    for (const { label, cells } of rows) {
      const three = (value: number): string => value.toFixed(3);
      const measured = cells.map(({ value, interval }) =>
        value === null || interval === null ? '–' : `${three(value)} [${three(interval.low)}, ${three(interval.high)}]`,
      );
      const published = cells.map((cell) => (cell.published === null ? '–' : three(cell.published)));
      assert.ok(lines.includes([label, ...measured, ...published].join(' ')), lines.join('\n'));
    }
    assert.ok(lines.some((line) => line.startsWith('Measured on stand-in data: not comparable')));
  });

  it('shows every sign of a label, whatever TeX would make of it', () => {
    const table = find('table2b');
    const labels = [
      String.raw`\input{x} ~50 % of {A} & $B$ #1 a_b^c`,
      '[0, 1) after a line',
      '* starred',
      'a -- b --- c',
      '<x> | y → z',
      'yaw ±30° × 2 ≤ −3',
      'λ = 0.5, Δ ≈ μ',
    ];
    const rows = labels.map((label) => ({ ...table.rows[0]!, label }));
    const { lines } = typeset({ ...table, rows });
    // What pdftotext calls the signs of pdfTeX's fonts; an underscore is a rule, which is no text.
    const names: Readonly<Record<string, string>> = { '^': 'ˆ', '~': '˜', '°': '◦', Δ: '∆', μ: 'µ', _: '', ' ': '' };
    const alike = (text: string): string => text.replaceAll(/./gu, (c) => names[c] ?? c);
    const page = lines.map(alike);
    for (const label of labels) {
      assert.ok(
        page.some((line) => line.startsWith(alike(label))),
        `${label}\n${lines.join('\n')}`,
      );
    }
  });

  it('is no wider for its notes', () => {
    const table = find('table2b');
    const rows = table.rows.map((row) => ({ ...row, cells: [{ ...row.cells[0]!, published: null }] }));
    const { measuredOn, ...plain } = table;
    const small = { ...plain, rows, columns: table.columns.slice(0, 1) };
    assert.equal(typeset({ ...small, measuredOn: measuredOn! }).width, typeset(small).width);
  });
});
