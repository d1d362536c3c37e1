import { external } from '../../../../engine/stage.js';
import { count, flag, list, number, object, optional, word, type Value } from '../../../../foundation/schema/schema.js';

import { TEMPLATES } from '../../datasets/alignment/alignment.js';
export const parameters = object(
  {
    format: word(['casia', 'lfw', 'multipie', 'ijba', 'cfp', 'dtd', 'folder'], {
      says: 'How the data set lies on disk.',
    }),
    folder: external('folder', {
      says: 'The data set: a folder, or a stage that makes one.',
      obtain:
        'a face data set as its authors lay it out: CASIA-WebFace (Institute of Automation, CAS), LFW (University of ' +
        'Massachusetts), CMU Multi-PIE (cmu.edu), IJB-A (NIST)',
      from: ['files'],
    }),
    exclude: optional(external('file', { says: 'Persons or images to leave out, one a line.' })),
    keep: optional(external('file', { says: 'Persons or images to keep, one a line; all others are left out.' })),
    annotations: optional(
      external('folder', {
        says: 'Points of the images: `annotations.csv`, or .pos files by the images’ paths.',
        obtain: 'for Multi-PIE, the annotations of El Shafey et al. (Idiap Research Institute)',
      }),
    ),
    points: word(['none', 'data-set'], {
      says: 'Whether such annotations lie in the data set’s own folder.',
      default: 'none',
    }),
    subset: optional(
      object(
        {
          images: count({ says: 'How many.', min: 1 }),
          draw: word(['images', 'balanced', 'persons'], {
            says: 'How to draw: images uniformly (the paper’s way), one of each person in turn, or whole persons.',
            default: 'images',
          }),
          seed: count({
            says: 'The seed of the draw. With one seed, a smaller subset lies inside a larger one.',
            default: 0,
          }),
        },
        { says: 'Draws a part of the images.' },
      ),
    ),
    size: count({ says: 'Side of the aligned images in pixels.', min: 8, max: 4096, default: 96 }),
    template: word(TEMPLATES, {
      says: 'Five points to align to; `eyes-and-mouth` are those of `padded` without the nose, which makes profiles small.',
      default: 'padded',
    }),
    align: list(word(['detector', 'points', 'box', 'whole'], { says: 'A way to locate the face.' }), {
      says: 'Ways to align, in order; the first that has what it needs is taken.',
      default: ['detector', 'points', 'box', 'whole'],
      minItems: 1,
    }),
    'box-scale': number({
      says: 'Side of the crop, relative to the longer side of the box.',
      min: 0.1,
      max: 10,
      default: 1,
    }),
    detector: optional(
      external('file', {
        says: 'A face detector as ONNX (docs/datasets.md).',
        obtain: 'any detector with that contract',
      }),
    ),
    broken: word(['skip', 'fatal'], {
      says: 'What happens to images that cannot be read or aligned.',
      default: 'skip',
    }),
    private: flag({
      says: 'Keep the images on this machine: they are left out of reports’ contact sheets and of bundles.',
      default: false,
    }),
    shard: count({ says: 'Images in a shard, the unit of parallel work and resumption.', min: 1, default: 1000 }),
  },
  { says: 'Reads a data set of faces and aligns it.' },
);

export type DatasetsImportParameters = Value<typeof parameters>;
