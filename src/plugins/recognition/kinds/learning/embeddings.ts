import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embeddings } from '../../benchmarks/embeddings.js';
import type { ImageSet } from '../../datasets/sets/image-set.js';
import { EMBEDDINGS_FILE } from '../../learning/embedding/embed.js';
import type { Artifact } from '../../../../engine/stage.js';
import { UnfitFile } from '../../../../foundation/files/opening.js';
import { openTensors } from '../../../../foundation/formats/safetensors.js';
import { isTexts, readJson } from '../../../../foundation/files/text-file.js';
import { present } from '../../../../foundation/values/present.js';

/** Names of the images in the order of their rows: protocols find embeddings by them. */
const NAMES_FILE = 'names.json';

/** Images without names are called by person and number, as `12/3`. */
export function writeNames(workspace: string, data: ImageSet): void {
  const names = data.names() ?? Array.from(data.identity, (person, i) => `${person}/${i}`);
  writeFileSync(join(workspace, NAMES_FILE), `${JSON.stringify(names)}\n`);
}

export function readEmbeddings(artifact: Artifact): Embeddings {
  const path = artifact.locate(EMBEDDINGS_FILE);
  const names = readJson(artifact.locate(NAMES_FILE), (value) =>
    isTexts(value) ? undefined : 'no list of names',
  ) as readonly string[];
  const file = openTensors(path);
  const values = file.read('embedding') as Float32Array;
  const { dtype, shape } = present(file.tensors, 'embedding');
  file.close();
  const [rows, dimension] = shape;
  if (dtype !== 'F32' || shape.length !== 2 || rows !== names.length || dimension === undefined)
    throw new UnfitFile('EBADMSG', path, `embeddings ${dtype} [${shape.join(', ')}] of ${names.length} names`);
  return { names, dimension, values };
}
