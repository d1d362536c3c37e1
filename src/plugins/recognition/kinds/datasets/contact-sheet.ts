import { contactSheet } from '../../datasets/sets/contact-sheet.js';
import { openSet, readDatasetRecord } from '../../datasets/sets/image-set.js';
import type { SheetOptions } from './contact-sheet-options.js';

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
  const described = readDatasetRecord(record);
  if (forOthers && described.private === true) return undefined;
  const set = openSet(described, locate);
  try {
    if (map !== undefined && !set.has(`maps.${map}`)) return undefined;
    return await contactSheet(set, { by, ...size, ...(map === undefined ? {} : { tensor: `maps.${map}` }) });
  } finally {
    set.close();
  }
}
