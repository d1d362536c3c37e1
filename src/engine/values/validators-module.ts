import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { isJsonObject, type Json, type JsonObject } from '../../foundation/json.js';
import { AJV_OPTIONS } from './schema-check.js';
import { validatorName } from './validator-name.js';

/**
 * Validators of schemas as a CommonJS script that needs no other, each under its {@link validatorName}. They say only whether a
 * value fits. Undefined where a schema uses a keyword that needs a module of ajv's at run time.
 */
export function validatorsModule(schemas: readonly JsonObject[]): string | undefined {
  // The first error is enough: what is wrong is explained by ajv itself.
  const ajv = new Ajv({
    ...AJV_OPTIONS,
    allErrors: false,
    verbose: false,
    messages: false,
    code: { source: true, esm: false },
  });
  const names: Record<string, string> = {};
  for (const schema of schemas) {
    const name = validatorName(schema);
    if (name in names) continue;
    ajv.addSchema(bare(schema), name);
    names[name] = name;
  }
  const code = standalone.default(ajv, names);
  if (code.includes('require(')) return undefined;
  return `${code}\n`;
}

const ANNOTATIONS = new Set(['fx', 'description', 'default', 'examples']);

/** Without what says nothing about the shape. */
function bare(schema: JsonObject): JsonObject {
  const inside = (value: Json): Json => (isJsonObject(value) ? bare(value) : value);
  const named = (value: Json): Json =>
    isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inside(one)])) : value;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => !ANNOTATIONS.has(keyword))
      .map(([keyword, value]) => {
        if (keyword === 'properties') return [keyword, named(value)];
        if (keyword === 'oneOf') return [keyword, (value as readonly Json[]).map(inside)];
        return [keyword, keyword === 'items' || keyword === 'additionalProperties' ? inside(value) : value];
      }),
  );
}
