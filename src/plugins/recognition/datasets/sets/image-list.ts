import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import type { Box, FivePoints } from '../alignment/alignment.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';

/**
 * What every reader of a data set makes and the import takes: one entry per face. Reading a list opens no image.
 *
 * A list holds its persons and nothing for each image: every look at `entries` reads the listing again.
 */
export interface ImageList {
  /** The format it was read from: `casia`, `lfw`, ... */
  readonly source: string;
  /** Persons, sorted by code unit; the index of a name here is the person's number in the shards. */
  readonly identities: readonly string[];
  /** How many entries there are. */
  readonly count: number;
  /** Sorted by person, then by name; the same at each look. */
  readonly entries: Iterable<ImageEntry>;
}

/** A face as a reader finds it. */
export interface FoundImage {
  /**
   * What protocols call it; unique in the list, so that a name belongs to one identity. The file's path wherever an image
   * shows one face of interest.
   */
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

/** Files below a folder, as its walk lists them: the same at each iteration. */
export type Listing = Iterable<ListedFile>;

export interface ListedFile {
  /** Relative to the folder, parts joined by `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** A folder that has been listed: what the engine hands on of an external input. */
export interface ListedFolder {
  readonly files: Listing;
  /** The absolute path of a listed file. */
  readonly locate: (path: string) => string;
}

/** Less than, by code unit: the only order of names in `fx`. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The list of these images, in its order. Images of one name are one entry: the first. Fails where there are none.
 *
 * A listing sorted by path mostly has its images in the list's order, and is then read again at each iteration. Where it has
 * not (persons of whom one's name begins another's, several folders, tables), the images are collected and sorted.
 *
 * @param found the same at each look
 */
export function imageList(
  source: string,
  found: Iterable<FoundImage>,
): Result<ImageList, readonly DatasetDiagnostic[]> {
  const summary = summarize(found);
  const list = summary.ascending ? listOf(source, found, summary) : sortedList(source, collect(found));
  return list.count === 0 ? noImages(source) : ok(list);
}

/** What to say of a data set, or of a choice from it, that comes to nothing. */
export function noImages(source: string): Result<never, readonly DatasetDiagnostic[]> {
  return fail(
    failure(
      'datasets/no-images',
      `no image of a ${source} data set was found`,
      'name the folder that holds the data set as its authors lay it out',
    ),
  );
}

/** The list of some of a list's entries. Persons without an entry are gone, so numbers are dense again. */
export function filterList(list: ImageList, keep: (entry: ImageEntry) => boolean): ImageList {
  const kept = new Uint8Array(list.count);
  let index = 0;
  for (const entry of list.entries) kept[index++] = keep(entry) ? 1 : 0;
  return pick(list, kept);
}

/** As {@link filterList}, of the entries whose byte in `kept` is not 0. */
export function pick(list: ImageList, kept: Uint8Array): ImageList {
  return sortedList(list.source, {
    *[Symbol.iterator]() {
      let index = 0;
      for (const entry of list.entries) if (kept[index++] !== 0) yield entry;
    },
  });
}

interface Summary {
  /** Whether each image stands after the one before it; where one does not, nothing else here is known. */
  readonly ascending: boolean;
  readonly identities: readonly string[];
  readonly count: number;
}

function summarize(images: Iterable<FoundImage>): Summary {
  const identities: string[] = [];
  let count = 0;
  let last: FoundImage | undefined;
  for (const image of images) {
    if (last !== undefined && compareImages(last, image) >= 0) return { ascending: false, identities: [], count: 0 };
    if (last?.identity !== image.identity) identities.push(image.identity);
    last = image;
    count += 1;
  }
  return { ascending: true, identities, count };
}

function compareImages(a: FoundImage, b: FoundImage): number {
  return compareNames(a.identity, b.identity) || compareNames(a.name, b.name);
}

function collect(images: Iterable<FoundImage>): readonly FoundImage[] {
  const byName = new Map<string, FoundImage>();
  for (const image of images) if (!byName.has(image.name)) byName.set(image.name, image);
  return [...byName.values()].sort(compareImages);
}

function sortedList(source: string, sorted: Iterable<FoundImage>): ImageList {
  return listOf(source, sorted, summarize(sorted));
}

function listOf(source: string, sorted: Iterable<FoundImage>, { identities, count }: Summary): ImageList {
  const entries: Iterable<ImageEntry> = {
    *[Symbol.iterator]() {
      let [person, sample, read] = [-1, 0, 0];
      for (const { name, file, identity, box, points } of sorted) {
        const isNew = identities[person] !== identity;
        if (isNew) person += 1;
        sample = isNew ? 0 : sample + 1;
        read += 1;
        yield { name, file, identity: identities[person]!, box, points, person, sample };
      }
      // What is listed once, as by a generator, would look empty from here on.
      if (read !== count) throw new Error(`a listing of ${count} images has ${read} at another look`);
    },
  };
  return { source, identities, count, entries };
}

const IMAGE = /\.(?:jpe?g|jpe|jfif|png|bmp|dib|tiff?|webp|gif|avif|p[bgpn]m)$/i;

/** True of the names of image files that can be read, by their extension. */
export function isImageName(path: string): boolean {
  return IMAGE.test(path) && !isClutter(path);
}

/**
 * True of what systems and archivers leave in folders, whose names may be those of images (`._001.jpg`), and of hidden files:
 * nothing there is anyone's data.
 */
export function isClutter(path: string): boolean {
  return /(?:^|\/)(?:\.|__MACOSX(?:\/|$)|@eaDir(?:\/|$)|(?:Thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r)$)/i.test(path);
}
