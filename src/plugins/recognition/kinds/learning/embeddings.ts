import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embeddings } from '../../benchmarks/embeddings.js';
import type { ImageSet } from '../../datasets/sets/image-set.js';
import { EMBEDDINGS_FILE } from '../../learning/embedding/embed.js';
import type { Artifact } from '../../../../engine/stage.js';
import { SafetensorsFile } from '../../../../foundation/safetensors.js';
import { readText } from '../../../../foundation/text-file.js';

/** Names of the images in the order of their rows: protocols find embeddings by them. */
const NAMES_FILE = 'names.json';

/** Images without names are called by person and number, as `12/3`. */
export function writeNames(workspace: string, data: ImageSet): void {
  const names = data.names() ?? Array.from(data.identity, (person, i) => `${person}/${i}`);
  writeFileSync(join(workspace, NAMES_FILE), `${JSON.stringify(names)}\n`);
}

export function readEmbeddings(artifact: Artifact): Embeddings {
  const file = SafetensorsFile.open(artifact.locate(EMBEDDINGS_FILE));
  if (!file.ok) throw new Error(file.error[0]!.message);
  const values = file.value.read('embedding') as Float32Array;
  const dimension = file.value.tensors.get('embedding')!.shape[1]!;
  file.value.close();
  const names = JSON.parse(readText(artifact.locate(NAMES_FILE))) as readonly string[];
  return { names, dimension, values };
}
