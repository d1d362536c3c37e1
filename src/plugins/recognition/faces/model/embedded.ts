import { fileURLToPath } from 'node:url';
import { readCompact } from './compact.js';
import type { MorphableModel } from './morphable-model.js';

/** The asset, built by `scripts/build-face-model.ts`. */
export const embeddedModelPath = fileURLToPath(
  new URL('../../../../../../assets/face-model.safetensors', import.meta.url),
);

/**
 * The model that comes with the program: a Gaussian-process morphable model of whole heads, authored, not scanned. Reads
 * and unpacks the asset each time; keep what it returns.
 */
export function loadEmbeddedModel(): MorphableModel {
  const model = readCompact(embeddedModelPath);
  if (!model.ok) throw new Error(model.error.map((diagnostic) => diagnostic.message).join('; '));
  return model.value;
}
