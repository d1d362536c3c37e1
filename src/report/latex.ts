import type { Cell, Report, Table } from './report.js';
import { groupHeads, hasPublished, numberText, publishedText } from './table.js';

/**
 * A booktabs table to \input: measured numbers with their intervals, the best in bold; the published ones in columns of
 * their own. What was measured on stand-in data says so in its head and in its last line. Columns stand close, so that six
 * of them fit the width of a page.
 */
export function tableLatex(table: Table, report: Report): string {
  const { experiment } = report;
  const count = table.columns.length;
  const isPublished = hasPublished(table);
  const width = 1 + (isPublished ? 2 : 1) * count;
  const row = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  const unit = table.percent ? ' (\\%)' : '';
  const labels = table.columns.map(({ label }) => escaped(label) + unit);
  const heads = groupHeads(table);
  const group = (text: string): string => `\\multicolumn{${count}}{c}{${escaped(text)}}`;
  /** Of no width: a long one must not widen the last column. */
  const note = (text: string): string =>
    `\\multicolumn{${width}}{@{}l@{}}{\\makebox[0pt][l]{\\footnotesize ${escaped(text)}}} \\\\`;
  const lines = [
    `% ${comment(experiment.name)}, profile ${comment(experiment.profile)}: written by fx; needs \\usepackage{booktabs}`,
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
        escaped(label),
        ...cells.map((cell) => measured(cell, table)),
        ...(isPublished ? cells.map((cell) => published(cell, table)) : []),
      ]),
    ),
    '\\bottomrule',
    ...(table.standIn ? [note('Measured on stand-in data: not comparable with published numbers.')] : []),
    ...(isPublished && heads.from !== '' ? [note(heads.from)] : []),
    '\\end{tabular}}',
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
  return cell.published === null ? '--' : `\\textit{${publishedText(cell, table)}}`;
}

/** In text, what TeX would read otherwise, and what pdfTeX's fonts have in mathematics alone. */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '`': '\\textasciigrave{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  // After a line's \\, these two would be its arguments.
  '[': '{[}',
  '*': '{*}',
  '−': '$-$',
  '±': '$\\pm$',
  '°': '$^{\\circ}$',
  '×': '$\\times$',
  '→': '$\\to$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '≈': '$\\approx$',
  '∞': '$\\infty$',
  ...greek(),
};

/** Letters that mathematics has by name; the rest of the alphabet looks Latin. */
function greek(): Record<string, string> {
  const small = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi';
  const more = 'pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega';
  const names = `${small} ${more}`.split(' ');
  const letters = 'α β γ δ ε ζ η θ ι κ λ μ ν ξ π ρ σ τ υ φ χ ψ ω Γ Δ Θ Λ Ξ Π Σ Φ Ψ Ω'.split(' ');
  return Object.fromEntries(letters.map((letter, i) => [letter, `$\\${names[i]!}$`]));
}

const ESCAPED = new RegExp(
  `[&%$#_{}${Object.keys(SPECIAL)
    .map((c) => `\\${c}`)
    .join('')}]`,
  'g',
);

/** Other scripts stay as they are: they need packages, or a TeX that knows them. */
function escaped(text: string): string {
  return text.replaceAll(ESCAPED, (c) => SPECIAL[c] ?? `\\${c}`).replaceAll(/-(?=-)/g, '-{}');
}

/** One line: what follows a line break would be text. */
function comment(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
