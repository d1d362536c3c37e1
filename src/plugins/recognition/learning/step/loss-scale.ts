/**
 * By what the loss is multiplied before its gradient is taken, and the gradient divided by afterwards, so that gradients of maps in
 * half precision are neither 0 nor infinite (Micikevicius et al., "Mixed Precision Training", ICLR 2018). A power of two, which
 * rounds nothing.
 */
export interface LossScale {
  readonly scale: number;
  /** Steps on end whose gradient was finite, since the scale last changed. */
  readonly steady: number;
}

/** PyTorch's `GradScaler` begins and goes on with these numbers. */
export const FIRST_SCALE: LossScale = { scale: 2 ** 16, steady: 0 };
const PATIENCE = 2000;

/** With more, a finite loss could leave float32. */
const MOST = 2 ** 24;

/** Half the scale behind a step whose gradient was not finite, and twice behind 2,000 that were. */
export function nextScale({ scale, steady }: LossScale, isFinite: boolean): LossScale {
  if (!isFinite) return { scale: scale / 2, steady: 0 };
  if (steady + 1 < PATIENCE) return { scale, steady: steady + 1 };
  return { scale: Math.min(MOST, 2 * scale), steady: 0 };
}
