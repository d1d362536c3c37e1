import { zip } from '../../foundation/values/zip.js';
import { levelAt } from '../claims/level.js';
import type { ClaimVerdict, Report, Table } from '../report.js';

/** Sentences beside numbers, the same in every format. */

/** What a table's intervals hold, and what its numbers cannot say. */
export function tableRemarks(table: Pick<Table, 'columns' | 'rows'>): readonly string[] {
  const methods = new Map<string, Set<string>>();
  const notes = new Map<string, string[]>();
  for (const { label, cells } of table.rows) {
    for (const [cell, { label: column }] of zip(cells, table.columns)) {
      if (cell.value !== null) methods.set(cell.method, (methods.get(cell.method) ?? new Set()).add(column));
      // Reports of format 1 have none.
      for (const note of (cell.notes as readonly string[] | undefined) ?? []) {
        const text = `${column}: ${note}`;
        notes.set(text, [...(notes.get(text) ?? []), label]);
      }
    }
  }
  const all = [...new Set([...methods.values()].flatMap((columns) => [...columns]))];
  const held = [...methods].map(([method, columns]) =>
    columns.size === all.length && methods.size === 1 ? method : `${[...columns].join(', ')} ${method}`,
  );
  return [
    ...(held.length === 0 ? [] : [`95 % intervals: ${held.join('; ')}.`]),
    ...[...notes].map(
      ([note, rows]) => `${rows.length === table.rows.length ? 'All rows' : rows.join(', ')}, ${note}.`,
    ),
  ];
}

/** What the effects of a claim cannot say, each once, with the columns that it is about. */
export function claimRemarks({ comparisons }: Pick<ClaimVerdict, 'comparisons'>): readonly string[] {
  const notes = new Map<string, Set<string>>();
  for (const comparison of comparisons) {
    // Reports of format 1 have none.
    for (const note of (comparison.notes as readonly string[] | undefined) ?? []) {
      notes.set(note, (notes.get(note) ?? new Set()).add(comparison.column));
    }
  }
  return [...notes].map(([note, columns]) => `${[...columns].join(', ')}: ${note}.`);
}

/** How many verdicts to expect by chance, or what was done about it; undefined where there is nothing to say. */
export function claimsRemark({
  claims,
  correction,
  look,
}: Pick<Report, 'claims' | 'correction' | 'look'>): string | undefined {
  const said = [
    ...(claims.length < 2 ? [] : [ofMany(claims.length, correction)]),
    ...(look === undefined ? [] : [ofLook(look)]),
  ];
  return claims.length === 0 || said.length === 0 ? undefined : said.join(' ');
}

function ofMany(claims: number, correction: Report['correction']): string {
  if (correction === 'holm') {
    return `Holm's correction for ${claims} claims: the chance that any verdict is false is at most 5 %.`;
  }
  const expected = (claims * 0.05).toFixed(2).replace(/0$/, '');
  return (
    `${claims} claims, each decided falsely in at most 5 % of runs: if no effect were there, up to ${expected} ` +
    'verdicts would be expected by chance (`correction: holm` in the report section corrects for it).'
  );
}

function ofLook(look: number): string {
  const level = Number((100 * levelAt(look)).toPrecision(2));
  return (
    `Look ${look} of a run that adds replicates until claims are decided: judged at ${level} %, so that all looks together are ` +
    'wrong in at most 5 % of runs (5 %/(k (k + 1)) at look k). Intervals are still 95 % intervals.'
  );
}

/** Why a claim is undecided and what would decide it; undefined where it is decided. */
export function reasonText({ reason, decides }: Pick<ClaimVerdict, 'reason' | 'decides'>): string | undefined {
  // Reports of format 1 have no reason.
  if (((reason as string | null | undefined) ?? null) === null) return undefined;
  return decides === null
    ? `Undecided: ${reason}.`
    : `Undecided: ${reason}. What would decide it, if effects are what was measured: ${decides}.`;
}
