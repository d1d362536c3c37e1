import { failure, type Diagnostic } from '../failures/diagnostic.js';
import { suggestion } from '../failures/nearest.js';
import { parseQuantity, printQuantity, QUANTITIES } from '../schema/quantity.js';
import type { Quantity } from '../schema/schema.js';

/**
 * What one file of someone else's may take of memory, time and disk. Generous for what people share, and small enough that a
 * file made to harm costs seconds. Each may be raised by its variable in the environment: `FX_LIMIT_IMAGE_PIXELS=400M`.
 *
 * Where files that exceed a limit are left out like damaged ones, a limit that was changed is part of the key
 * ({@link changedLimits}); everywhere else exceeding one is an error, so that no result depends on it.
 */
export const LIMITS = {
  'image-pixels': { of: 'count', is: 100_000_000, says: 'pixels of an image' },
  'image-bytes': { of: 'size', is: 2 ** 30, says: 'the file of an image' },
  'image-time': { of: 'duration', is: 60, says: 'decoding an image, or a detector’s search in it' },
  'text-bytes': { of: 'size', is: 2 ** 28, says: 'a list, a table or a JSON file that is read whole' },
  'safetensors-header': { of: 'size', is: 2 ** 25, says: 'the header of a safetensors file' },
  'hdf5-bytes': { of: 'size', is: 2 ** 28, says: 'a data set of an HDF5 file that is read whole, and a piece of any' },
  'model-vertices': { of: 'count', is: 4_000_000, says: 'vertices of a morphable model' },
  'model-landmarks': { of: 'count', is: 1000, says: 'landmarks of a morphable model' },
  'onnx-bytes': { of: 'size', is: 2 ** 30, says: 'the file of a detector' },
  'onnx-depth': { of: 'count', is: 16, says: 'nested graphs in a detector' },
  'bundle-bytes': { of: 'size', is: 2 ** 38, says: 'what a bundle unpacks to' },
  'bundle-entries': { of: 'count', is: 200_000, says: 'files in a bundle' },
  'bundle-ratio': { of: 'count', is: 100, says: 'how many times larger than its zip a bundle may be' },
  'stranger-disk': { of: 'size', is: 20 * 2 ** 30, says: 'what a run of a bundle that is not trusted writes' },
} as const satisfies Readonly<Record<string, { of: Quantity; is: number; says: string }>>;

export type LimitName = keyof typeof LIMITS;

export const LIMIT_VARIABLE = 'FX_LIMIT_';

type Environment = Readonly<Record<string, string | undefined>>;

/** A limit in the canonical unit of its quantity: bytes, seconds or a number. */
export function limit(name: LimitName, environment: Environment = process.env): number {
  const { of, is } = LIMITS[name];
  const given = environment[variableOf(name)];
  const value = given === undefined ? undefined : parseQuantity(of, given);
  return typeof value === 'number' && value > 0 ? value : is;
}

/** Those of some limits that are not as they are by default, for a key. */
export function changedLimits(...names: readonly LimitName[]): Record<string, number> | undefined {
  const changed = names.map((name) => [`limit ${name}`, limit(name)] as const);
  const other = changed.filter(([, value], i) => value !== LIMITS[names[i]!].is);
  return other.length === 0 ? undefined : Object.fromEntries(other);
}

/** The help of whatever exceeds a limit. */
export function raise(name: LimitName): string {
  return `if this is intended, raise the limit: ${variableOf(name)}=${exampleOf(name)}`;
}

export function variableOf(name: LimitName): string {
  return `${LIMIT_VARIABLE}${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Twice the limit, as one would write it for a shell. */
function exampleOf(name: LimitName): string {
  const { of, is } = LIMITS[name];
  return printQuantity(of, 2 * is).replace(' ', '');
}

/** What is wrong with the limits that an environment gives: a name that there is none of, or no such quantity. */
export function wrongLimits(environment: Environment): readonly Diagnostic<'limits/wrong'>[] {
  const byVariable = new Map(Object.keys(LIMITS).map((name) => [variableOf(name as LimitName), name as LimitName]));
  return Object.entries(environment).flatMap(([variable, value]) => {
    if (!variable.startsWith(LIMIT_VARIABLE) || value === undefined) return [];
    const name = byVariable.get(variable);
    if (name === undefined) {
      return [
        failure('limits/wrong', `${variable} is no limit`, suggestion(variable, [...byVariable.keys()], 'limits')),
      ];
    }
    const { of } = LIMITS[name];
    const parsed = parseQuantity(of, value);
    if (typeof parsed === 'number' && parsed > 0) return [];
    const { a, example } = QUANTITIES[of];
    return [failure('limits/wrong', `${variable} is ${JSON.stringify(value)}, which is not ${a} above zero`, `write it like ${variable}=${example.replace(' ', '')}`)]; // prettier-ignore
  });
}
