import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSystemError, replaceFile } from '../../foundation/files.js';
import type { JsonObject } from '../../foundation/json.js';
import type { Precompiled, Validator } from './schema-check.js';
import { validatorName } from './validator-name.js';

/** Beside the compiled sources; made by the build (scripts/build-validators.ts). */
const MODULE = new URL('../../../validators.cjs', import.meta.url);

/** The validators that the build made. None where it made none: then ajv compiles the schemas, which takes longer. */
export function loadPrecompiled(module: URL = MODULE): Precompiled {
  if (!existsSync(fileURLToPath(module))) return () => undefined;
  const made = createRequire(module)(fileURLToPath(module)) as Readonly<Record<string, Validator | undefined>>;
  return (schema) => made[validatorName(schema)];
}

/**
 * The validators of `first`, and those of users' own kinds, which are kept in a folder once they were made: a run that has
 * nothing to do need not load ajv for them either. One that is missing or does not load is as good as none.
 *
 * @param place the folder, asked for when there is such a kind. What is in it is run: nobody else may write there
 */
export function keptIn(place: () => string, first: Precompiled): Precompiled {
  const path = (schema: JsonObject): string => join(place(), `${validatorName(schema)}.cjs`);
  const find = (schema: JsonObject): Validator | undefined =>
    first(schema) ?? load(path(schema), validatorName(schema));
  const keep = async (schema: JsonObject): Promise<void> => {
    const { validatorsModule } = await import('./validators-module.js');
    const code = validatorsModule([schema]);
    if (code === undefined) return;
    const temporary = `${path(schema)}.${process.pid}.tmp`;
    try {
      mkdirSync(place(), { recursive: true });
      replaceFile(path(schema), code, temporary);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  };
  return Object.assign(find, { keep });
}

function load(path: string, name: string): Validator | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const made = createRequire(path)(path) as Readonly<Record<string, unknown>>;
    return typeof made[name] === 'function' ? (made[name] as Validator) : undefined;
  } catch {
    return undefined;
  }
}
