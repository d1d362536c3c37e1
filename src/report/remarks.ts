import type { ClaimVerdict, Report, Table } from './report.js';

/** Sentences beside numbers, the same in every format. */

/** What a table's intervals hold, and what its numbers cannot say. */
export function tableRemarks(table: Pick<Table, 'columns' | 'rows'>): readonly string[] {
  const methods = new Map<string, Set<string>>();
  const notes = new Map<string, string[]>();
  for (const { label, cells } of table.rows) {
    cells.forEach((cell, c) => {
      if (cell.value === null) return;
      const column = table.columns[c]!.label;
      methods.set(cell.method, (methods.get(cell.method) ?? new Set()).add(column));
      // Reports of format 1 have none.
      for (const note of (cell.notes as readonly string[] | undefined) ?? []) {
        const text = `${column}: ${note}`;
        notes.set(text, [...(notes.get(text) ?? []), label]);
      }
    });
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

/** How many verdicts to expect by chance, or what was done about it; undefined for one claim. */
export function claimsRemark({ claims, correction }: Pick<Report, 'claims' | 'correction'>): string | undefined {
  if (claims.length < 2) return undefined;
  if (correction === 'holm') {
    return `Holm's correction for ${claims.length} claims: the chance that any verdict is false is at most 5 %.`;
  }
  const expected = (claims.length * 0.05).toFixed(2).replace(/0$/, '');
  return (
    `${claims.length} claims, each decided falsely in at most 5 % of runs: if no effect were there, up to ${expected} ` +
    'verdicts would be expected by chance (`correction: holm` in the report section corrects for it).'
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
