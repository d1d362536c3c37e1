import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSystemError, replaceFile } from '../../foundation/files/files.js';
import type { JsonObject } from '../../foundation/values/json.js';
import type { Precompiled, Validator } from './schema-check.js';
import { PACKED_VALIDATORS } from './packed-validators.js';
import { validatorName } from './validator-name.js';

/** Beside the compiled sources; made by the build (scripts/build-validators.ts). */
const FOLDER = fileURLToPath(new URL('../../../validators', import.meta.url));

/**
 * The validators in a folder, by default those that the build made: a file for each schema, read when it is asked for. One that is
 * missing or does not load is as good as none: then ajv compiles the schema, which takes longer.
 */
export function loadPrecompiled(folder = FOLDER): Precompiled {
  return (schema) => {
    const name = validatorName(schema);
    const packed = folder === FOLDER ? PACKED_VALIDATORS.get(name) : undefined;
    return packed === undefined ? load(folder, name) : validatorOf(packed(), name);
  };
}

/**
 * The validators of `first`, and those of users' own kinds, which are kept in a folder once they were made: a run that has
 * nothing to do need not load ajv for them either.
 *
 * @param place the folder, asked for when there is such a kind. What is in it is run: nobody else may write there
 */
export function keptIn(place: () => string, first: Precompiled): Precompiled {
  const find = (schema: JsonObject): Validator | undefined => first(schema) ?? load(place(), validatorName(schema));
  const keep = async (schema: JsonObject): Promise<void> => {
    const { validatorModule } = await import('./validator-module.js');
    const code = validatorModule(schema);
    if (code === undefined) return;
    const path = fileOf(place(), validatorName(schema));
    try {
      mkdirSync(place(), { recursive: true });
      replaceFile(path, code, `${path}.${process.pid}.tmp`);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  };
  return Object.assign(find, { keep });
}

/** The file of a validator in a folder of validators. */
export function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.cjs`);
}

function load(folder: string, name: string): Validator | undefined {
  const path = fileOf(folder, name);
  if (!existsSync(path)) return undefined;
  try {
    return validatorOf(createRequire(path)(path) as Readonly<Record<string, unknown>>, name);
  } catch {
    return undefined;
  }
}

function validatorOf(made: Readonly<Record<string, unknown>>, name: string): Validator | undefined {
  return typeof made[name] === 'function' ? (made[name] as Validator) : undefined;
}
