import type { RunRecord } from '../../engine/run/record.js';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { planOf, stagesOf } from '../plan.js';
import type { Report } from '../report.js';

/**
 * Columns of tables and claims whose metric none of their stages measured: each is a column of dashes. Kinds that declare their
 * metrics have this said before a run.
 */
export function unmeasured(run: RunRecord): readonly Diagnostic<'report/unmeasured'>[] {
  const { tables, claims } = planOf(run);
  const asked = [
    ...tables.map((table) => ({ of: `the table ${table.id}`, columns: table.columns, rows: table.cells })),
    ...claims.map((claim) => ({
      of: `the claim ${claim.id}`,
      columns: claim.on,
      rows: claim.operands.map(({ cells }) => cells),
    })),
  ];
  return asked.flatMap(({ of, columns, rows }) =>
    columns.flatMap(({ metric }, c) => {
      const stages = stagesOf(
        run,
        rows.flatMap((row) => row[c] ?? []),
      );
      const [first, ...others] = stages;
      if (metric === '' || first === undefined) return [];
      const known = [...new Set(stages.flatMap((stage) => Object.keys(stage.metrics)))];
      if (known.includes(metric)) return [];
      const who = others.length === 0 ? `${first.id} did` : `${first.id} and ${others.length} more did`;
      const help = known.length === 0 ? 'nothing was measured' : suggestion(metric, known, 'measured');
      const message = `${of} asks for \`${metric}\`, which ${who} not measure`;
      return [{ code: 'report/unmeasured', severity: 'warning', message, ...(help === undefined ? {} : { help }) }];
    }),
  );
}

/** Figures that are not drawn, or not all of them. */
export function undrawn({ figures }: Report): readonly Diagnostic<'report/not-drawn'>[] {
  return figures.flatMap(({ id, lacks }) =>
    lacks === undefined
      ? []
      : [{ code: 'report/not-drawn', severity: 'warning', message: `the figure ${id} is not drawn: ${lacks}` }],
  );
}
