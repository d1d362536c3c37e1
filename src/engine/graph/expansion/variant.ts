import type { JsonObject } from '../../../foundation/values/json.js';
import type { AnyStageKind, VariedKind } from '../../stage.js';

/** What does a kind's work under some parameters, and the parameters that it is given. */
export function variantOf(kind: AnyStageKind, parameters: JsonObject): ReturnType<VariedKind['variant']> {
  return isVaried(kind) ? kind.variant(parameters) : { kind, parameters };
}

/** The code identity of a user's kind is of that kind alone. */
function isVaried(kind: AnyStageKind): kind is VariedKind {
  return 'variant' in kind && !kind.name.includes('#');
}
