import { formatEntries } from '../../datasets/sets/entry-text.js';
import { shardsOf } from '../../datasets/sets/shards.js';
import type { Part, StageKind } from '../../../../engine/stage.js';
import { changedLimits } from '../../../../foundation/files/limits.js';
import type { JsonObject } from '../../../../foundation/values/json.js';
import { parameters, type DatasetsImportParameters } from './import-parameters.js';
import { listImages } from './list-images.js';
import { contactSheetFigure, imageSheet } from './sheet.js';

/** Real data sets, in the formats their authors give them out in. */
export const datasetsImport: StageKind<DatasetsImportParameters> = {
  name: 'datasets/import',
  says: 'Reads a face data set in its published format, aligns every face and packs the images into shards.',
  parameters,
  produces: 'images',
  outputs: { 'dataset.json': 'What is in the shards.' },
  shows: { colour: '#56B4E9', sheet: imageSheet, figures: { 'contact-sheet': contactSheetFigure } },
  metrics: { images: { says: 'Images.' }, identities: { says: 'Persons.' } },
  resources: { cores: 1, memory: 2 * 2 ** 30 },
  streams: true,
  environment: () => Promise.resolve(changedLimits('image-pixels', 'image-bytes')),
  isPrivate: (p) => p.private,
  division: {
    shape: 'shards',
    parts: partsOf,
    run: async (context) => {
      const { importPart } = await import('./import-run.js');
      return importPart(context);
    },
    gather: async (context) => {
      const { gatherImages } = await import('./import-run.js');
      return gatherImages(context);
    },
  },
};

/** A part for each shard. It holds its entries, so that nobody who imports one needs the list. */
function* partsOf(p: DatasetsImportParameters): Generator<Part> {
  const images = listImages(p);
  if (!images.ok) {
    // What is wrong with the list is said when the one part runs.
    yield { id: 'list', parameters: {} };
    return;
  }
  for (const { begin, entries } of shardsOf(images.value.list, p.shard)) {
    yield {
      id: `images-${String(begin).padStart(7, '0')}`,
      parameters: { ...howToImport(p), entries: formatEntries(entries), begin },
      reads: {
        folder: [...new Set(entries.map(({ file }) => file))],
        // Lists and annotations count by what they made of the entries.
        exclude: [],
        keep: [],
        annotations: [],
      },
    };
  }
}

/** What decides a shard's bytes, besides its entries and their files. */
function howToImport(p: DatasetsImportParameters): JsonObject {
  const { size, template, align, broken } = p;
  return {
    size,
    template,
    align,
    broken,
    'box-scale': p['box-scale'],
    detector: p.detector === undefined ? null : '@input',
  };
}
