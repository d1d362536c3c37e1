import type { SeriesHead, SeriesPoint } from '../../history/events.js';

/** Follows `series.ndjson`: remembers the heads, and gives each point with the head that it is of. */
export class SeriesReader {
  readonly #heads: SeriesHead[] = [];

  /** Lines that are none of ours are passed over. */
  read(lines: readonly string[], point: (head: SeriesHead, row: SeriesPoint, series: number) => void): void {
    for (const line of lines) {
      let row: SeriesHead | SeriesPoint | null;
      try {
        row = JSON.parse(line) as SeriesHead | SeriesPoint | null;
      } catch {
        continue;
      }
      if (!isPoint(row)) {
        const { stage, names } = row ?? {};
        if (typeof stage === 'string' && Array.isArray(names)) this.#heads.push({ stage, names });
        continue;
      }
      const head = this.#heads[row[0]];
      if (head !== undefined && typeof row[1] === 'number') point(head, row, row[0]);
    }
  }

  points(lines: readonly string[]): readonly Point[] {
    const points: Point[] = [];
    this.read(lines, ({ stage, names }, [, step, ...row]) => {
      const values: Record<string, number> = {};
      names.forEach((name, i) => {
        const value = row[i];
        if (typeof value === 'number') values[name] = value;
      });
      points.push({ stage, step, values });
    });
    return points;
  }
}

function isPoint(line: SeriesHead | SeriesPoint | null): line is SeriesPoint {
  return Array.isArray(line);
}

/** The curves of a run: a row of numbers for each step of each stage. */
export class Curves {
  readonly #reader = new SeriesReader();
  readonly #series: Rows[] = [];

  /** Takes in lines of `series.ndjson`, which follow those of before. */
  add(lines: readonly string[]): void {
    this.#reader.read(lines, (head, row, series) => (this.#series[series] ??= new Rows(head)).add(row));
  }

  /** Names of what is measured along the way, in the order in which they came; what only counts the steps is left out. */
  get names(): readonly string[] {
    const all = Object.values(this.#series);
    const measured = new Set(all.flatMap((rows) => rows.names.filter((name) => rows.has(name))));
    return [...measured].filter((name) => all.some((rows) => rows.has(name) && !rows.isStep(name)));
  }

  stagesOf(name: string): ReadonlySet<string> {
    return new Set(Object.values(this.#series).flatMap((rows) => (rows.has(name) ? [rows.stage] : [])));
  }

  /** Of each stage that has it, the curve of a measure, of at most `most` points. */
  of(name: string, most: number): readonly Curve[] {
    const stages = new Map<string, { readonly x: number[]; readonly y: number[] }>();
    for (const rows of Object.values(this.#series)) {
      if (!rows.has(name)) continue;
      let curve = stages.get(rows.stage);
      if (curve === undefined) stages.set(rows.stage, (curve = { x: [], y: [] }));
      rows.into(curve, name);
    }
    return [...stages].map(([stage, curve]) => ({ stage, ...thinned(curve, most) }));
  }
}

/** Points of one head: of each its step and its values, NaN for one that was not finite. */
class Rows {
  readonly stage: string;
  readonly names: readonly string[];
  /** By column: how many values it has, and of how many the value is the step. */
  readonly #count: number[];
  readonly #steps: number[];
  #rows = 0;
  #data: Float64Array;

  constructor({ stage, names }: SeriesHead) {
    this.stage = stage;
    this.names = names;
    this.#count = names.map(() => 0);
    this.#steps = names.map(() => 0);
    this.#data = new Float64Array(16 * (names.length + 1));
  }

  add(row: SeriesPoint): void {
    const step = row[1];
    const width = this.names.length + 1;
    let at = this.#rows * width;
    if (at + width > this.#data.length) {
      const larger = new Float64Array(width * Math.ceil(this.#rows * 1.5));
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#rows += 1;
    this.#data[at] = step;
    for (let i = 0; i < this.names.length; i += 1) {
      const value = row[i + 2];
      at += 1;
      this.#data[at] = typeof value === 'number' ? value : NaN;
      if (typeof value !== 'number') continue;
      this.#count[i]! += 1;
      if (value === step) this.#steps[i]! += 1;
    }
  }

  has(name: string): boolean {
    return (this.#count[this.names.indexOf(name)] ?? 0) > 0;
  }

  /** Whether it only counts the steps (`epoch`). */
  isStep(name: string): boolean {
    const i = this.names.indexOf(name);
    return this.#count[i] === this.#steps[i];
  }

  into({ x, y }: { readonly x: number[]; readonly y: number[] }, name: string): void {
    const width = this.names.length + 1;
    const column = this.names.indexOf(name) + 1;
    for (let at = 0; at < this.#rows * width; at += width) {
      const value = this.#data[at + column]!;
      if (Number.isNaN(value)) continue;
      x.push(this.#data[at]!);
      y.push(value);
    }
  }
}

export interface Point {
  readonly stage: string;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface Curve {
  readonly stage: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Of each of `most / 2` stretches of equal length the least and the greatest value, so that no peak is lost; the ends stay. */
export function thinned(
  { x, y }: Pick<Curve, 'x' | 'y'>,
  most: number,
): { readonly x: readonly number[]; readonly y: readonly number[] } {
  const n = x.length;
  if (n <= most || most < 4) return { x, y };
  const kept = new Set<number>([0, n - 1]);
  const stretches = Math.floor((most - 2) / 2);
  for (let s = 0; s < stretches; s += 1) {
    const from = Math.floor((s * n) / stretches);
    const to = Math.floor(((s + 1) * n) / stretches);
    let [low, high] = [from, from];
    for (let i = from; i < to; i += 1) {
      if (y[i]! < y[low]!) low = i;
      if (y[i]! > y[high]!) high = i;
    }
    kept.add(low).add(high);
  }
  const order = [...kept].sort((a, b) => a - b);
  return { x: order.map((i) => x[i]!), y: order.map((i) => y[i]!) };
}

/**
 * An exponential mean that forgets its start: a weighted mean of all values so far, each weighted by `strength` to the power of
 * its age. @param strength from 0 (none) to below 1
 */
export function smoothed(y: readonly number[], strength: number): readonly number[] {
  if (strength <= 0) return y;
  let [sum, weight] = [0, 0];
  return y.map((value) => {
    sum = sum * strength + value;
    weight = weight * strength + 1;
    return sum / weight;
  });
}
