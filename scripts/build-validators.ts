/**
 * Part of `npm run build`, after the compiler: compiles the schemas of the language and of every built-in stage kind to
 * plain code, `dist/validators.cjs`, so that a run whose experiment is right never loads ajv.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { experimentSchema, settingsSchema } from '../src/engine/experiment/experiment-schema.js';
import { validatorName } from '../src/engine/experiment/precompiled.js';
import { reportSchema } from '../src/engine/experiment/report-section.js';
import { AJV_OPTIONS } from '../src/engine/experiment/schema-check.js';
import { isJsonObject, type Json, type JsonObject } from '../src/foundation/json.js';
import { builtInKinds } from '../src/stages/registry.js';

export function validatorsModule(schemas: readonly JsonObject[]): string {
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
  if (code.includes('require('))
    throw new Error('a validator needs a module at run time: a schema uses a keyword too many');
  return `// Made by scripts/build-validators.ts.\n${code}\n`;
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const schemas = [experimentSchema, settingsSchema, reportSchema, ...builtInKinds.map((kind) => kind.parameters)];
  const file = fileURLToPath(new URL('../validators.cjs', import.meta.url));
  writeFileSync(file, validatorsModule(schemas.map(({ json }) => json)));
}
