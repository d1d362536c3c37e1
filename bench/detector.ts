/**
 * What a face detector (docs/datasets.md) finds in photographs that one has, and how fast:
 *
 *     node dist/bench/detector.js mtcnn.onnx --lfw DIR --cfp DIR [--every 8]
 *
 * LFW as its authors lay it out: the share of images with a face that overlaps the middle's box. CFP: that share, and the distance of the
 * found points to the annotated ones as a share of the distance from the annotated eye to the corner of the mouth.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { cfpFivePoints, parseCfpFile } from '../src/plugins/recognition/datasets/formats/cfp.js';
import { chooseDetection, openOnnxDetector } from '../src/plugins/recognition/datasets/alignment/detector.js';
import type { Raster } from '../src/plugins/recognition/datasets/images/warp.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { lfw: { type: 'string' }, cfp: { type: 'string' }, every: { type: 'string', default: '8' } },
});
const opened = await openOnnxDetector(positionals[0]!);
if (!opened.ok) throw new Error(opened.error[0]!.message);
const detector = opened.value;

async function raster(path: string): Promise<Raster> {
  const { data, info } = await sharp(path)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, left: 0, top: 0 };
}

interface Tally {
  images: number;
  found: number;
  /** Of processor time. */
  seconds: number;
  readonly distances: number[];
}

function images(root: string): readonly string[] {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jpg'));
  return all.sort().filter((_, i) => i % Number(values.every) === 0);
}

async function measure(tally: Tally, path: string, annotated?: Float64Array): Promise<void> {
  const image = await raster(path);
  const start = process.cpuUsage();
  const faces = await detector.detect(image);
  const { user, system } = process.cpuUsage(start);
  tally.seconds += (user + system) / 1e6;
  tally.images += 1;
  if (!faces.ok) throw new Error(faces.error[0]!.message);
  const face = chooseDetection(faces.value, image, undefined);
  if (face === undefined) return;
  tally.found += 1;
  if (annotated === undefined) return;
  // The side that is annotated: of a profile both stand for one another.
  const side = Number.isNaN(annotated[0]!) ? 1 : 0;
  const at = (k: number): readonly [number, number] => [annotated[2 * k]!, annotated[2 * k + 1]!];
  const [eye, mouth] = [at(side), at(3 + side)];
  const height = Math.hypot(eye[0] - mouth[0], eye[1] - mouth[1]);
  const isProfile = annotated[0] === annotated[2];
  for (const [k, [x, y]] of [
    [side, eye],
    [2, at(2)],
    [3 + side, mouth],
  ] as const) {
    // In a profile the detector may take the visible side for either.
    const places = isProfile && k !== 2 ? [k, k === side ? 1 - side : 7 - k] : [k];
    const off = places.map((place) => Math.hypot(face.points[2 * place]! - x, face.points[2 * place + 1]! - y));
    tally.distances.push(Math.min(...off) / height);
  }
}

function say(name: string, { images, found, seconds, distances }: Tally): void {
  const median = distances.toSorted((a, b) => a - b)[distances.length >> 1];
  const off = median === undefined ? '' : `, median distance ${(100 * median).toFixed(1)} % of eye to mouth`;
  const speed = `${((1000 * seconds) / images).toFixed(0)} ms of processor time each`;
  console.log(`${name}: ${found} of ${images} found (${((100 * found) / images).toFixed(1)} %)${off}, ${speed}`);
}

const tally = (): Tally => ({ images: 0, found: 0, seconds: 0, distances: [] });
if (values.lfw !== undefined) {
  const lfw = tally();
  for (const name of images(values.lfw)) await measure(lfw, join(values.lfw, name));
  say('LFW', lfw);
}
if (values.cfp !== undefined) {
  const views = { frontal: tally(), profile: tally() };
  for (const name of images(join(values.cfp, 'Data/Images'))) {
    const path = join(values.cfp, 'Data/Images', name);
    const { person, view, file } = parseCfpFile(path)!;
    const fiducials = join(values.cfp, 'Data/Fiducials', person, view, file.replace('.jpg', '.txt'));
    const points = cfpFivePoints(readFileSync(fiducials, 'utf8'), fiducials, view);
    if (points.ok) await measure(views[view], path, points.value);
  }
  for (const [view, each] of Object.entries(views)) say(`CFP, ${view}`, each);
}
await detector.close();
