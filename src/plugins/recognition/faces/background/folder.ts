import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../../../foundation/diagnostic.js';
import { err, fail, ok, type Result } from '../../../../foundation/result.js';
import { isImageName } from '../../datasets/image-list.js';
import { plainFormat } from '../../datasets/plain-images.js';
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
    return fail(failure('faces/background', `There is no folder ${path} of background images.`));
  }
  if (files.length === 0) {
    const help = 'Images are .jpg, .png, .webp, .tif, .gif, .avif, .bmp, .pgm or .ppm files, in subfolders too.';
    return fail(failure('faces/background', `The background folder ${path} holds no image.`, help));
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
  readonly #cache = new Map<number, Promise<Uint8Array | undefined>>();

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
      const pixels = await this.#load(at);
      if (pixels !== undefined) return ok(pixels);
      if (this.#recipe.broken === 'fail') {
        const file = join(this.#recipe.path, this.#files[at]!);
        const help = 'Mend or remove it, or let the experiment skip broken images.';
        return err(failure('faces/background', `The background image ${file} can't be decoded.`, help));
      }
    }
    return err(failure('faces/background', `No image in the background folder ${this.#recipe.path} can be decoded.`));
  }

  #load(index: number): Promise<Uint8Array | undefined> {
    const known = this.#cache.get(index);
    if (known !== undefined) return known;
    const { width, height } = this.#size;
    const loading = decode(join(this.#recipe.path, this.#files[index]!), width, height);
    this.#cache.set(index, loading);
    if (this.#cache.size * width * height * 3 > CACHE_BYTES) this.#cache.delete(this.#cache.keys().next().value!);
    return loading;
  }
}

async function decode(file: string, width: number, height: number): Promise<Uint8Array | undefined> {
  const { default: sharp } = await import('sharp');
  try {
    const bytes = await readFile(file);
    const plain = plainFormat(bytes);
    const opened = plain === undefined ? sharp(bytes, { failOn: 'error' }) : sharp(plain.read(), { raw: plain.header });
    const image = opened.toColourspace('srgb').flatten().removeAlpha();
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) return undefined;
    return resample(data, info.width, info.height, width, height);
  } catch {
    return undefined;
  }
}
