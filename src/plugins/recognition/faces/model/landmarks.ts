/** A named point as a model file stores it: coordinates on the reference, in mm. */
export interface NamedPoint {
  readonly name: string;
  readonly point: readonly [number, number, number];
}

/**
 * Landmarks as stored in a morphable model: `json`, a list of `{id, coordinates: [x, y, z]}`, or the older `text`, lines
 * `name visible x y z`. Undefined where the text is neither.
 */
export function parseLandmarks(kind: 'json' | 'text', text: string): readonly NamedPoint[] | undefined {
  return kind === 'json' ? parseJson(text) : parseText(text);
}

/** Index of the vertex nearest to a point; the first of equals. `points` is [N, 3], N >= 1. */
export function nearestVertex(points: Float32Array, [x, y, z]: readonly [number, number, number]): number {
  let best = 0;
  let least = Infinity;
  for (let i = 0, v = 0; i < points.length; i += 3, v += 1) {
    const dx = points[i]! - x;
    const dy = points[i + 1]! - y;
    const dz = points[i + 2]! - z;
    const distance = dx * dx + dy * dy + dz * dz;
    if (distance < least) {
      least = distance;
      best = v;
    }
  }
  return best;
}

function parseJson(text: string): readonly NamedPoint[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const points: NamedPoint[] = [];
  for (const entry of list as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null) return undefined;
    const { id, coordinates } = entry as { id?: unknown; coordinates?: unknown };
    if (typeof id !== 'string' || !isPoint(coordinates)) return undefined;
    points.push({ name: id, point: coordinates });
  }
  return points;
}

function parseText(text: string): readonly NamedPoint[] | undefined {
  const points: NamedPoint[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [name, visible, ...coordinates] = line.trim().split(/\s+/);
    const point = coordinates.map(Number);
    if (name === undefined || (visible !== '0' && visible !== '1') || !isPoint(point)) return undefined;
    points.push({ name, point });
  }
  return points;
}

function isPoint(value: unknown): value is readonly [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every((n) => Number.isFinite(n));
}
