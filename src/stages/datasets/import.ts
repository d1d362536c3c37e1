import { describeEntries, planShards } from '../../domain/datasets/import.js';
import { type StageKind } from '../../engine/stage.js';
import { canonicalDigest } from '../../foundation/canonical.js';
import type { JsonObject } from '../../foundation/json.js';
import { parameters, type DatasetsImportParameters } from './import-parameters.js';
import { listImages } from './list-images.js';

/** Real data sets, in the formats their authors give them out in. */
export const datasetsImport: StageKind<DatasetsImportParameters> = {
  name: 'datasets/import',
  says: 'Reads a face data set in its published format, aligns every face and packs the images into shards.',
  parameters,
  produces: 'images',
  outputs: { 'dataset.json': 'What is in the shards.' },
  resources: { cores: 1, memory: 2 * 2 ** 30 },
  division: {
    shape: 'shards',
    parts: (p) => {
      const images = listImages(p);
      // What is wrong with the list is said when the one part runs.
      if (!images.ok) return [{ id: 'list', parameters: {} }];
      const { entries } = images.value.list;
      return planShards(entries.length, p.shard).map(({ begin, end }) => {
        const shard = entries.slice(begin, end);
        return {
          id: `images-${String(begin).padStart(7, '0')}`,
          parameters: { ...howToImport(p), entries: canonicalDigest(describeEntries(shard)), begin, end },
          reads: {
            folder: [...new Set(shard.map(({ file }) => file))],
            // Lists and annotations count by what they made of the entries.
            exclude: [],
            keep: [],
            annotations: [],
          },
        };
      });
    },
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
