import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ImageSet } from '../../datasets/sets/image-set.js';
import { annotatedImage, encodePng } from './annotated-image.js';

export interface WebDatasetOptions {
  /** Images in a tar; 10,000 by default. */
  readonly imagesPerTar?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes a generated set as WebDataset tars `faces-000000.tar`, ...: for each image `<id>_<n>.png`, `<id>_<n>.cls` (the
 * identity as text), `<id>_<n>.json` (pose, landmarks, camera, light, coefficients) and `<id>_<n>.<map>.png`. Entries have
 * no owner and the date 0, so the same set gives the same bytes.
 *
 * @returns the tars' names
 */
export async function exportWebDataset(
  set: ImageSet,
  folder: string,
  options: WebDatasetOptions = {},
): Promise<readonly string[]> {
  const { pack } = await import('tar-stream');
  const { imagesPerTar = 10_000 } = options;
  const { width, height } = set.record;
  const names: string[] = [];
  for (let first = 0; first < set.count; first += imagesPerTar) {
    const name = `faces-${String(names.length).padStart(6, '0')}.tar`;
    const tar = pack();
    const add = (entry: string, content: string | Uint8Array): Promise<void> =>
      new Promise((resolve, reject) => {
        const bytes =
          typeof content === 'string'
            ? Buffer.from(content)
            : Buffer.from(content.buffer, content.byteOffset, content.length);
        const header = { name: entry, size: bytes.length, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 };
        tar.entry(header, bytes, (error) => (error == null ? resolve() : reject(error)));
      });
    const written = pipeline(tar, createWriteStream(join(folder, name)));
    const filled = (async () => {
      for (let index = first; index < Math.min(first + imagesPerTar, set.count); index += 1) {
        options.signal?.throwIfAborted();
        const image = annotatedImage(set, index);
        const stem = `${String(image.identity).padStart(7, '0')}_${String(image.sample).padStart(5, '0')}`;
        const { pose, view, camera, light, face } = image.parameters;
        const json = {
          identity: image.identity,
          sample: image.sample,
          pose: {
            yaw: pose.yaw,
            pitch: pose.pitch,
            roll: pose.roll,
            scaling: pose.scaling,
            translation: pose.translation,
          },
          camera: { ...camera, viewRoll: view.roll },
          light: [...light],
          shape: [...face.shape],
          albedo: [...face.albedo],
          expression: [...face.expression],
          landmarks: image.landmarks,
        };
        await add(`${stem}.cls`, String(image.identity));
        await add(`${stem}.json`, JSON.stringify(json));
        for (const picture of image.pictures) {
          await add(
            `${stem}${picture.name === '' ? '' : `.${picture.name}`}.png`,
            await encodePng(picture, width, height),
          );
        }
        options.onProgress?.(index + 1, set.count);
      }
      tar.finalize();
    })().catch((error: unknown) => {
      tar.destroy(error as Error);
      throw error;
    });
    await Promise.all([written, filled]);
    names.push(name);
  }
  return names;
}
