import type { LinearModel, MorphableModel } from './morphable-model.js';

/**
 * Evaluation of a morphable model. Every element is accumulated in binary32 in one fixed order,
 *
 *     a := mean;  a := fl(a + fl(w_k b_k))  for k = 0, 1, ... with  w_k = fl(deviation_k c_k),
 *
 * so its bits depend neither on how many faces are evaluated together nor on how the elements are blocked. Shape comes
 * first, then the expression model: `evaluateShape` is the same bits as `evaluateIdentity` and `addExpression`.
 */

/** A person: what does not change between their images. */
export interface Identity {
  /** [N, 3] in mm, with the expression model's mean: the neutral face. */
  readonly shape: Float32Array;
  /** [N, 3] RGB; not clamped, may leave [0, 1] a little. */
  readonly albedo: Float32Array;
}

/** Bytes of a basis that are kept in the second-level cache while many faces pass over them. */
const CACHE_BYTES = 256 * 1024;

/** The points of one face, [N, 3] in mm. Short coefficient vectors mean zeros, surplus coefficients are a bug and throw. */
export function evaluateShape(
  model: MorphableModel,
  shape: ArrayLike<number>,
  expression: ArrayLike<number>,
  out: Float32Array = new Float32Array(3 * model.vertices),
): Float32Array {
  neutralMean(model, out);
  accumulate(model.shape, [shape], [out]);
  accumulate(model.expression, [expression], [out]);
  return out;
}

/** The colours of one face, [N, 3] RGB, not clamped. */
export function evaluateAlbedo(
  model: MorphableModel,
  albedo: ArrayLike<number>,
  out: Float32Array = new Float32Array(3 * model.vertices),
): Float32Array {
  out.set(model.albedo.mean);
  accumulate(model.albedo, [albedo], [out]);
  return out;
}

/** One person's neutral shape and colours: computed once, shared by all their images. */
export function evaluateIdentity(model: MorphableModel, shape: ArrayLike<number>, albedo: ArrayLike<number>): Identity {
  return { shape: evaluateShape(model, shape, []), albedo: evaluateAlbedo(model, albedo) };
}

/**
 * Adds expressions to a neutral shape, many at a time: the basis is read once for all of them.
 * @param neutral [N, 3] of {@link evaluateIdentity}
 * @param expressions one coefficient vector a face
 * @param outs one [N, 3] a face, overwritten
 */
export function addExpressions(
  model: MorphableModel,
  neutral: Float32Array,
  expressions: readonly ArrayLike<number>[],
  outs: readonly Float32Array[],
): void {
  for (const out of outs) out.set(neutral);
  accumulate(model.expression, expressions, outs);
}

/** One face of {@link addExpressions}. */
export function addExpression(
  model: MorphableModel,
  neutral: Float32Array,
  expression: ArrayLike<number>,
  out: Float32Array = new Float32Array(neutral.length),
): Float32Array {
  addExpressions(model, neutral, [expression], [out]);
  return out;
}

/** Many unrelated faces: `evaluateShape` of each, reading the bases once. */
export function evaluateShapes(
  model: MorphableModel,
  shapes: readonly ArrayLike<number>[],
  expressions: readonly ArrayLike<number>[],
  outs: readonly Float32Array[],
): void {
  for (const out of outs) neutralMean(model, out);
  accumulate(model.shape, shapes, outs);
  accumulate(model.expression, expressions, outs);
}

function neutralMean(model: MorphableModel, out: Float32Array): void {
  const shape = model.shape.mean;
  const expression = model.expression.mean;
  for (let i = 0; i < shape.length; i += 1) out[i] = shape[i]! + expression[i]!;
}

/** `outs[f] += sum_k deviation[k] coefficients[f][k] basis[k]`, block by block of elements. */
function accumulate(
  model: LinearModel,
  coefficients: readonly ArrayLike<number>[],
  outs: readonly Float32Array[],
): void {
  const size = model.mean.length;
  let used = 0;
  const weights = coefficients.map((c) => {
    if (c.length > model.components) throw new Error(`${c.length} coefficients for ${model.components} components`);
    used = Math.max(used, c.length);
    return Float32Array.from(c, (value, k) => model.deviation[k]! * value);
  });
  if (used === 0) return;
  const block = Math.max(512, Math.floor(CACHE_BYTES / 4 / used) & ~63);
  for (let from = 0; from < size; from += block) {
    const to = Math.min(from + block, size);
    for (let f = 0; f < outs.length; f += 1) accumulateBlock(model.basis, size, weights[f]!, outs[f]!, from, to);
  }
}

/** Elements [from, to) of one face; eight components a pass, so that the sum stays in a register meanwhile. */
function accumulateBlock(
  basis: Float32Array,
  size: number,
  weights: Float32Array,
  out: Float32Array,
  from: number,
  to: number,
): void {
  const fround = Math.fround;
  let k = 0;
  for (; k + 8 <= weights.length; k += 8) {
    const [w0, w1, w2, w3] = [weights[k]!, weights[k + 1]!, weights[k + 2]!, weights[k + 3]!];
    const [w4, w5, w6, w7] = [weights[k + 4]!, weights[k + 5]!, weights[k + 6]!, weights[k + 7]!];
    const row = k * size;
    for (let i = from; i < to; i += 1) {
      const j = row + i;
      let sum = fround(out[i]! + fround(w0 * basis[j]!));
      sum = fround(sum + fround(w1 * basis[j + size]!));
      sum = fround(sum + fround(w2 * basis[j + 2 * size]!));
      sum = fround(sum + fround(w3 * basis[j + 3 * size]!));
      sum = fround(sum + fround(w4 * basis[j + 4 * size]!));
      sum = fround(sum + fround(w5 * basis[j + 5 * size]!));
      sum = fround(sum + fround(w6 * basis[j + 6 * size]!));
      out[i] = fround(sum + fround(w7 * basis[j + 7 * size]!));
    }
  }
  for (; k < weights.length; k += 1) {
    const w = weights[k]!;
    const row = k * size;
    for (let i = from; i < to; i += 1) out[i] = fround(out[i]! + fround(w * basis[row + i]!));
  }
}
