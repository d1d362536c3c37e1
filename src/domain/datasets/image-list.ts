import { fail, ok, type Result } from '../../foundation/result.js';
import { failure } from '../../foundation/diagnostic.js';
import type { Box, FivePoints } from './alignment.js';
import type { DatasetDiagnostic } from './dataset-diagnostic.js';

/**
 * What every reader of a data set makes and the import takes: one entry per face. Reading a list opens no image.
 */
export interface ImageList {
  /** The format it was read from: `casia`, `lfw`, ... */
  readonly source: string;
  /** Persons, sorted by code unit; the index of a name here is the person's number in the shards. */
  readonly identities: readonly string[];
  /** Sorted by person, then by name. */
  readonly entries: readonly ImageEntry[];
}

/** A face as a reader finds it. */
export interface FoundImage {
  /** What protocols call it; unique in the list. The file's path wherever an image shows one face of interest. */
  readonly name: string;
  /** Path in the data set's folder, parts joined by `/`. */
  readonly file: string;
  readonly identity: string;
  /** The face, in pixel edges, or a rule where the image itself is the data set's crop. */
  readonly box?: Box | CentralBox | undefined;
  readonly points?: FivePoints | undefined;
}

/** A face of a list, numbered. */
export interface ImageEntry extends FoundImage {
  /** Index of its identity in the list's. */
  readonly person: number;
  /** Index among its person's images. */
  readonly sample: number;
}

/** The square about an image's centre whose side is this share of its shorter one: crops made with a known margin. */
export interface CentralBox {
  readonly central: number;
}

/** Files below a folder, as whoever has walked it tells. */
export type Listing = Iterable<ListedFile>;

export interface ListedFile {
  /** Relative to the folder, parts joined by `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** A folder that has been listed: what the engine hands on of an external input. */
export interface Source {
  readonly files: Listing;
  /** The absolute path of a listed file. */
  readonly locate: (path: string) => string;
}

/** Less than, by code unit: the only order of names in `fx`. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The list of these entries, in its order. Entries of one name are one entry: the first. Fails where there are none. */
export function imageList(
  source: string,
  entries: Iterable<FoundImage>,
): Result<ImageList, readonly DatasetDiagnostic[]> {
  const byName = new Map<string, FoundImage>();
  for (const entry of entries) if (!byName.has(entry.name)) byName.set(entry.name, entry);
  if (byName.size === 0) {
    return fail(
      failure(
        'datasets/no-images',
        `no image of a ${source} data set was found`,
        'name the folder that holds the data set as its authors lay it out',
      ),
    );
  }
  const sorted = [...byName.values()].sort(
    (a, b) => compareNames(a.identity, b.identity) || compareNames(a.name, b.name),
  );
  return ok(sortedList(source, sorted));
}

/** The list of some of a list's entries. Persons without an entry are gone, so numbers are dense again. */
export function filterList(list: ImageList, keep: (entry: ImageEntry, index: number) => boolean): ImageList {
  return sortedList(list.source, list.entries.filter(keep));
}

function sortedList(source: string, sorted: readonly FoundImage[]): ImageList {
  const identities: string[] = [];
  let sample = 0;
  const entries = sorted.map((image): ImageEntry => {
    const isNew = identities.at(-1) !== image.identity;
    if (isNew) identities.push(image.identity);
    sample = isNew ? 0 : sample + 1;
    // Written out, and with one string for all of a person: spread, half a million entries take three times the memory.
    const { name, file, box, points } = image;
    return { name, file, identity: identities.at(-1)!, box, points, person: identities.length - 1, sample };
  });
  return { source, identities, entries };
}

const IMAGE = /\.(?:jpe?g|png|bmp|tiff?|webp|gif|ppm|pgm)$/i;

/** True of the names of image files, by their extension. */
export function isImageName(path: string): boolean {
  return IMAGE.test(path) && !path.slice(path.lastIndexOf('/') + 1).startsWith('.');
}
