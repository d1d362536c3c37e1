/**
 * F(m, r): m values of a one-dimensional correlation with r taps, y[j] = sum_k g[k] x[stride j + k], by fewer multiplications
 * than m r, as y = A ((G g) * (T x)) with constant matrices (Winograd 1980; Lavin & Gray 2016). Matrices row-major.
 */
export interface MinimalFiltering {
  /** m. */
  readonly outputs: number;
  /** r. */
  readonly taps: number;
  /** stride (m - 1) + r, the values of x that a tile meets. */
  readonly reach: number;
  readonly products: number;
  /** T, [products, reach]. */
  readonly input: Float64Array;
  /** G, [products, taps]. */
  readonly filter: Float64Array;
  /** A, [outputs, products]. */
  readonly output: Float64Array;
}

/**
 * Where polynomials are evaluated; the last point is always infinity. With a half and -2 in place of 2 and -2 the rounding
 * errors of float32 are smaller (Barabasz et al. 2020).
 */
const POINTS = [0, 1, -1, 1 / 2, -2] as const;

/** The most values that a tile of stride 1 meets: with more points the errors of float32 grow fast. */
const LONGEST_TILE = POINTS.length + 1;

/**
 * With a stride, every stride-th tap meets every stride-th value, a correlation of stride 1 for each phase: their results add up.
 *
 * @returns nothing where a phase's tile would be longer than LONGEST_TILE
 */
export function minimalFiltering(outputs: number, taps: number, stride: number): MinimalFiltering | undefined {
  const reach = stride * (outputs - 1) + taps;
  const phases = Array.from({ length: Math.min(stride, taps) }, (_, phase) => Math.ceil((taps - phase) / stride));
  if (phases.some((r) => r > 1 && outputs + r - 1 > LONGEST_TILE)) return undefined;
  const products = phases.reduce((sum, r) => sum + outputs + r - 1, 0);
  const input = new Float64Array(products * reach);
  const filter = new Float64Array(products * taps);
  const output = new Float64Array(outputs * products);
  let first = 0;
  phases.forEach((r, phase) => {
    const n = outputs + r - 1;
    const part = r === 1 ? plain(outputs) : toomCook(outputs, r);
    for (let i = 0; i < n; i += 1) {
      const row = first + i;
      for (let k = 0; k < n; k += 1) input[row * reach + phase + stride * k] = part.input[i * n + k]!;
      for (let k = 0; k < r; k += 1) filter[row * taps + phase + stride * k] = part.filter[i * r + k]!;
      for (let j = 0; j < outputs; j += 1) output[j * products + row] = part.output[j * n + i]!;
    }
    first += n;
  });
  return { outputs, taps, reach, products, input, filter, output };
}

/**
 * The matrices for stride 1, m + r - 1 products, by Toom and Cook's construction. The correlation is the transpose of a product of
 * polynomials, which is found from its values at the points: T holds Lagrange's basis polynomials less their denominators,
 * which divide G.
 */
function toomCook(outputs: number, taps: number): Pick<MinimalFiltering, 'input' | 'filter' | 'output'> {
  const products = outputs + taps - 1;
  const points = POINTS.slice(0, products - 1);
  const input = new Float64Array(products * products);
  const filter = new Float64Array(products * taps);
  const output = new Float64Array(outputs * products);
  points.forEach((point, i) => {
    const others = points.filter((_, j) => j !== i);
    const denominator = others.reduce((product, other) => product * (point - other), 1);
    input.set(fromRoots(others), i * products);
    for (let k = 0; k < taps; k += 1) filter[i * taps + k] = point ** k / denominator;
    for (let j = 0; j < outputs; j += 1) output[j * products + i] = point ** j;
  });
  // Infinity: the leading coefficient.
  input.set(fromRoots(points), (products - 1) * products);
  filter[products * taps - 1] = 1;
  output[outputs * products - 1] = 1;
  return { input, filter, output };
}

/** One tap: m products, nothing to spare. */
function plain(outputs: number): Pick<MinimalFiltering, 'input' | 'filter' | 'output'> {
  const identity = new Float64Array(outputs * outputs);
  for (let i = 0; i < outputs; i += 1) identity[i * outputs + i] = 1;
  return { input: identity, filter: new Float64Array(outputs).fill(1), output: identity };
}

/** Coefficients of the monic polynomial with those roots, the constant one first. */
function fromRoots(roots: readonly number[]): number[] {
  return roots.reduce<number[]>((p, root) => [...p, 0].map((_, k) => (p[k - 1] ?? 0) - root * (p[k] ?? 0)), [1]);
}
