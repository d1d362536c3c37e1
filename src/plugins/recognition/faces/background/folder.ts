import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { raise } from '../../../../foundation/files/limits.js';
import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { isImageName } from '../../datasets/sets/image-list.js';
import { firstLine, isTimeout, loadSharp, readHeader, secondsForImage, sound } from '../../datasets/images/decode.js';
import { readImageFile } from '../../datasets/images/image-file.js';
import { plainFormat } from '../../datasets/images/plain-images.js';
import type { GeneratorDiagnostic } from '../diagnostic.js';
import type { ImageSize } from '../pose/camera.js';
import type { BackgroundRecipe } from './background.js';
import { resample } from './triangle-filter.js';

/** Resampled images are kept up to this many bytes. */
const CACHE_BYTES = 192 * 2 ** 20;

type FolderRecipe = Extract<BackgroundRecipe, { readonly type: 'folder' }>;

/** The images of a folder and its subfolders, relative to it, in code-unit order; none at all is an error. */
export function filesOfFolder(path: string): Result<readonly string[], readonly GeneratorDiagnostic[]> {
  let files: string[];
  try {
    files = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter(isImageName)
      .sort();
  } catch {
    return fail(failure('faces/background', `there is no folder ${path} of background images`));
  }
  if (files.length === 0) {
    const help = 'images are .jpg, .png, .webp, .tif, .gif, .avif, .bmp, .pgm or .ppm files, in subfolders too';
    return fail(failure('faces/background', `the background folder ${path} holds no image`, help));
  }
  return ok(files);
}

/**
 * The images of a folder and its subfolders as backgrounds, in code-unit order of their paths, decoded when first asked
 * for and kept at the size they are shown at, the most recent ones in memory.
 */
export class BackgroundFolder {
  readonly #recipe: FolderRecipe;
  readonly #size: ImageSize;
  readonly #files: readonly string[];
  readonly #cache = new Map<number, Promise<Decoded>>();

  private constructor(recipe: FolderRecipe, size: ImageSize, files: readonly string[]) {
    this.#recipe = recipe;
    this.#size = size;
    this.#files = files;
  }

  static open(recipe: FolderRecipe, size: ImageSize): Result<BackgroundFolder, readonly GeneratorDiagnostic[]> {
    const files = filesOfFolder(recipe.path);
    return files.ok ? ok(new BackgroundFolder(recipe, size, files.value)) : files;
  }

  get count(): number {
    return this.#files.length;
  }

  /**
   * The image at a position, [h, w, 3]. An image that can't be decoded is an error that names it, or, where the recipe
   * skips such images, the next one in order stands in, for every sample alike.
   */
  async pixels(index: number): Promise<Result<Uint8Array, GeneratorDiagnostic>> {
    for (let step = 0; step < this.count; step += 1) {
      const at = (index + step) % this.count;
      const decoded = await this.#load(at);
      if ('pixels' in decoded) return ok(decoded.pixels);
      if (this.#recipe.broken === 'fail' || decoded.slow) {
        const file = join(this.#recipe.path, this.#files[at]!);
        const help = 'repair or remove it, or let the experiment skip broken images';
        const message = `the background image ${file} can't be decoded: ${decoded.why}`;
        return err(failure('faces/background', message, decoded.slow ? raise('image-time') : help));
      }
    }
    return err(failure('faces/background', `no image in the background folder ${this.#recipe.path} can be decoded`));
  }

  #load(index: number): Promise<Decoded> {
    const known = this.#cache.get(index);
    if (known !== undefined) return known;
    const { width, height } = this.#size;
    const loading = decode(join(this.#recipe.path, this.#files[index]!), width, height);
    this.#cache.set(index, loading);
    if (this.#cache.size * width * height * 3 > CACHE_BYTES) this.#cache.delete(this.#cache.keys().next().value!);
    return loading;
  }
}

/** `slow`: it was given up for its time, which is no reason to take another image. */
type Decoded = { readonly pixels: Uint8Array } | { readonly why: string; readonly slow: boolean };

async function decode(file: string, width: number, height: number): Promise<Decoded> {
  const sharp = await loadSharp();
  const seconds = secondsForImage();
  try {
    const bytes = await readImageFile(file);
    const header = await readHeader(bytes, basename(file));
    if (!header.ok) return { why: header.error[0]!.message, slow: false };
    const plain = plainFormat(bytes);
    const { data, info } = await sound((failOn) => {
      const opened =
        plain === undefined
          ? sharp(bytes, { limitInputPixels: false, failOn }).timeout({ seconds })
          : sharp(plain.read(), { raw: plain.header, limitInputPixels: false });
      const image = opened.autoOrient().toColourspace('srgb').flatten().removeAlpha();
      return image.raw().toBuffer({ resolveWithObject: true });
    });
    if (info.channels !== 3) return { why: `it came out with ${info.channels} channels`, slow: false };
    return { pixels: resample(data, info.width, info.height, width, height) };
  } catch (error) {
    const slow = isTimeout(error);
    return { why: slow ? `it takes more than ${seconds} s` : firstLine(error), slow };
  }
}
