import { readFileSync } from 'node:fs';
import { contactSheet } from '../../domain/datasets/contact-sheet.js';
import { ImageSet, type DatasetRecord } from '../../domain/datasets/image-set.js';

/**
 * A PNG of some of a stage's images, a person a row, turned from one side to the other where poses are known; undefined
 * where it has no images.
 *
 * @param locate the path of a file of the stage
 */
export async function sheetOf(
  locate: (file: string) => string | undefined,
  size: { readonly rows: number; readonly columns: number },
): Promise<Uint8Array | undefined> {
  const record = locate('dataset.json');
  if (record === undefined) return undefined;
  const described = JSON.parse(readFileSync(record, 'utf8')) as DatasetRecord;
  const set = ImageSet.open(described, (file) => locate(file) ?? file);
  try {
    return await contactSheet(set, { by: 'pose', ...size });
  } finally {
    set.close();
  }
}
