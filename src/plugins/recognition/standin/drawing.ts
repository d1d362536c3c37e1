import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Annotation } from '../datasets/formats/annotation-row.js';
import type { Annotations } from '../datasets/formats/annotations.js';
import { fivePoints, photograph, type DrawingHooks } from './world.js';
import type { Conditions } from './photograph/conditions.js';
import type { Person } from './person/person.js';
import type { Picture } from './paint/studio.js';

/** An image to be drawn. */
export interface PlannedImage {
  /** Path below the set's folder. */
  readonly file: string;
  readonly person: Person;
  readonly conditions: Conditions;
}

/** Files in writing at the same time. */
const IN_FLIGHT = 8;

/**
 * Draws images and writes them below a folder.
 * @param look called with each picture while it is whole
 */
export async function drawImages<P extends PlannedImage>(
  images: Iterable<P>,
  options: { readonly folder: string; readonly size: number; readonly type: 'jpeg' | 'png' } & DrawingHooks,
  look: (image: P, picture: Picture) => void,
): Promise<number> {
  const writing = new Set<Promise<void>>();
  let drawn = 0;
  for (const image of images) {
    options.signal?.throwIfAborted();
    const { bytes, picture } = photograph(image.person, image.conditions, options.size, options.type);
    look(image, picture);
    const path = join(options.folder, image.file);
    const written = bytes.then(async (encoded) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, encoded);
    });
    const settled = written.finally(() => writing.delete(settled));
    writing.add(settled);
    if (writing.size >= IN_FLIGHT) await Promise.race(writing);
    drawn += 1;
    options.onProgress?.(drawn);
  }
  await Promise.all(writing);
  return drawn;
}

/** Draws images of a set whose faces are annotated with five points, and returns these by the images' names. */
export async function drawAnnotated(
  images: Iterable<PlannedImage>,
  options: Parameters<typeof drawImages>[1],
): Promise<Annotations> {
  const annotations = new Map<string, Annotation>();
  await drawImages(images, options, ({ file }, picture) => annotations.set(file, { points: fivePoints(picture) }));
  return annotations;
}
