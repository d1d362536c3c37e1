import type { Cache } from '../../engine/artifacts/cache.js';
import { explainIdentity } from '../../engine/plan/identity/explain.js';
import type { CodeIdentity } from '../../engine/plan/identity/identity.js';
import { byCodeUnit, isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';
import type { StageProvenance } from '../../report/report.js';
import { changedValues } from '../../report/diff/values.js';

/** By the preimages, where the cache still has them: code by declaration, files from outside by name, tools and variables. */
export function otherChanges(cache: Cache): (before: StageProvenance, after: StageProvenance) => readonly string[] {
  return (before, after) => {
    const [old, now] = [cache.preimages.find(before.preimage), cache.preimages.find(after.preimage)];
    if (old === undefined || now === undefined) return [];
    return [
      ...(old.code === now.code ? [] : [codeChange(after.kind, old.code, now.code, cache)]),
      ...filesChanged(old.inputs ?? {}, now.inputs ?? {}, after.parameters),
      ...changedValues('', old.environment ?? {}, now.environment ?? {}).map(({ name }) => `environment: ${name}`),
      ...(old.format === now.format ? [] : ['format of keys']),
    ];
  };
}

/** More declarations than these are counted, not named. */
const MOST_DECLARATIONS = 4;

function codeChange(kind: string, before: Json | undefined, after: Json | undefined, cache: Cache): string {
  const [was, is] = [before, after].map((code) => (typeof code === 'string' ? cache.codes.find(code) : undefined));
  if (was === undefined || is === undefined) return `code of ${kind}`;
  const words = explainIdentity(was as unknown as CodeIdentity, is as unknown as CodeIdentity);
  const more = words.length > MOST_DECLARATIONS ? `, and ${words.length - MOST_DECLARATIONS} more` : '';
  return `code of ${kind}: ${words.slice(0, MOST_DECLARATIONS).join(', ')}${more}`;
}

/** Inputs that are no stages' stand in the parameters by name; their content in the preimage by JSON pointer. */
function filesChanged(before: Json, after: Json, parameters: JsonObject): readonly string[] {
  if (!isJsonObject(before) || !isJsonObject(after)) return [];
  return Object.keys(after)
    .sort(byCodeUnit)
    .flatMap((pointer) => {
      const named = pointer
        .slice(1)
        .split('/')
        .reduce<Json | undefined>(
          (value, key) => (isJsonObject(value ?? null) ? (value as JsonObject)[key] : undefined),
          parameters,
        );
      const name = named !== undefined && isJsonObject(named) ? named.external : undefined;
      return typeof name === 'string' && before[pointer] !== undefined && before[pointer] !== after[pointer]
        ? [`content of ${name}`]
        : [];
    });
}
