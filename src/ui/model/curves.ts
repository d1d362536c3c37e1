import type { SeriesLine } from '../../history/events.js';

/** The curves of a run: a row of numbers for each step of each stage. */
export class Curves {
  readonly #stages = new Map<string, Rows>();
  readonly #series: { readonly stage: string; readonly names: readonly string[] }[] = [];

  /** Takes in a line of `series.ndjson`; gives the point, if it is one. Lines that are none of ours are passed over. */
  addLine(line: string): Point | undefined {
    let parsed: SeriesLine;
    try {
      parsed = JSON.parse(line) as SeriesLine;
    } catch {
      return undefined;
    }
    if (!Array.isArray(parsed)) {
      const { stage, names } = parsed as Extract<SeriesLine, { readonly stage: string }>;
      if (typeof stage === 'string' && Array.isArray(names)) this.#series.push({ stage, names });
      return undefined;
    }
    const [number, step, ...values] = parsed as readonly (number | null)[];
    const series = this.#series[number ?? -1];
    if (series === undefined || typeof step !== 'number') return undefined;
    const named: Record<string, number> = {};
    series.names.forEach((name, i) => {
      const value = values[i];
      if (typeof value === 'number') named[name] = value;
    });
    const point = { stage: series.stage, step, values: named };
    this.add(point);
    return point;
  }

  add({ stage, step, values }: Point): void {
    let rows = this.#stages.get(stage);
    if (rows === undefined) this.#stages.set(stage, (rows = new Map<string, XY>()));
    for (const [name, value] of Object.entries(values)) {
      let column = rows.get(name);
      if (column === undefined) rows.set(name, (column = { x: [], y: [] }));
      column.x.push(step);
      column.y.push(value);
    }
  }

  /** Names of what is measured along the way, in the order in which they came; steps themselves are left out. */
  get names(): readonly string[] {
    const names = new Set([...this.#stages.values()].flatMap((rows) => [...rows.keys()]));
    return [...names].filter((name) => !this.#isStep(name));
  }

  stagesOf(name: string): ReadonlySet<string> {
    return new Set([...this.#stages].flatMap(([stage, rows]) => (rows.has(name) ? [stage] : [])));
  }

  /** Of each stage that has it, the curve of a measure, of at most `most` points. */
  of(name: string, most: number): readonly Curve[] {
    return [...this.#stages].flatMap(([stage, rows]) => {
      const column = rows.get(name);
      return column === undefined ? [] : [{ stage, ...thinned(column, most) }];
    });
  }

  /** What only counts the steps (`epoch`) bends for nobody. */
  #isStep(name: string): boolean {
    const columns = [...this.#stages.values()].flatMap((rows) => rows.get(name) ?? []);
    return columns.every(({ x, y }) => y.every((value, i) => value === x[i]));
  }
}

type Rows = Map<string, XY>;

interface XY {
  readonly x: number[];
  readonly y: number[];
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
