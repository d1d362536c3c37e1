import type { ResultFiles, TracedResult } from '../../engine/presentation.js';
import { isJsonObject } from '../../foundation/values/json.js';
import type { Kinds } from '../../report/kinds.js';
import type { Report, StageProvenance } from '../../report/report.js';

export interface Traced {
  readonly result: TracedResult;
  /** Whether a result that must not leave this machine was reached so far. */
  readonly isPrivate: () => boolean;
}

/**
 * A stage's result with those that it was made from, by the words of a report. A kind says of a stage's parameters that its files
 * are private; that one was reached is noticed here, so that no kind can forget it.
 *
 * @param files of a result by its key; undefined where it is gone
 */
export function trace(
  report: Report,
  stage: StageProvenance,
  kinds: Kinds,
  files: (key: string) => ResultFiles | undefined,
): Traced | undefined {
  const stages = new Map(report.stages.map((each) => [each.id, each]));
  let isPrivate = false;
  const reach = (id: string): TracedResult | undefined => {
    const at = stages.get(id);
    if (at === undefined) return undefined;
    if (isPrivateStage(kinds, at)) isPrivate = true;
    const found = files(at.key);
    return found === undefined ? undefined : { ...found, input: (parameter) => reach(read(at, parameter) ?? '') };
  };
  const result = reach(stage.id);
  return result === undefined ? undefined : { result, isPrivate: () => isPrivate };
}

function isPrivateStage(kinds: Kinds, { kind, parameters }: StageProvenance): boolean {
  // A report may be a stranger's: its parameters are whatever it says.
  try {
    return kinds.get(kind)?.isPrivate?.(parameters) === true;
  } catch {
    return true;
  }
}

/** The stage that a parameter names: `{"stage": "images"}` in a report. */
function read({ parameters }: StageProvenance, parameter: string): string | undefined {
  const value = Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined;
  return isJsonObject(value) && typeof value.stage === 'string' ? value.stage : undefined;
}
