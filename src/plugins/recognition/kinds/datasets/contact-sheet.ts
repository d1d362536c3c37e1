import { readFileSync } from 'node:fs';
import { contactSheet, type ContactSheetOptions } from '../../datasets/contact-sheet.js';
import { ImageSet, type DatasetRecord } from '../../datasets/image-set.js';

/** The ways to order a sheet. */
export const SHEET_ORDERS = ['pose', 'identity', 'light'] as const satisfies readonly ContactSheetOptions['by'][];

export interface SheetOptions {
  readonly rows: number;
  readonly columns: number;
  /** `pose` by default: a person a row, turned from one side to the other where poses are known. */
  readonly by?: (typeof SHEET_ORDERS)[number];
  /** A map to show in place of the images, such as `normals`. */
  readonly map?: string;
  /** For a report, which others read: of a private set there is no sheet. */
  readonly forOthers?: boolean;
}

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
  const described = JSON.parse(readFileSync(record, 'utf8')) as DatasetRecord;
  if (forOthers && described.private === true) return undefined;
  const set = ImageSet.open(described, (file) => locate(file) ?? file);
  try {
    if (map !== undefined && !set.has(`maps.${map}`)) return undefined;
    return await contactSheet(set, { by, ...size, ...(map === undefined ? {} : { tensor: `maps.${map}` }) });
  } finally {
    set.close();
  }
}
