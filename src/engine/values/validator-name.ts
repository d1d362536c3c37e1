import { sha256 } from '../../foundation/files/digest.js';
import type { JsonObject } from '../../foundation/values/json.js';

/** What a schema's validator is called: by its content, so that one of another schema is never taken for it. */
export function validatorName(schema: JsonObject): string {
  return `v${sha256(JSON.stringify(schema)).slice(0, 32)}`;
}
