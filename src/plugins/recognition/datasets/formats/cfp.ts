import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { readText } from '../../../../foundation/files/text-file.js';
import { failureAtLine, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import {
  imageList,
  isClutter,
  isImageName,
  type FoundImage,
  type ImageList,
  type ListedFolder,
} from '../sets/image-list.js';
import type { ImagePair, PairList } from './pairs.js';
import { parseCount, parseNumber, textLines } from './text-lines.js';

/**
 * Celebrities in Frontal-Profile (Sengupta et al., "Frontal to Profile Face Verification in the Wild", WACV 2016) as its authors lay
 * it out: `Data/Images/001/{frontal,profile}/01.jpg`, `Data/Fiducials/001/{frontal,profile}/01.txt` with 30 points of one side of
 * the face, `Protocol/Pair_list_{F,P}.txt` with a number for each image, and `Protocol/Split/{FF,FP}/01/{same,diff}.txt` with
 * pairs of such numbers.
 */
export interface CfpImage {
  /** `001` */
  readonly person: string;
  readonly view: 'frontal' | 'profile';
  /** `01.jpg` */
  readonly file: string;
}

/** What a path says of an image; undefined for others. */
export function parseCfpFile(path: string): CfpImage | undefined {
  const match = /(?:^|\/)Images\/([^/]+)\/(frontal|profile)\/([^/]+)$/.exec(path);
  if (match === null || !isImageName(path)) return undefined;
  return { person: match[1]!, view: match[2] as CfpImage['view'], file: match[3]! };
}

/** `001/frontal/01.jpg`: what protocols call it. */
export function cfpName({ person, view, file }: CfpImage): string {
  return `${person}/${view}/${file}`;
}

/** Counted from 0: an eye's outline, the tip of the nose, a corner of the mouth. */
const EYE = [12, 13, 14, 15, 16, 17] as const;
const NOSE = 21;
const MOUTH = 25;
const POINTS = 30;

/**
 * The five points (x, y, ...) of an image's 30. A frontal face has one eye and one corner of the mouth, the side follows from where the nose is; the
 * others are not known. In a profile one eye lies behind the other, so that each stands for both (decision 0030).
 */
export function cfpFivePoints(
  text: string,
  file: string,
  view: CfpImage['view'],
): Result<Float64Array, readonly DatasetDiagnostic[]> {
  const lines = textLines(text);
  const points: (readonly [number, number])[] = [];
  for (const line of lines) {
    const [x, y, ...rest] = line.text.split(',').map(parseNumber);
    if (x === undefined || y === undefined || rest.length > 0) {
      const message = `expected the x and y of a point, a comma between them, found "${line.text}"`;
      return err([failureAtLine('datasets/malformed-line', file, line.number, line.text, message)]);
    }
    points.push([x, y]);
  }
  if (points.length !== POINTS) {
    const last = lines.at(-1) ?? { number: 1, text: '' };
    const message = `expected ${POINTS} points, found ${points.length}`;
    return err([failureAtLine('datasets/truncated', file, last.number, last.text, message)]);
  }
  const eye = [0, 1].map((axis) => EYE.reduce((sum, k) => sum + points[k]![axis]!, 0) / EYE.length);
  const [nose, mouth] = [points[NOSE]!, points[MOUTH]!];
  const out = new Float64Array(10).fill(NaN);
  out.set(nose, 4);
  const isProfile = view === 'profile';
  // The subject's right eye stands on the left of a frontal image.
  const isRight = eye[0]! < nose[0];
  if (isProfile || isRight) {
    out.set(eye, 0);
    out.set(mouth, 6);
  }
  if (isProfile || !isRight) {
    out.set(eye, 2);
    out.set(mouth, 8);
  }
  return ok(out);
}

/** Images with their points, where the fiducials lie beside. Malformed fiducials are reported, all of them. */
export function readCfp(source: ListedFolder): Result<ImageList, readonly DatasetDiagnostic[]> {
  const images: { readonly path: string; readonly image: CfpImage }[] = [];
  const fiducials = new Map<string, string>();
  for (const { path } of source.files) {
    if (isClutter(path)) continue;
    const image = parseCfpFile(path);
    if (image !== undefined) images.push({ path, image });
    const match = /(?:^|\/)Fiducials\/(.+)\.txt$/.exec(path);
    if (match !== null) fiducials.set(match[1]!, path);
  }
  const problems: DatasetDiagnostic[] = [];
  const found: FoundImage[] = [];
  for (const { path, image } of images) {
    const name = cfpName(image);
    const beside = fiducials.get(name.replace(/\.[^./]+$/, ''));
    const points =
      beside === undefined ? undefined : cfpFivePoints(readText(source.locate(beside)), beside, image.view);
    if (points?.ok === false) problems.push(...points.error);
    else found.push({ name, file: path, identity: image.person, ...(points && { points: points.value }) });
  }
  return problems.length > 0 ? err(problems) : imageList('cfp', found);
}

export type CfpProtocol = 'FF' | 'FP';

/** The splits of frontal against frontal, or of frontal against profile. A split whose lists are empty is none. */
export function readCfpPairs(
  source: ListedFolder,
  protocol: CfpProtocol,
): Result<PairList, readonly DatasetDiagnostic[]> {
  const texts = new Map<string, string>();
  for (const { path } of source.files) {
    const match = /(?:^|\/)Protocol\/(Pair_list_[FP]\.txt|Split\/(?:FF|FP)\/\d+\/(?:same|diff)\.txt)$/.exec(path);
    if (match !== null && !isClutter(path)) texts.set(match[1]!, path);
  }
  const problems: DatasetDiagnostic[] = [];
  const read = (name: string): { readonly file: string; readonly text: string } | undefined => {
    const file = texts.get(name);
    if (file !== undefined) return { file, text: readText(source.locate(file)) };
    problems.push({ code: 'datasets/missing-image', severity: 'error', message: `the folder has no Protocol/${name}` });
    return undefined;
  };
  const numbered = (name: string): ReadonlyMap<number, string> => {
    const list = read(name);
    const names = new Map<number, string>();
    for (const line of textLines(list?.text ?? '')) {
      const [number, path, ...rest] = line.text.trim().split(/\s+/);
      const image = path === undefined ? undefined : parseCfpFile(path.replace(/^(?:\.{1,2}\/)+/, ''));
      const count = parseCount(number ?? '');
      if (image !== undefined && count !== undefined && rest.length === 0) names.set(count, cfpName(image));
      else {
        const message = `expected a number and an image's path, found "${line.text}"`;
        problems.push(failureAtLine('datasets/malformed-line', list!.file, line.number, line.text, message));
      }
    }
    return names;
  };
  const first = numbered('Pair_list_F.txt');
  const second = protocol === 'FF' ? first : numbered('Pair_list_P.txt');
  const splits = [...texts.keys()].flatMap((name) => name.match(`^Split/${protocol}/(\\d+)/same`)?.[1] ?? []).sort();
  const pairs: ImagePair[] = [];
  let fold = 0;
  let perFold = 0;
  for (const split of splits) {
    const before = pairs.length;
    for (const [kind, genuine] of [
      ['same', true],
      ['diff', false],
    ] as const) {
      // prettier-ignore
      const list = read(`Split/${protocol}/${split}/${kind}.txt`);
      for (const line of textLines(list?.text ?? '')) {
        const numbers = line.text.split(',').map((text) => parseCount(text.trim()));
        const [a, b] = [first.get(numbers[0] ?? -1), second.get(numbers[1] ?? -1)];
        if (a !== undefined && b !== undefined && numbers.length === 2) pairs.push({ fold, genuine, a, b });
        else {
          const message = `expected two numbers of the lists of images, a comma between them, found "${line.text}"`;
          problems.push(failureAtLine('datasets/malformed-line', list!.file, line.number, line.text, message));
        }
      }
    }
    if (pairs.length > before) {
      perFold = Math.max(perFold, Math.ceil((pairs.length - before) / 2));
      fold += 1;
    }
  }
  if (pairs.length === 0 && problems.length === 0) {
    const message = `the folder has no pair in Protocol/Split/${protocol}`;
    problems.push({ code: 'datasets/missing-image', severity: 'error', message });
  }
  return problems.length > 0 ? err(problems) : ok({ folds: fold, perFold, pairs });
}
