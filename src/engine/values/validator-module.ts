import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';
import { AJV_OPTIONS } from './schema-check.js';
import { validatorName } from './validator-name.js';

/**
 * The validator of a schema as a CommonJS script that needs no other and exports it under its {@link validatorName}. It says only
 * whether a value fits. Undefined if the schema uses a keyword that needs a module of ajv's at run time.
 */
export function validatorModule(schema: JsonObject): string | undefined {
  // The first error is enough: what is wrong is explained by ajv itself.
  const ajv = new Ajv({
    ...AJV_OPTIONS,
    allErrors: false,
    verbose: false,
    messages: false,
    code: { source: true, esm: false },
  });
  const name = validatorName(schema);
  ajv.addSchema(bare(schema), name);
  const code = standalone.default(ajv, { [name]: name });
  return code.includes('require(') ? undefined : `${code}\n`;
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
