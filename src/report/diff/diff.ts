import type { Outcomes } from '../../foundation/statistics/outcomes.js';
import { changedCells, type CellChange } from './diff-cells.js';
import { changedStages, type StageChange } from './diff-stages.js';
import type { ClaimVerdict, Report, StageProvenance, Verdict } from '../report.js';
import { changedValues, type ValueChange } from './values.js';

/** What changed between two reports of an experiment: why, which numbers, which claims. */
export interface ReportDiff {
  readonly schema: 'fx/diff@1';
  readonly before: DiffSide;
  readonly after: DiffSide;
  /** The experiment's parameters. */
  readonly parameters: readonly ValueChange[];
  /** In the order of the graph; those that were removed last. */
  readonly stages: readonly StageChange[];
  readonly cells: readonly CellChange[];
  readonly claims: readonly ClaimChange[];
  /** A number that got worse by more than its noise, a claim that is less well supported, or either gone. */
  readonly hasRegression: boolean;
}

export interface DiffSide {
  readonly name: string;
  readonly profile: string;
}

export interface ClaimChange {
  readonly id: string;
  readonly says: string;
  /** Null where the claim was not made. */
  readonly before: Verdict | null;
  readonly after: Verdict | null;
  /** What it asks for in each, where that is not the same: its verdicts are then of two claims. */
  readonly asks?: { readonly before: string; readonly after: string };
}

export interface DiffServices {
  /** The outcomes stored under a digest: numbers are then compared item by item. */
  readonly outcomes?: (digest: string, metric: string) => Outcomes | undefined;
  /** Says what else changed in a stage's preimage, such as its code, in words. */
  readonly explain?: (before: StageProvenance, after: StageProvenance) => readonly string[];
}

export function diffReports(before: Report, after: Report, services: DiffServices = {}): ReportDiff {
  const cells = changedCells(before, after, services.outcomes);
  const claims = changedClaims(before, after);
  return {
    schema: 'fx/diff@1',
    before: { name: before.experiment.name, profile: before.experiment.profile },
    after: { name: after.experiment.name, profile: after.experiment.profile },
    parameters: changedValues('', before.experiment.parameters, after.experiment.parameters),
    stages: changedStages(before, after, services.explain),
    cells,
    claims,
    hasRegression:
      cells.some(({ verdict }) => verdict === 'worse' || verdict === 'gone') ||
      claims.some((claim) => claim.before !== null && support(claim.after) < support(claim.before)),
  };
}

function support(verdict: Verdict | null): number {
  return verdict === null ? -1 : ['not reproduced', 'undecided', 'reproduced'].indexOf(verdict);
}

function changedClaims(before: Report, after: Report): readonly ClaimChange[] {
  const ids = [...new Set([...after.claims, ...before.claims].map(({ id }) => id))];
  return ids.flatMap((id) => {
    const [old, now] = [before, after].map((report) => report.claims.find((claim) => claim.id === id));
    const asks =
      old === undefined || now === undefined || asked(old) === asked(now)
        ? {}
        : { asks: { before: asked(old), after: asked(now) } };
    if (old?.verdict === now?.verdict && !('asks' in asks)) return [];
    return [{ id, says: (now ?? old)!.says, before: old?.verdict ?? null, after: now?.verdict ?? null, ...asks }];
  });
}

/** The statement, on which columns, of which metrics. */
function asked({ that, on, comparisons }: ClaimVerdict): string {
  const columns = new Set(
    comparisons.map(({ column, metric }) => (metric === column ? column : `${column} (${metric})`)),
  );
  const which = columns.size < 2 || on === 'mean' ? '' : `${on} of `;
  return `${that} on ${which}${[...columns].join(', ')}`;
}
