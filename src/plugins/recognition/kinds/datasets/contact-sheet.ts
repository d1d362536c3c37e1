import { contactSheet } from '../../datasets/sets/contact-sheet.js';
import { ImageSet, type DatasetRecord } from '../../datasets/sets/image-set.js';
import type { SheetOptions } from './contact-sheet-options.js';
import { readText } from '../../../../foundation/text-file.js';

/**
 * A PNG of some of a stage's images; undefined where it has no images, or not that map, or none for others.
 *
 * @param locate the path of a file of the stage
 */
export async function sheetOf(
  locate: (file: string) => string | undefined,
  { map, by = 'pose', forOthers = false, ...size }: SheetOptions,
): Promise<Uint8Array | undefined> {
  const record = locate('dataset.json');
  if (record === undefined) return undefined;
  const described = JSON.parse(readText(record)) as DatasetRecord;
  if (forOthers && described.private === true) return undefined;
  const set = ImageSet.open(described, (file) => locate(file) ?? file);
  try {
    if (map !== undefined && !set.has(`maps.${map}`)) return undefined;
    return await contactSheet(set, { by, ...size, ...(map === undefined ? {} : { tensor: `maps.${map}` }) });
  } finally {
    set.close();
  }
}
