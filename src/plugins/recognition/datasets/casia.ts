import { ok, type Result } from '../../../foundation/result.js';
import { warning, type DatasetDiagnostic } from './dataset-diagnostic.js';
import {
  filterList,
  imageList,
  isImageName,
  noImages,
  type FoundImage,
  type ImageList,
  type Listing,
} from './image-list.js';
import { textLines } from './text-lines.js';

/**
 * CASIA-WebFace (Yi, Lei, Liao, Li 2014): images `0000045/001.jpg`, a folder of seven digits per person. Lists of it
 * name persons or images: which to leave out (persons that a benchmark shows), or which to keep (a cleaned list).
 */

/**
 * The published images are square crops with the face in the middle, about as LFW's; the margin is not documented, so
 * this is LFW's.
 */
export const CASIA_CROP = { central: 1 / 2.2 } as const;

/** `0000045/001.jpg` */
export function casiaFile(person: string, number: number): string {
  return `${person}/${String(number).padStart(3, '0')}.jpg`;
}

/** Images below a folder of seven digits, under whatever folder that lies; other files are left out. */
export function readCasia(listing: Listing): Result<ImageList, readonly DatasetDiagnostic[]> {
  return imageList('casia', {
    *[Symbol.iterator](): Generator<FoundImage> {
      for (const { path } of listing) {
        const match = /(?:^|\/)(\d{7}\/[^/]+)$/.exec(path);
        if (match === null || !isImageName(path)) continue;
        yield { name: match[1]!, file: path, identity: match[1]!.slice(0, 7), box: CASIA_CROP };
      }
    },
  });
}

/** Persons and images that a list names. */
export interface NameList {
  readonly persons: ReadonlySet<string>;
  readonly images: ReadonlySet<string>;
}

/**
 * A list with one person or image on a line: its first word counts (`0166921 Some_Name`, `0000045\001.jpg 0`), `\` is
 * `/`, `#` begins a remark.
 */
export function parseNameList(text: string): NameList {
  const persons = new Set<string>();
  const images = new Set<string>();
  for (const line of textLines(text)) {
    const word = line.text.replace(/#.*$/, '').trim().split(/\s/)[0]!.replaceAll('\\', '/');
    if (word === '') continue;
    (word.includes('/') ? images : persons).add(word);
  }
  return { persons, images };
}

export function formatNameList(list: NameList): string {
  return [...list.persons, ...list.images]
    .sort()
    .map((name) => `${name}\n`)
    .join('');
}

/** A list without what another names. A name that is not there is most likely misspelt, so it is said. */
export function exclude(
  list: ImageList,
  names: NameList,
): { readonly list: ImageList; readonly warnings: readonly DatasetDiagnostic[] } {
  const unused = new Set([...names.persons, ...names.images]);
  const kept = filterList(list, ({ identity, name }) => {
    unused.delete(identity);
    unused.delete(name);
    return !names.persons.has(identity) && !names.images.has(name);
  });
  return { list: kept, warnings: [...unused].sort().map((name) => notThere(name, 'to be left out')) };
}

/** A list of nothing but what another names. */
export function keepOnly(
  list: ImageList,
  names: NameList,
): Result<{ readonly list: ImageList; readonly warnings: readonly DatasetDiagnostic[] }, readonly DatasetDiagnostic[]> {
  const unused = new Set([...names.persons, ...names.images]);
  const kept = filterList(list, ({ identity, name }) => {
    unused.delete(identity);
    unused.delete(name);
    return names.persons.has(identity) || names.images.has(name);
  });
  if (kept.count === 0) return noImages(list.source);
  return ok({ list: kept, warnings: [...unused].sort().map((name) => notThere(name, 'to be kept')) });
}

function notThere(name: string, wish: string): DatasetDiagnostic {
  return warning(
    'datasets/missing-image',
    `${name} is listed ${wish}, but the data set has no such ${name.includes('/') ? 'image' : 'person'}`,
    'check its spelling: folders have seven digits',
  );
}
