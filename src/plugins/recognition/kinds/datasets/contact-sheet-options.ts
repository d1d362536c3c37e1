import type { ContactSheetOptions } from '../../datasets/sets/contact-sheet.js';

/** The ways to order a sheet. */
export const SHEET_ORDERS = ['pose', 'person', 'light'] as const satisfies readonly ContactSheetOptions['by'][];

export interface SheetOptions {
  readonly rows: number;
  readonly columns: number;
  /** `pose` by default: a person a row, turned from one side to the other where poses are known. */
  readonly by?: (typeof SHEET_ORDERS)[number];
  /** A map to show instead of the images, such as `normals`. */
  readonly map?: string;
  /** For a report, which others read: of a private set there is no sheet. */
  readonly forOthers?: boolean;
}
