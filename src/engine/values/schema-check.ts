import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import { present } from '../../foundation/values/present.js';
import type { Json, JsonObject } from '../../foundation/values/json.js';

/** Says whether a value has the shape of a schema, and no more. */
export type Validator = (value: unknown) => boolean;

/**
 * Validators made at build time (scripts/build-validators.ts) for schemas known then. `undefined` for any other, and for one
 * that has changed since.
 */
export interface Precompiled {
  (schema: JsonObject): Validator | undefined;
  /** Makes the validator of such a schema for the next time. */
  readonly keep?: (schema: JsonObject) => Promise<void>;
}

/**
 * Checks values against JSON Schemas by ajv. Loading ajv and compiling schemas takes longer than all else in a no-op run,
 * so it is loaded only for schemas without a precompiled validator, and to explain what is wrong.
 */
export class SchemaChecks {
  readonly #precompiled: Precompiled;
  readonly #validators = new Map<JsonObject, Validator>();

  constructor(precompiled: Precompiled = () => undefined) {
    this.#precompiled = precompiled;
  }

  /** Must have been awaited with a schema before {@link fits} is asked about it. */
  async prepare(schemas: Iterable<JsonObject>): Promise<void> {
    for (const schema of schemas) {
      if (this.#validators.has(schema)) continue;
      const known = this.#precompiled(schema);
      this.#validators.set(schema, known ?? (await compiled(schema)));
      if (known === undefined) await this.#precompiled.keep?.(schema);
    }
  }

  fits(schema: JsonObject, value: Json): boolean {
    return present(this.#validators, schema)(value);
  }

  /** Every way in which the value does not fit. */
  async explain(schema: JsonObject, value: Json): Promise<readonly ErrorObject[]> {
    const validate = await compiled(schema);
    validate(value);
    return validate.errors ?? [];
  }
}

/** Compiled once in a process, however many experiments it reads: a schema is never changed. */
const byAjv = new WeakMap<JsonObject, ValidateFunction>();
let ajv: Ajv | undefined;

async function compiled(schema: JsonObject): Promise<ValidateFunction> {
  let validate = byAjv.get(schema);
  if (validate !== undefined) return validate;
  if (ajv === undefined) {
    const { Ajv } = await import('ajv');
    ajv = new Ajv(AJV_OPTIONS);
    ajv.addKeyword('fx');
  }
  validate = ajv.compile(schema);
  byAjv.set(schema, validate);
  return validate;
}

export const AJV_OPTIONS = {
  allErrors: true,
  verbose: true,
  discriminator: true,
  allowUnionTypes: true,
  strictRequired: false,
  // A user's own kind may carry an annotation that we do not know.
  strictSchema: false,
  validateSchema: false,
} as const;
