import type { Report, StageProvenance } from '../report.js';
import { changedValues, type ValueChange } from './values.js';

/** A stage whose result is another one, or that only one of the reports has. */
export interface StageChange {
  readonly id: string;
  readonly kind: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly parameters: readonly ValueChange[];
  /** Stages it reads that came out otherwise. */
  readonly inputs: readonly string[];
  /** Other causes, in words: the code that does the work, files from outside, the environment. */
  readonly reasons: readonly string[];
  /** Whether its artifact differs: a rerun may give the same bytes. */
  readonly differs: boolean;
}

export function changedStages(
  before: Report,
  after: Report,
  explain: (before: StageProvenance, after: StageProvenance) => readonly string[] = () => [],
): readonly StageChange[] {
  const old = new Map(before.stages.map((stage) => [stage.id, stage]));
  const now = new Map(after.stages.map((stage) => [stage.id, stage]));
  const differs = (id: string): boolean => old.get(id)?.artifact !== now.get(id)?.artifact;
  const changed = after.stages.flatMap((stage): readonly StageChange[] => {
    const was = old.get(stage.id);
    const { id, kind } = stage;
    if (was === undefined) return [{ id, kind, change: 'added', ...NO_CAUSE, differs: true }];
    if (was.key === stage.key) return differs(id) ? [{ id, kind, change: 'changed', ...NO_CAUSE, differs: true }] : [];
    const parameters = changedValues('', was.parameters, stage.parameters);
    const inputs = stage.reads.filter(differs);
    const explained = explain(was, stage);
    const reasons =
      explained.length > 0 || parameters.length > 0 || inputs.length > 0
        ? explained
        : ['its code, an external file or its environment'];
    return [{ id, kind, change: 'changed', parameters, inputs, reasons, differs: differs(id) }];
  });
  const removed = before.stages.filter(({ id }) => !now.has(id));
  return [
    ...changed,
    ...removed.map(({ id, kind }): StageChange => ({ id, kind, change: 'removed', ...NO_CAUSE, differs: true })),
  ];
}

const NO_CAUSE = { parameters: [], inputs: [], reasons: [] } as const;

/** Stages that changed for a cause of their own, not because of what they read. */
export function causes(stages: readonly StageChange[]): readonly StageChange[] {
  return stages.filter(
    ({ change, parameters, reasons, inputs }) =>
      change !== 'changed' || parameters.length > 0 || reasons.length > 0 || inputs.length === 0,
  );
}
