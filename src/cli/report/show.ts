import type { Report, Table, Verdict } from '../../report/report.js';
import { claimsRemark, reasonText, tableRemarks } from '../../report/formats/remarks.js';
import { numberText } from '../../report/tables/table.js';
import { comparisonsText } from '../../report/tables/printing.js';
import { columns } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

/** The tables and claims of a report, for reading in a terminal. */
export function showReport(report: Report, terminal: Terminal): void {
  for (const table of report.tables) {
    terminal.say('');
    terminal.say(terminal.bold(table.title));
    terminal.say(tableLines(table));
    for (const remark of tableRemarks(table)) terminal.say(terminal.dim(remark));
    if (table.measuredOn !== undefined)
      terminal.say(terminal.dim(`Measured on ${table.measuredOn}: not comparable with published numbers.`));
  }
  if (report.claims.length === 0) return;
  terminal.say('');
  const paint: Readonly<Record<Verdict, (text: string) => string>> = {
    reproduced: terminal.green,
    'not reproduced': terminal.red,
    undecided: terminal.yellow,
  };
  for (const claim of report.claims) {
    terminal.say(`${paint[claim.verdict](claim.verdict.padEnd(14))}  ${claim.says}`);
    terminal.say(`                ${comparisonsText(claim)}`);
    const reason = reasonText(claim);
    if (reason !== undefined) terminal.say(terminal.dim(`                ${reason}`));
  }
  const remark = claimsRemark(report);
  if (remark !== undefined) terminal.say(terminal.dim(remark));
}

/** Columns aligned; a star at the best, as bold is lost where there is no colour. */
function tableLines(table: Table): readonly string[] {
  const rows = [
    ['', ...table.columns.map(({ label }) => label + (table.percent ? ' (%)' : ''))],
    ...table.rows.map(({ label, cells }) => [
      label,
      ...cells.map(({ value, interval, best }) => {
        if (value === null) return '–';
        const range =
          interval === null ? '' : ` [${numberText(interval.low, table)}, ${numberText(interval.high, table)}]`;
        return `${best ? '*' : ''}${numberText(value, table)}${range}`;
      }),
    ]),
  ];
  return columns(
    rows,
    table.columns.map((_, c) => c + 1),
  );
}
