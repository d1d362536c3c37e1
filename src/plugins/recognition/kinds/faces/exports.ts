import type { Export } from '../../../../engine/presentation.js';
import type { ExportFormat } from './export.js';

function exporter(format: ExportFormat, says: string): Export {
  return {
    says,
    unit: 'images',
    write: async ({ locate }, folder) => {
      const { exportFaces } = await import('./export.js');
      return exportFaces(locate, format, folder);
    },
  };
}

export const faceExports = {
  scala: exporter('scala', 'The folders of the Scala generator: .png, .rps, .tlms and .csv.'),
  webdataset: exporter('webdataset', 'WebDataset tars.'),
} as const satisfies Readonly<Record<string, Export>>;
