import { warning, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import { isClutter, isImageName, type ImageList, type Listing } from '../sets/image-list.js';

/** What lies beside images in data sets as they are given out: lists, tables, annotations, words, archives, code. */
const BESIDE =
  /\.(?:txt|csv|tsv|dat|md|rst|rtf|json|jsonl|ya?ml|xml|html?|pdf|docx?|xlsx?|mat|npy|npz|pkl|h5|hdf5|pos|pts|lms?|log|sha\d*|md5|zip|tar|t?gz|bz2|xz|7z|rar|m|py|c|cpp|h|sh|ini|cfg|lst|list|names|bib|tex)$/i;

/** Words for formats that nothing here reads, and what to do. */
const UNREAD =
  /\.(?:hei[cf]|jxl|jp2|j2k|jpx|svg|ico|psd|raw|dng|cr2|nef|arw|exr|hdr|pcx|tga|xcf|webm|mp4|avi|mov|mpe?g)$/i;

/**
 * Files of a folder that no entry of a list is made of, counted and named by kind: image formats that are not read, names that are
 * not the data set's, and others. What lies beside images anyway is passed over, as is what systems leave behind.
 *
 * @param isTaken whether the format's reader knows the path (also one that was not selected)
 */
export function sayLeftOut(
  list: ImageList['source'],
  files: Listing,
  isTaken: (path: string) => boolean,
): DatasetDiagnostic[] {
  const kinds = {
    unread: new Names(() => 'in a format that is not read', 'convert them, for example to PNG'),
    strange: new Names(
      (one) => `${one ? 'whose name is not that' : 'whose names are not those'} of a ${list} data set`,
      'docs/datasets.md says how each format lies on disk',
    ),
    other: new Names(
      (one) => (one ? 'that is no image by its name' : 'that are no images by their names'),
      'give the images an extension: .jpg, .png, ...',
    ),
  };
  for (const { path } of files) {
    if (isClutter(path)) continue;
    if (UNREAD.test(path)) kinds.unread.add(path);
    else if (isImageName(path)) {
      if (!isTaken(path)) kinds.strange.add(path);
    } else if (!BESIDE.test(path) && !/(?:^|\/)(?:README|LICEN[CS]E|COPYING|CHANGELOG|Makefile)[^/]*$/i.test(path)) {
      kinds.other.add(path);
    }
  }
  return Object.values(kinds).flatMap((names) => names.warning());
}

/** How many, and the first few. */
class Names {
  readonly #what: (one: boolean) => string;
  readonly #help: string;
  readonly #some: string[] = [];
  #count = 0;

  constructor(what: (one: boolean) => string, help: string) {
    this.#what = what;
    this.#help = help;
  }

  add(path: string): void {
    this.#count += 1;
    if (this.#some.length < 3) this.#some.push(path);
  }

  warning(): DatasetDiagnostic[] {
    if (this.#count === 0) return [];
    const more = this.#count > 3 ? `, and ${this.#count - 3} more` : '';
    const files = this.#count === 1 ? '1 file is' : `${this.#count} files are`;
    return [
      warning(
        'datasets/unknown-name',
        `${files} left out ${this.#what(this.#count === 1)}: ${this.#some.join(', ')}${more}`,
        this.#help,
      ),
    ];
  }
}
