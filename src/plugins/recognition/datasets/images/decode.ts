import { failure } from '../../../../foundation/failures/diagnostic.js';
import { limit, raise } from '../../../../foundation/files/limits.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import type { Metadata, Sharp } from 'sharp';
import { plainFormat, type PlainHeader } from './plain-images.js';
import type { Raster, Region } from './warp.js';

/** What an image's header says, and what it takes to make RGB as displayed of it. */
export interface ImageHeader {
  /** As displayed: after the turn that its EXIF data ask for. */
  readonly width: number;
  readonly height: number;
  readonly conversions: readonly Conversion[];
}

/**
 * What was done to an image: turned upright by its EXIF orientation; its one channel of grey repeated; CMYK (or any other
 * colour space) brought to sRGB; 16 bits cut to 8; alpha laid over black; the first of several pages taken.
 */
export type Conversion =
  'turned' | 'from grey' | 'from another colour space' | 'to 8 bits' | 'over black' | 'first page';

/** What libvips is let read: nothing that draws by a program of its own, as SVG does, whatever a file is called. */
const READ = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((format) => `VipsForeignLoad${format}`);

let loading: ReturnType<typeof setUp> | undefined;

/** sharp, as whatever reads images of others uses it. Set up once: what is blocked for a moment fails who reads meanwhile. */
export async function loadSharp() {
  return (await (loading ??= setUp())).default;
}

async function setUp() {
  const module = await import('sharp');
  const { default: sharp } = module;
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: READ });
  // One image on one thread, several images at once: no thread waits for another. Images are read once: no cache.
  sharp.concurrency(1);
  sharp.cache(false);
  return module;
}

/**
 * Reads an image's header.
 * @param name what to call it in diagnostics
 */
export async function readHeader(
  bytes: Uint8Array,
  name: string,
  maxPixels = limit('image-pixels'),
): Promise<Result<ImageHeader, readonly DatasetDiagnostic[]>> {
  if (bytes.length === 0) return fail(failure('datasets/empty-file', `${name} is empty (0 bytes)`, 'fetch it again'));
  const sharp = await loadSharp();
  let metadata: Said;
  try {
    const plain = plainFormat(bytes)?.header;
    metadata =
      plain === undefined ? await sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata() : said(plain);
  } catch (error) {
    return unreadable(name, error);
  }
  const { width, height, orientation = 1, space, depth, hasAlpha, pages = 1 } = metadata;
  if (width * height > maxPixels) {
    const message = `${name} has ${width} x ${height} pixels; at most ${maxPixels} in all are read`;
    return fail(failure('datasets/image-too-large', message, `shrink it; ${raise('image-pixels')}`));
  }
  const conversions: Conversion[] = [];
  if (orientation > 1) conversions.push('turned');
  if (space === 'b-w' || space === 'grey16') conversions.push('from grey');
  else if (space !== 'srgb' && space !== 'rgb16') conversions.push('from another colour space');
  if (depth !== 'uchar') conversions.push('to 8 bits');
  if (hasAlpha) conversions.push('over black');
  if (pages > 1) conversions.push('first page');
  const turned = orientation >= 5;
  return ok({ width: turned ? height : width, height: turned ? width : height, conversions });
}

type Said = Pick<Metadata, 'width' | 'height' | 'orientation' | 'space' | 'depth' | 'hasAlpha' | 'pages'>;

function said({ width, height, channels, deep }: PlainHeader): Said {
  return { width, height, space: channels === 1 ? 'b-w' : 'srgb', depth: deep ? 'ushort' : 'uchar', hasAlpha: false };
}

/**
 * Pixels of an image, or of a region of it as displayed. Fails on files that are cut off or damaged, whatever the region: the same
 * image is good or bad however its face is found.
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  region?: Region,
): Promise<Result<Raster, readonly DatasetDiagnostic[]>> {
  const seconds = secondsForImage();
  try {
    return ok(await sound((failOn) => decode(bytes, seconds, failOn, region)));
  } catch (error) {
    if (isTimeout(error)) {
      const message = `${name} takes more than ${seconds} s to decode`;
      return fail(failure('datasets/image-too-slow', message, `save it again; ${raise('image-time')}`));
    }
    return unreadable(name, error);
  }
}

/**
 * libjpeg only warns of pixels that it does not have and fills them with grey or with what came before. Of its other warnings
 * (bytes too many, numbers of versions that it does not know) the pixels are well: cameras write such files.
 */
const DAMAGE = /premature end of data segment|bad (?:Huffman|arithmetic) code|instead of RST/;

/** What a reading of an image gives that takes no damage for pixels. */
export async function sound<T>(read: (failOn: FailOn) => Promise<T>): Promise<T> {
  try {
    return await read('warning');
  } catch (error) {
    if (isTimeout(error) || DAMAGE.test(String(error))) throw error;
    return read('error');
  }
}

type FailOn = 'warning' | 'error';

async function decode(bytes: Uint8Array, seconds: number, failOn: FailOn, region?: Region): Promise<Raster> {
  const sharp = await loadSharp();
  const plain = plainFormat(bytes);
  const open = (): Sharp =>
    plain === undefined
      ? sharp(bytes, { limitInputPixels: false, failOn, sequentialRead: true }).timeout({ seconds })
      : sharp(plain.read(), { raw: plain.header, limitInputPixels: false });
  const upright = open().autoOrient();
  const part = region === undefined ? upright : upright.extract({ ...region });
  const { data, info } = await part
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`it came out with ${info.channels} channels`);
  // A region is read as far as it reaches; the last pixel of the file, as far as there is anything.
  if (region !== undefined && plain === undefined) {
    const { width, height } = await open().metadata();
    await open()
      .extract({ left: width - 1, top: height - 1, width: 1, height: 1 })
      .raw()
      .toBuffer();
  }
  return { width: info.width, height: info.height, data, left: region?.left ?? 0, top: region?.top ?? 0 };
}

/** Whole seconds, as sharp counts them, and at most its hour. */
export function secondsForImage(): number {
  return Math.min(Math.ceil(limit('image-time')), 3600);
}

/** Of sharp: `timeout: 7% complete`. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout: /m.test(error.message);
}

function unreadable(name: string, error: unknown) {
  const message = `${name} cannot be read: ${firstLine(error)}`;
  return fail(failure('datasets/unreadable-image', message, 'download it again, or save it as PNG'));
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
