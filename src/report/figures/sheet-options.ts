import type { Options } from '../../engine/presentation.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { parseQuantity } from '../../foundation/schema/quantity.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import type { Quantity, Range, Schema } from '../../foundation/schema/schema.js';

/**
 * The options of a sheet from `name=value` on the command line: as their schema declares them, defaults filled in.
 *
 * @param schema an `object` of plain words: text, words, flags and quantities
 */
export function optionsFrom({ json }: Schema<Options>, given: readonly string[]): Result<Options> {
  const properties = (json.properties ?? {}) as Readonly<Record<string, JsonObject>>;
  const values: Record<string, Json> = {};
  for (const [name, property] of Object.entries(properties))
    if (property.default !== undefined) values[name] = property.default;
  const wrong: Diagnostic[] = [];
  for (const one of given) {
    const equals = one.indexOf('=');
    const [name, written] = equals < 0 ? [one, ''] : [one.slice(0, equals), one.slice(equals + 1)];
    if (!Object.hasOwn(properties, name)) {
      const help = suggestion(name, Object.keys(properties), 'options');
      wrong.push(failure('show/bad-option', `the sheet has no option \`${name}\``, help));
      continue;
    }
    const value = valueOf(properties[name]!, written);
    if (value.ok) values[name] = value.value;
    else wrong.push(failure('show/bad-option', `\`${one}\`: ${value.error}`));
  }
  return wrong.length > 0 ? err(wrong) : ok(values);
}

function valueOf(property: JsonObject, written: string): Result<Json, string> {
  if (Array.isArray(property.enum)) {
    const words = property.enum.map(String);
    return words.includes(written) ? ok(written) : { ok: false, error: `it is one of ${words.join(', ')}` };
  }
  if (property.type === 'boolean') {
    return written === 'true' || written === 'false'
      ? ok(written === 'true')
      : { ok: false, error: 'it is true or false' };
  }
  const fx = isJsonObject(property.fx) ? (property.fx as Range & { readonly quantity?: Quantity }) : undefined;
  if (fx?.quantity === undefined) return ok(written);
  const parsed = parseQuantity(fx.quantity, written);
  if (typeof parsed !== 'number') return { ok: false, error: `it takes a ${fx.quantity}` };
  const { min = -Infinity, max = Infinity } = fx;
  return parsed >= min && parsed <= max ? ok(parsed) : { ok: false, error: `it must be from ${min} to ${max}` };
}
