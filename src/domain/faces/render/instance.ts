import type { LinearModel } from '../model/morphable-model.js';

const BLOCK = 1024;
const sums = new Float64Array(BLOCK);

/**
 * `out = base + sum_k deviation[k] c[k] basis[k]`, summed in double precision in the order of k and rounded once.
 *
 * @param coefficients standard normal; missing trailing ones are 0, more than the model has are ignored
 * @param base [N, 3]; may be `out`
 */
export function addComponents(
  model: LinearModel,
  coefficients: ArrayLike<number>,
  base: Float32Array,
  out: Float32Array,
): void {
  const { basis, deviation } = model;
  const length = base.length;
  const count = Math.min(coefficients.length, model.components);
  for (let start = 0; start < length; start += BLOCK) {
    const size = Math.min(BLOCK, length - start);
    for (let i = 0; i < size; i += 1) sums[i] = base[start + i]!;
    let k = 0;
    for (; k + 4 <= count; k += 4) {
      const c0 = deviation[k]! * coefficients[k]!;
      const c1 = deviation[k + 1]! * coefficients[k + 1]!;
      const c2 = deviation[k + 2]! * coefficients[k + 2]!;
      const c3 = deviation[k + 3]! * coefficients[k + 3]!;
      const r0 = k * length + start;
      const r1 = r0 + length;
      const r2 = r1 + length;
      const r3 = r2 + length;
      for (let i = 0; i < size; i += 1) {
        sums[i] = sums[i]! + c0 * basis[r0 + i]! + c1 * basis[r1 + i]! + c2 * basis[r2 + i]! + c3 * basis[r3 + i]!;
      }
    }
    for (; k < count; k += 1) {
      const c = deviation[k]! * coefficients[k]!;
      const row = k * length + start;
      for (let i = 0; i < size; i += 1) sums[i] = sums[i]! + c * basis[row + i]!;
    }
    for (let i = 0; i < size; i += 1) out[start + i] = sums[i]!;
  }
}
