import type { Result } from '../../../../foundation/failures/result.js';
import { err, ok } from '../../../../foundation/failures/result.js';
import { failureAtLine, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import { imageList, isImageName, type FoundImage, type ImageList, type Listing } from '../sets/image-list.js';
import { textLines } from './text-lines.js';

/**
 * The Describable Textures Dataset (Cimpoi, Maji, Kokkinos, Mohamed, Vedaldi 2014): `images/banded/banded_0002.jpg`,
 * 47 classes of 120, and `labels/train1.txt` ... `test10.txt` with one `banded/banded_0002.jpg` on a line. Here a
 * texture's class stands where a face's person does.
 */

/** `banded/banded_0002.jpg` of a path; undefined for other names. */
export function parseDtdFile(path: string): string | undefined {
  const match = /(?:^|\/)images\/(([^/]+)\/([^/]+)_\d{4}\.[^/]+)$/.exec(path);
  return match !== null && match[2] === match[3] && isImageName(path) ? match[1]! : undefined;
}

export function readDtd(listing: Listing): Result<ImageList, readonly DatasetDiagnostic[]> {
  return imageList('dtd', {
    *[Symbol.iterator](): Generator<FoundImage> {
      for (const { path } of listing) {
        const name = parseDtdFile(path);
        if (name !== undefined) yield { name, file: path, identity: name.slice(0, name.indexOf('/')) };
      }
    },
  });
}

export type DtdPart = 'train' | 'val' | 'test';

/** `labels/train1.txt`; splits count from 1 to 10. */
export function dtdLabelFile(part: DtdPart, split: number): string {
  return `labels/${part}${split}.txt`;
}

/** The names in a label file. */
export function parseDtdLabels(text: string, file: string): Result<readonly string[], readonly DatasetDiagnostic[]> {
  const names: string[] = [];
  const problems: DatasetDiagnostic[] = [];
  for (const line of textLines(text)) {
    const name = line.text.trim();
    if (/^[^/\s]+\/[^/\s]+$/.test(name)) names.push(name);
    else {
      const message = `expected class/image, found "${line.text}"`;
      problems.push(failureAtLine('datasets/malformed-line', file, line.number, line.text, message));
    }
  }
  return problems.length > 0 ? err(problems) : ok(names);
}
