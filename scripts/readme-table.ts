/**
 * Writes the README's table and verdicts from the published report of Table II (b), between two marks; with `--check`, says
 * whether they are stale. So the README shows numbers that were measured, and the same that the report shows.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { table as markdownTable } from '../src/foundation/words/markdown.js';
import { reasonText } from '../src/report/formats/remarks.js';
import { readReport } from '../src/report/read.js';
import type { Report } from '../src/report/report.js';
import { numberText } from '../src/report/tables/table.js';
import { capitalised, comparisonsText, VERDICT_MARKS } from '../src/report/tables/printing.js';

const SOURCE = 'reports/table2-frontal/mini/report.json';
const BEGIN = `<!-- From ${SOURCE}, by \`npm run readme\`. -->`;
const END = '<!-- So far. -->';

/** @throws where the README has lost the marks */
export function withTable(readme: string, report: Report): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no place between "${BEGIN}" and "${END}"`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${tableAndVerdicts(report)}\n\n${readme.slice(end)}`;
}

function tableAndVerdicts({ tables, claims }: Report): string {
  const table = tables[0]!;
  const rows = table.rows.map(({ label, cells }) => [
    label,
    ...cells.map(({ value, interval, best }) => {
      if (value === null) return '–';
      const number = numberText(value, table);
      const range =
        interval === null ? '' : ` [${numberText(interval.low, table)}, ${numberText(interval.high, table)}]`;
      return `${best ? `**${number}**` : number}${range}`;
    }),
  ]);
  const verdicts = claims.map((claim) => {
    const { verdict, says } = claim;
    const reason = reasonText(claim);
    return `- ${VERDICT_MARKS[verdict]} **${capitalised(verdict)}**: ${says} (${comparisonsText(claim)})${reason === undefined ? '' : ` ${reason}`}`;
  });
  return [markdownTable(['', ...table.columns.map(({ label }) => label)], rows), verdicts.join('\n')].join('\n\n');
}

async function main(check: boolean): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const report = readReport(readFileSync(join(root, SOURCE), 'utf8'), SOURCE);
  if (!report.ok) throw new Error(report.error[0]!.message);
  const path = join(root, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const style = await resolveConfig(path);
  const written = await format(withTable(readme, report.value), { ...style, parser: 'markdown' });
  if (written === readme) return;
  if (!check) {
    writeFileSync(path, written);
    return;
  }
  console.error('the table of README.md is stale\nrun: npm run readme');
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes('--check'));
