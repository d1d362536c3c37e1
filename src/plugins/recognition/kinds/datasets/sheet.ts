import type { Pictures, Sheet } from '../../../../engine/presentation.js';
import { count, object, optional, text, word } from '../../../../foundation/schema/schema.js';
import { SHEET_ORDERS, type SheetOptions } from './contact-sheet-options.js';

/** What `fx show` draws of a set of images. */
export const imageSheet: Sheet = {
  says: 'Some of the images, one row a person.',
  options: object(
    {
      by: word(SHEET_ORDERS, {
        says: 'How rows are sorted: by yaw, by the direction of light, or not at all.',
        default: 'pose',
      }),
      map: optional(text({ says: 'A map to show instead of the images, such as `normals`.' })),
      rows: count({ says: 'Persons shown.', min: 1, max: 100, default: 8 }),
      columns: count({ says: 'Images of each.', min: 1, max: 100, default: 10 }),
    },
    { says: 'What the sheet shows.' },
  ),
  draw,
};

/** `type: contact-sheet` in a report. */
export const contactSheetFigure: Pictures = {
  shape: 'pictures',
  says: 'Samples of a data set.',
  options: object(
    {
      rows: count({ says: 'Identities shown.', min: 1, max: 100, default: 8 }),
      columns: count({ says: 'Samples of each.', min: 1, max: 100, default: 8 }),
    },
    { says: 'How many.' },
  ),
  // Reports are read by others: a private set has no sheet there.
  draw: (result, options) => draw(result, { ...options, forOthers: true }),
};

async function draw(...[{ locate }, options]: Parameters<Sheet['draw']>): Promise<Uint8Array | undefined> {
  const { sheetOf } = await import('./contact-sheet.js');
  return sheetOf(locate, options as unknown as SheetOptions);
}
