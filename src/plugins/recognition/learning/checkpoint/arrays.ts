import { failure } from '../../../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { encodeSafetensors, SafetensorsFile } from '../../../../foundation/formats/safetensors.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { Arrays } from '../network/parameters.js';

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Arrays as a safetensors file. */
export function encodeArrays(arrays: Arrays, shapes: readonly NamedShape[]): Uint8Array {
  return encodeSafetensors(Object.fromEntries(shapes.map(({ name, shape }) => [name, { shape, data: arrays[name]! }])));
}

/** Reads the arrays of those names and shapes. Fails, naming each, where one is missing or has another shape. */
export function readArrays(
  path: string,
  shapes: readonly NamedShape[],
  what: string,
): Result<Arrays, readonly LearningDiagnostic[]> {
  const opened = SafetensorsFile.open(path);
  if (!opened.ok) {
    return fail(failure('learning/damaged-file', opened.error[0]!.message, 'train again, or restore the file'));
  }
  const file = opened.value;
  try {
    const wrong: LearningDiagnostic[] = [];
    const arrays: Record<string, Float32Array> = {};
    for (const { name, shape } of shapes) {
      const info = file.tensors.get(name);
      if (info === undefined) {
        wrong.push(failure('learning/weights-of-another-network', `${path} has no ${name}, which ${what} needs`));
      } else if (info.dtype !== 'F32' || info.shape.join() !== shape.join()) {
        const found = `${info.dtype} [${info.shape.join(', ')}]`;
        wrong.push(
          failure('learning/shape-mismatch', `${name} is ${found} in ${path}; ${what} needs F32 [${shape.join(', ')}]`),
        );
      } else {
        arrays[name] = file.read(name) as Float32Array;
      }
    }
    return wrong.length > 0 ? err(wrong) : ok(arrays);
  } finally {
    file.close();
  }
}
