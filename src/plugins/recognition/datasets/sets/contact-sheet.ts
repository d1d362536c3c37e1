import { present } from '../../../../foundation/values/present.js';
import type { ImageSet } from './image-set.js';

/**
 * How a contact sheet is laid out: `person` keeps the set's order; `pose` sorts a person's images by yaw; `light` sorts
 * them by where the light comes from, image left to right.
 */
export interface ContactSheetOptions {
  readonly by: 'person' | 'pose' | 'light';
  /** Rows; 8 by default. */
  readonly rows?: number;
  /** Images in a row; 10 by default. */
  readonly columns?: number;
  /** A U8 tensor of the set to show in place of `images`, such as `maps.normals`. */
  readonly tensor?: string;
  /** Pixels between images; 2 by default. */
  readonly gap?: number;
}

/**
 * A PNG of some images of a set: the first persons, a row each, or several where most have one image. The choice and the pixels depend on
 * the set alone.
 */
export async function contactSheet(set: ImageSet, options: ContactSheetOptions): Promise<Uint8Array> {
  const { rows = 8, columns = 10, gap = 2, tensor = 'images' } = options;
  const { width, height } = set.record;
  const { lines, across } = fill(set, rows, columns);
  const sheetWidth = across * (width + gap) + gap;
  const sheetHeight = Math.max(lines.length, 1) * (height + gap) + gap;
  // Transparent between the images: a sheet stands on light pages and on dark ones.
  const sheet = Buffer.alloc(sheetWidth * sheetHeight * 4, Buffer.of(255, 255, 255, 0));
  lines.forEach((people, row) => {
    people
      .flatMap((images) => choose(sorted(set, images, options.by), across))
      .forEach((index, column) => {
        const pixels = set.readRow(index, tensor);
        const channels = pixels.length / (width * height);
        for (let y = 0; y < height; y += 1) {
          let to = 4 * ((gap + row * (height + gap) + y) * sheetWidth + gap + column * (width + gap));
          for (let x = 0; x < width; x += 1, to += 4) {
            const from = (y * width + x) * channels;
            for (let c = 0; c < 3; c += 1) sheet[to + c] = pixels[channels === 1 ? from : from + c]!;
            sheet[to + 3] = 255;
          }
        }
      });
  });
  const { default: sharp } = await import('sharp');
  const raw = { width: sheetWidth, height: sheetHeight, channels: 4 } as const;
  return sharp(sheet, { raw }).png({ compressionLevel: 9 }).toBuffer();
}

/**
 * Rows of persons, each with their images, in the order in which the persons appear: a row each, or, where more than half of them have one image,
 * as many as have room, each in the first row that has it.
 */
function fill(set: ImageSet, rows: number, columns: number): { readonly lines: number[][][]; readonly across: number } {
  const people = new Map<number, number[]>();
  set.identity.forEach((identity, index) => {
    const images = people.get(identity);
    if (images !== undefined) images.push(index);
    else if (people.size < rows * columns) people.set(identity, [index]);
  });
  const counts = [...people.values()].map((images) => images.length);
  const isShared = 2 * counts.filter((count) => count === 1).length > counts.length;
  if (!isShared) {
    const lines = [...people.values()].slice(0, rows).map((images) => [images]);
    return { lines, across: Math.min(columns, Math.max(1, ...lines.map(([images]) => images!.length))) };
  }
  const across = Math.min(
    columns,
    counts.reduce((sum, count) => sum + count, 0),
  );
  const lines: { people: number[][]; left: number }[] = [];
  for (const images of people.values()) {
    const length = Math.min(images.length, across);
    let line = lines.find(({ left }) => left >= length);
    if (line === undefined) {
      if (lines.length === rows) continue;
      line = { people: [], left: across };
      lines.push(line);
    }
    line.people.push(images);
    line.left -= length;
  }
  return { lines: lines.map((line) => line.people), across };
}

function sorted(set: ImageSet, images: readonly number[], by: ContactSheetOptions['by']): readonly number[] {
  const key = {
    person: undefined,
    pose: set.has('pose') ? (index: number) => set.readRow(index, 'pose')[0]! : undefined,
    light: set.has('light') ? (index: number) => lightFromRight(set.readRow(index, 'light')) : undefined,
  }[by];
  if (key === undefined) return images;
  const keys = new Map(images.map((index) => [index, key(index)]));
  return [...images].sort((a, b) => present(keys, a) - present(keys, b) || a - b);
}

/** How much more light comes from image right than on average: the harmonic of x against the constant one. */
function lightFromRight(light: ArrayLike<number>): number {
  const channels = [0, 1, 2];
  const constant = channels.reduce((sum, c) => sum + light[c]!, 0);
  return channels.reduce((sum, c) => sum + light[9 + c]!, 0) / Math.max(constant, 1e-9);
}

/** At most `count` of the items, evenly spread, the first and the last among them. */
function choose(items: readonly number[], count: number): readonly number[] {
  if (items.length <= count) return items;
  if (count === 1) return items.slice(0, 1);
  return Array.from({ length: count }, (_, k) => items[Math.round((k * (items.length - 1)) / (count - 1))]!);
}
