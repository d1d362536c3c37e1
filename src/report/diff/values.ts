import { canonicalText } from '../../foundation/values/canonical.js';
import { byCodeUnit, isJsonObject, type Json } from '../../foundation/values/json.js';

export interface ValueChange {
  /** Keys and positions on the way to the value, with slashes between. */
  readonly name: string;
  /** Null where there was none. */
  readonly before: Json;
  readonly after: Json;
}

/** What differs between two values: objects and lists of objects are entered, all else is compared whole. */
export function changedValues(name: string, before: Json, after: Json): readonly ValueChange[] {
  const step = (key: string | number): string => (name === '' ? String(key) : `${name}/${key}`);
  if (isJsonObject(before) && isJsonObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byCodeUnit);
    return keys.flatMap((key) => changedValues(step(key), before[key] ?? null, after[key] ?? null));
  }
  if (isListOfObjects(before) && isListOfObjects(after) && before.length === after.length) {
    return before.flatMap((value, i) => changedValues(step(i), value, after[i]!));
  }
  return canonicalText(before) === canonicalText(after) ? [] : [{ name, before, after }];
}

function isListOfObjects(value: Json): value is readonly Json[] {
  return Array.isArray(value) && value.some((each) => isJsonObject(each as Json));
}
