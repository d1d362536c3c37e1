import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { present } from '../../../../foundation/values/present.js';
import { failureAtLine, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import { parseCount, parseNumber, textLines } from './text-lines.js';

/**
 * El Shafey's annotations of Multi-PIE (Idiap): for `.../001_01_01_051_07.png` a file of the same relative path that ends in
 * `.pos`, with the number of points on its first line and then `x y` on each. Left and right are the subject's.
 */
export const POS_POINTS: ReadonlyMap<number, readonly string[]> = new Map(
  [
    'reye leye reyeo reyei leyei leyeo nose mouthr mouthl lipt lipb chin rbrowo rbrowi lbrowi lbrowo',
    'reye leye nose mouthr mouthl lipt lipb chin',
    'eye nose mouth lipt lipb chin',
    'reye leye',
  ].map((names) => [names.split(' ').length, names.split(' ')]),
);

export interface PosPoint {
  readonly x: number;
  readonly y: number;
}

/** Points by name. Which names there are tells the variant: 16 points, 8, 6 (profile), or 2. */
export type PosAnnotation = ReadonlyMap<string, PosPoint>;

/** The annotation's path for an image's. */
export function posFile(image: string): string {
  return image.replace(/\.[^./]+$/, '') + '.pos';
}

export function parsePos(text: string, file: string): Result<PosAnnotation, readonly DatasetDiagnostic[]> {
  const lines = textLines(text);
  const head = lines[0] ?? { number: 1, text: '' };
  const count = parseCount(head.text.trim());
  const names = count === undefined ? undefined : POS_POINTS.get(count);
  if (count === undefined || names === undefined) {
    const message = `expected the number of points (${[...POS_POINTS.keys()].join(', ')}), found "${head.text}"`;
    return err([failureAtLine('datasets/malformed-line', file, head.number, head.text, message)]);
  }
  const points = new Map<string, PosPoint>();
  for (let i = 0; i < count; i += 1) {
    const line = lines[i + 1];
    if (line === undefined) {
      const last = lines.at(-1)!;
      const message = `the file ends here, before point ${i + 1} of ${count} (${names[i]!})`;
      return err([failureAtLine('datasets/truncated', file, last.number, last.text, message)]);
    }
    const [x, y, ...rest] = line.text.trim().split(/\s+/).map(parseNumber);
    if (x === undefined || y === undefined || rest.length > 0) {
      const message = `expected x and y of ${names[i]!}, found "${line.text}"`;
      return err([failureAtLine('datasets/malformed-line', file, line.number, line.text, message)]);
    }
    points.set(names[i]!, { x, y });
  }
  return ok(points);
}

/** The text of an annotation with one of the known sets of points. */
export function formatPos(annotation: PosAnnotation): string {
  const names = POS_POINTS.get(annotation.size);
  if (names?.every((name) => annotation.has(name)) !== true) {
    throw new Error(`no variant of .pos has the points ${[...annotation.keys()].join(', ')}`);
  }
  const lines = names.map((name) => `${present(annotation, name).x} ${present(annotation, name).y}`);
  return [annotation.size, ...lines].join('\n') + '\n';
}

/**
 * The five points of an annotation. In the profile variant one eye and one corner of the mouth are marked; each stands
 * for both, since in a true profile the hidden one lies behind it. Points that the variant lacks are NaN.
 */
export function posFivePoints(annotation: PosAnnotation): Float64Array {
  const out = new Float64Array(10).fill(NaN);
  const sources = [['reye', 'eye'], ['leye', 'eye'], ['nose'], ['mouthr', 'mouth'], ['mouthl', 'mouth']];
  sources.forEach((names, k) => {
    const point = names.map((name) => annotation.get(name)).find((found) => found !== undefined);
    if (point === undefined) return;
    out[2 * k] = point.x;
    out[2 * k + 1] = point.y;
  });
  return out;
}
