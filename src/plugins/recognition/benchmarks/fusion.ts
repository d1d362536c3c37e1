import { exp } from '../../../foundation/numbers/elementary.js';

/** β of the softmax averages whose mean is a template score. */
export const FUSION_BETAS: readonly number[] = Array.from({ length: 21 }, (_, beta) => beta);

/**
 * The similarity of two templates from those of their images, all with all (Masi, Rawls, Medioni, Natarajan, "Pose-aware face
 * recognition in the wild", CVPR 2016): for each β = 0, 1, ..., 20 the average weighted by e^{β s},
 * s_β = Σ s e^{β s} / Σ e^{β s}, and of these the mean. β = 0 is the plain average; the greater β, the nearer to the
 * greatest.
 */
export function fuseSimilarities(similarities: ArrayLike<number>): number {
  let greatest = -Infinity;
  for (let i = 0; i < similarities.length; i += 1) greatest = Math.max(greatest, similarities[i]!);
  const weighted = new Float64Array(FUSION_BETAS.length);
  const weights = new Float64Array(FUSION_BETAS.length);
  for (let i = 0; i < similarities.length; i += 1) {
    const s = similarities[i]!;
    // e^{β (s - greatest)} by repeated multiplication: the common factor cancels, and nothing overflows.
    const step = exp(s - greatest);
    let weight = 1;
    for (let b = 0; b < weights.length; b += 1) {
      weighted[b]! += s * weight;
      weights[b]! += weight;
      weight *= step;
    }
  }
  let sum = 0;
  for (let b = 0; b < weights.length; b += 1) sum += weighted[b]! / weights[b]!;
  return sum / weights.length;
}
