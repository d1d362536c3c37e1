import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../foundation/json.js';
import type { Precompiled, Validator } from './schema-check.js';

/** Beside the compiled sources; made by the build (scripts/build-validators.ts). */
const MODULE = new URL('../../../validators.cjs', import.meta.url);

/** The validators that the build made. None where it made none: then ajv compiles the schemas, which takes longer. */
export function loadPrecompiled(module: URL = MODULE): Precompiled {
  if (!existsSync(fileURLToPath(module))) return () => undefined;
  const made = createRequire(module)(fileURLToPath(module)) as Readonly<Record<string, Validator | undefined>>;
  return (schema) => made[validatorName(schema)];
}

/** What a schema's validator is called: by its content, so that one of another schema is never taken for it. */
export function validatorName(schema: JsonObject): string {
  return `v${createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 32)}`;
}
