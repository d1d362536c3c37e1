import type { Box } from '../alignment/alignment.js';
import type { CentralBox, ImageEntry } from './image-list.js';

/**
 * Entries as a text, for an import of some of a list without reading it: JSON, an array for each entry. With the
 * files and the options it decides all bytes of their shard, so a key may hold it.
 */
export function formatEntries(entries: readonly ImageEntry[]): string {
  const rows = entries.map(({ name, file, identity, person, sample, box, points }): Row => {
    return [name, file, identity, person, sample, formatBox(box), points && Array.from(points, formatNumber)];
  });
  return JSON.stringify(rows);
}

/** The entries of a text of {@link formatEntries}; points come back as 64-bit floats. */
export function parseEntries(text: string): ImageEntry[] {
  return (JSON.parse(text) as Row[]).map(([name, file, identity, person, sample, box, points]) => ({
    name,
    file,
    identity,
    person,
    sample,
    box: parseBox(box),
    points: points ? Float64Array.from(points, Number) : undefined,
  }));
}

/** Undefined where the entry has none, which JSON writes as null. */
type Numbers = readonly (number | string)[] | null | undefined;

type Row = readonly [
  name: string,
  file: string,
  identity: string,
  person: number,
  sample: number,
  /** The share of a central box, or x, y, width and height. */
  box: Numbers,
  points: Numbers,
];

function formatBox(box: Box | CentralBox | undefined): Numbers {
  if (box === undefined) return undefined;
  return ('central' in box ? [box.central] : [box.x, box.y, box.width, box.height]).map(formatNumber);
}

function parseBox(numbers: Numbers): Box | CentralBox | undefined {
  if (!numbers) return undefined;
  const [first, y, width, height] = numbers.map(Number) as [number, number?, number?, number?];
  if (y === undefined || width === undefined || height === undefined) return { central: first };
  return { x: first, y, width, height };
}

/** Numbers that JSON has no word for are strings: NaN, the infinities and the negative zero. */
function formatNumber(value: number): number | string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}
