import { isClutter } from '../../datasets/sets/image-list.js';
import { readDataset, type NamedFile, type NamedText, type ReadDataset } from '../../datasets/formats/read-dataset.js';
import { onlyFile, type Artifact } from '../../../../engine/stage.js';
import type { Result } from '../../../../foundation/failures/result.js';
import { readText } from '../../../../foundation/files/text-file.js';
import type { DatasetsImportParameters } from './import-parameters.js';

/** The images that a `datasets/import` stage is about, in the order of its shards. Opens tables, never an image. */
export function listImages(p: DatasetsImportParameters): Result<ReadDataset> {
  const { folder: source, format, subset, points } = p;
  const table = p.annotations ?? (points === 'data-set' ? source : undefined);
  return readDataset(source, {
    format,
    ...(p.exclude === undefined ? {} : { exclude: textOf(p.exclude) }),
    ...(p.keep === undefined ? {} : { keep: textOf(p.keep) }),
    ...(table === undefined ? {} : annotationsOf(table)),
    ...(subset === undefined ? {} : { subset: { size: subset.images, draw: subset.draw, seed: subset.seed } }),
  });
}

/** The text of an input of one file. */
export function textOf(file: Artifact): NamedText {
  const path = onlyFile(file);
  return { file: path, text: readText(file.locate(path)) };
}

/** A folder of annotations: our own table, or `.pos` files by the images' paths. */
function annotationsOf(source: Artifact): { readonly annotations: NamedFile } | { readonly pos: Artifact } {
  for (const { path } of source.files) {
    if ((path !== 'annotations.csv' && !path.endsWith('/annotations.csv')) || isClutter(path)) continue;
    return { annotations: { file: path, path: source.locate(path) } };
  }
  return { pos: source };
}
