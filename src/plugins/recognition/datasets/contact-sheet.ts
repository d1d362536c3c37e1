import type { ImageSet } from './image-set.js';

/**
 * How a contact sheet is laid out: `identity` gives each person a row; `pose` sorts a row's images by yaw; `light` sorts
 * them by where the light comes from, image left to right.
 */
export interface ContactSheetOptions {
  readonly by: 'identity' | 'pose' | 'light';
  /** Rows, one person each; 8 by default. */
  readonly rows?: number;
  /** Images in a row; 10 by default. */
  readonly columns?: number;
  /** A U8 tensor of the set to show in place of `images`, such as `maps.normals`. */
  readonly tensor?: string;
  /** Pixels between images; 2 by default. */
  readonly gap?: number;
}

/**
 * A PNG of some images of a set: the first persons, a row each. The choice and the pixels depend on the set alone. A
 * row is short where a person has few images.
 */
export async function contactSheet(set: ImageSet, options: ContactSheetOptions): Promise<Uint8Array> {
  const { rows = 8, columns = 10, gap = 2, tensor = 'images' } = options;
  const { width, height } = set.record;
  const people = firstPeople(set, rows);
  const across = Math.min(columns, Math.max(...people.map((images) => images.length), 1));
  const sheetWidth = across * (width + gap) + gap;
  const sheetHeight = Math.max(people.length, 1) * (height + gap) + gap;
  // Transparent between the images: a sheet stands on light pages and on dark ones.
  const sheet = Buffer.alloc(sheetWidth * sheetHeight * 4, Buffer.of(255, 255, 255, 0));
  people.forEach((images, row) => {
    const shown = sorted(set, images, options.by);
    choose(shown, across).forEach((index, column) => {
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

/** Images of the first persons, in the order in which the persons appear. */
function firstPeople(set: ImageSet, rows: number): number[][] {
  const people = new Map<number, number[]>();
  set.identity.forEach((identity, index) => {
    const images = people.get(identity);
    if (images !== undefined) images.push(index);
    else if (people.size < rows) people.set(identity, [index]);
  });
  return [...people.values()];
}

function sorted(set: ImageSet, images: readonly number[], by: ContactSheetOptions['by']): readonly number[] {
  const key = {
    identity: undefined,
    pose: set.has('pose') ? (index: number) => set.readRow(index, 'pose')[0]! : undefined,
    light: set.has('light') ? (index: number) => lightFromRight(set.readRow(index, 'light')) : undefined,
  }[by];
  if (key === undefined) return images;
  const keys = new Map(images.map((index) => [index, key(index)]));
  return [...images].sort((a, b) => keys.get(a)! - keys.get(b)! || a - b);
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
