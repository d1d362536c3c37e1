import type { Colouring, PointMapValues, TracedResult } from '../../../../engine/presentation.js';
import { openTensors } from '../../../../foundation/formats/safetensors.js';
import { principalComponents } from '../../../../foundation/statistics/principal-components.js';
import { openSet, readDatasetRecord } from '../../datasets/sets/image-set.js';
import { EMBEDDINGS_FILE } from '../../learning/embedding/embed.js';

/**
 * Of many embeddings an even choice. Coloured by person and, where the data set says how heads are turned, by yaw. Of private
 * data, persons have no names.
 */
export function embeddingsToMap(result: TracedResult, most: number): PointMapValues | undefined {
  const embeddings = result.input('embeddings');
  const path = embeddings?.locate(EMBEDDINGS_FILE);
  if (embeddings === undefined || path === undefined) return undefined;
  const file = openTensors(path);
  try {
    const [total = 0, dimension = 0] = file.tensors.get('embedding')?.shape ?? [];
    if (total < 2 || dimension < 2) return undefined;
    const chosen = evenly(total, most);
    const rows = new Float32Array(chosen.length * dimension);
    chosen.forEach((row, i) => rows.set(file.read('embedding', row, row + 1), i * dimension));
    const { coordinates, shares } = principalComponents(rows, chosen.length, dimension);
    const axis = (k: number): string => `component ${k + 1} (${Math.round(100 * shares[k]!)} % of the variance)`;
    return {
      axes: { x: axis(0), y: axis(1) },
      x: Array.from(coordinates[0]!, short),
      y: Array.from(coordinates[1]!, short),
      total,
      colourings: colourings(embeddings.input('data'), chosen, total),
    };
  } finally {
    file.close();
  }
}

function colourings(images: TracedResult | undefined, chosen: readonly number[], total: number): readonly Colouring[] {
  const described = images?.locate('dataset.json');
  if (images === undefined || described === undefined) return [];
  const record = readDatasetRecord(described);
  const set = openSet(record, images.locate);
  try {
    // Rows of embeddings are images of the set, in its order.
    if (set.count !== total) return [];
    const names = record.private === true ? undefined : record.identityNames;
    const person = chosen.map((row) => set.identity[row]!);
    const byPerson = {
      says: 'person',
      classes: person.map((id) => names?.[id] ?? `person ${id + 1}`),
    };
    if (!set.has('pose')) return [byPerson];
    // The pose is yaw, pitch and roll in radians.
    const yaw = chosen.map((row) => Math.round((set.readRow(row, 'pose')[0]! * 180) / Math.PI));
    return [byPerson, { says: 'yaw (degrees)', values: yaw }];
  } finally {
    set.close();
  }
}

function evenly(total: number, most: number): readonly number[] {
  if (total <= most) return Array.from({ length: total }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.floor((i * total) / most));
}

/** Four digits: a screen shows no more. */
function short(value: number): number {
  return Number(value.toPrecision(4));
}
