import { latexComment, latexNumber, latexText } from '../../foundation/words/latex.js';
import type { Cell, Report, Table } from '../report.js';
import { tableRemarks } from './remarks.js';
import { groupHeads, hasPublished, numberText, publishedText } from '../tables/table.js';

/**
 * A booktabs table to \input: measured numbers with their intervals, the best in bold; the published ones in columns of
 * their own. What was measured on data of which a kind gives notice says so in its head and in its last line. Columns stand close, so that six
 * of them fit the width of a page.
 */
export function tableLatex(table: Table, report: Report): string {
  const { experiment } = report;
  const count = table.columns.length;
  const isPublished = hasPublished(table);
  const width = 1 + (isPublished ? 2 : 1) * count;
  const row = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  const unit = table.percent ? ' (\\%)' : '';
  const labels = table.columns.map(({ label }) => latexText(label) + unit);
  const heads = groupHeads(table);
  const group = (text: string): string => `\\multicolumn{${count}}{c}{${latexText(text)}}`;
  /** Of no width: a long one must not widen the last column. */
  const note = (text: string): string =>
    `\\multicolumn{${width}}{@{}l@{}}{\\makebox[0pt][l]{\\footnotesize ${latexText(text)}}} \\\\`;
  const lines = [
    `% ${latexComment(experiment.name)}, profile ${latexComment(experiment.profile)}: written by fx; needs \\usepackage{booktabs}`,
    '{\\setlength{\\tabcolsep}{4pt}%',
    `\\begin{tabular}{@{}l${'c'.repeat(width - 1)}@{}}`,
    '\\toprule',
    ...(isPublished
      ? [
          row(['', group(heads.measured), group(heads.published)]),
          `\\cmidrule(lr){2-${count + 1}} \\cmidrule(l){${count + 2}-${width}}`,
        ]
      : []),
    row(['', ...labels, ...(isPublished ? labels : [])]),
    '\\midrule',
    ...table.rows.map(({ label, cells }) =>
      row([
        latexText(label),
        ...cells.map((cell) => measured(cell, table)),
        ...(isPublished ? cells.map((cell) => published(cell, table)) : []),
      ]),
    ),
    '\\bottomrule',
    ...tableRemarks(table).map(note),
    ...(table.measuredOn === undefined
      ? []
      : [note(`Measured on ${table.measuredOn}: not comparable with published numbers.`)]),
    ...(isPublished && heads.from !== '' ? [note(heads.from)] : []),
    '\\end{tabular}}',
    '',
  ];
  return lines.join('\n');
}

function measured({ value, interval, best }: Cell, table: Table): string {
  if (value === null) return '--';
  const printed = (number: number): string => latexNumber(numberText(number, table));
  const number = best ? `\\textbf{${printed(value)}}` : printed(value);
  if (interval === null) return number;
  return `${number} {\\scriptsize [${printed(interval.low)}, ${printed(interval.high)}]}`;
}

function published(cell: Cell, table: Table): string {
  return cell.published === null ? '--' : `\\textit{${latexNumber(publishedText(cell, table))}}`;
}
