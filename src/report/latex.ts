import type { Cell, Report, Table } from './report.js';
import { numberText } from './table.js';

/**
 * A booktabs table to \input: measured numbers with their intervals, the best in bold; on real data, the published ones
 * below. What was measured on stand-in data says so in its last line.
 */
export function tableLatex(table: Table, report: Report): string {
  const { experiment } = report;
  const width = table.columns.length + 1;
  const row = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  const hasPublished = table.rows.some(({ cells }) => cells.some((cell) => cell.published !== null));
  const unit = table.percent ? ' (\\%)' : '';
  const lines = [
    `% ${comment(experiment.name)}, profile ${comment(experiment.profile)}: written by fx; needs \\usepackage{booktabs}`,
    `\\begin{tabular}{@{}l${'c'.repeat(table.columns.length)}@{}}`,
    '\\toprule',
    row(['', ...table.columns.map(({ label }) => escaped(label) + unit)]),
    '\\midrule',
    ...table.rows.map(({ label, cells }) => row([escaped(label), ...cells.map((cell) => measured(cell, table))])),
    ...(hasPublished && !table.standIn
      ? [
          '\\midrule',
          `\\multicolumn{${width}}{@{}l}{\\footnotesize Published${table.source === undefined ? '' : `, ${escaped(table.source)}`}} \\\\`,
          ...table.rows.map(({ label, cells }) =>
            row([escaped(label), ...cells.map((cell) => published(cell, table))]),
          ),
        ]
      : []),
    '\\bottomrule',
    ...(table.standIn
      ? [
          `\\multicolumn{${width}}{@{}l}{\\footnotesize Measured on stand-in data: not comparable with published numbers.} \\\\`,
        ]
      : []),
    '\\end{tabular}',
    '',
  ];
  return lines.join('\n');
}

function measured({ value, interval, best }: Cell, table: Table): string {
  if (value === null) return '--';
  const number = best ? `\\textbf{${numberText(value, table)}}` : numberText(value, table);
  if (interval === null) return number;
  return `${number} {\\scriptsize [${numberText(interval.low, table)}, ${numberText(interval.high, table)}]}`;
}

function published(cell: Cell, table: Table): string {
  return cell.published === null ? '--' : numberText(cell.published, table);
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '−': '$-$',
  '±': '$\\pm$',
  '°': '$^{\\circ}$',
  '×': '$\\times$',
};

function escaped(text: string): string {
  return text.replaceAll(/[\\~^<>|−±°×&%$#_{}]/g, (c) => SPECIAL[c] ?? `\\${c}`);
}

/** One line: what follows a line break would be text. */
function comment(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
