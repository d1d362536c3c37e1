import type { Result } from '../../../../foundation/failures/result.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import { imageList, isImageName, type FoundImage, type ImageList, type Listing } from '../sets/image-list.js';
import { parseFolds, type PairList } from './pairs.js';
import { parseCount, textLines } from './text-lines.js';

/**
 * Labeled Faces in the Wild (Huang, Ramesh, Berg, Learned-Miller 2007): images `Name/Name_0001.jpg` of 250x250 pixels,
 * and `pairs.txt` with lines `name n1 n2` (one person) and `name1 n1 name2 n2` (two), separated by tabs.
 */

/**
 * LFW's images are Viola and Jones's detections enlarged 2.2 times about their centre, so the detection is the central
 * 1/2.2 of an image: the crop that the data set itself supplies.
 */
export const LFW_CROP = { central: 1 / 2.2 } as const;

export interface LfwImage {
  /** `George_W_Bush` */
  readonly person: string;
  /** From 1. */
  readonly number: number;
}

/** `George_W_Bush/George_W_Bush_0001.jpg` */
export function lfwFile({ person, number }: LfwImage): string {
  return `${person}/${person}_${String(number).padStart(4, '0')}.jpg`;
}

/** The person and number of a file, also below another folder (`lfw/...`); undefined for other names. */
export function parseLfwFile(path: string): LfwImage | undefined {
  const match = /(?:^|\/)([^/]+)\/([^/]+)_(\d{4})\.[a-z]+$/i.exec(path);
  if (match === null || match[1] !== match[2] || !isImageName(path)) return undefined;
  return { person: match[1]!, number: Number(match[3]) };
}

/** Images are called by {@link lfwFile} whatever folder they lie below. */
export function readLfw(listing: Listing): Result<ImageList, readonly DatasetDiagnostic[]> {
  return imageList('lfw', {
    *[Symbol.iterator](): Generator<FoundImage> {
      for (const { path } of listing) {
        const image = parseLfwFile(path);
        if (image === undefined) continue;
        yield { name: lfwFile(image), file: path, identity: image.person, box: LFW_CROP };
      }
    },
  });
}

/** Parses `pairs.txt` (10 folds) or `pairsDevTest.txt` and `pairsDevTrain.txt` (one fold, a single number first). */
export function parsePairs(text: string, file = 'pairs.txt'): Result<PairList, readonly DatasetDiagnostic[]> {
  return parseFolds(textLines(text), file, (line, fold, genuine) => {
    const fields = line.text.split('\t');
    const [a, first, b, second] = genuine ? [fields[0], fields[1], fields[0], fields[2]] : fields;
    const numbers = [parseCount(first ?? ''), parseCount(second ?? '')];
    const wanted = genuine ? 3 : 4;
    if (fields.length !== wanted || !a || !b || numbers[0] === undefined || numbers[1] === undefined) {
      return genuine ? 'expected a name and two numbers' : 'expected a name and a number, twice';
    }
    if (!genuine && a === b) return 'expected two different persons';
    return {
      fold,
      genuine,
      a: lfwFile({ person: a, number: numbers[0] }),
      b: lfwFile({ person: b, number: numbers[1] }),
    };
  });
}

/** The text of `pairs.txt`. Every image's name must be one of {@link lfwFile}. */
export function formatPairs(list: PairList): string {
  const lines = [list.folds === 1 ? `${list.perFold}` : `${list.folds}\t${list.perFold}`];
  for (const pair of list.pairs) {
    const a = parseLfwFile(pair.a);
    const b = parseLfwFile(pair.b);
    if (a === undefined || b === undefined) throw new Error(`${pair.a} or ${pair.b} is not the name of an LFW image`);
    lines.push(
      pair.genuine ? `${a.person}\t${a.number}\t${b.number}` : `${a.person}\t${a.number}\t${b.person}\t${b.number}`,
    );
  }
  return lines.join('\n') + '\n';
}
