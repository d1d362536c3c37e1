import { isJsonObject, type JsonObject } from '../../foundation/values/json.js';
import { UnfitFile } from '../../foundation/files/opening.js';
import { readJson } from '../../foundation/files/text-file.js';

/** The numbers of an epoch, by name. */
export type Epoch = Readonly<Record<string, number>>;

/**
 * What an `epochs.json` (schema `fx/epochs@1`) tells, epoch by epoch: its numbers. Undefined for a file that merely has that name: any program may
 * leave one.
 */
export function epochsIn(path: string): readonly Epoch[] | undefined {
  try {
    const { epochs } = readJson(path, (value) => {
      const isWhole = isJsonObject(value) && Array.isArray(value.epochs) && value.epochs.every(isJsonObject);
      return isWhole ? undefined : 'no list of epochs';
    }) as { readonly epochs: readonly JsonObject[] };
    return epochs.map((epoch) =>
      Object.fromEntries(Object.entries(epoch).filter((pair): pair is [string, number] => typeof pair[1] === 'number')),
    );
  } catch (error) {
    if (error instanceof UnfitFile) return undefined;
    throw error;
  }
}
