/** Solves `matrix x = right` by Gaussian elimination with partial pivoting; overwrites both. */
export function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const rows = [...matrix];
  for (let k = 0; k < n; k += 1) {
    let pivot = k;
    for (let i = k + 1; i < n; i += 1) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    [right[k], right[pivot]] = [right[pivot]!, right[k]!];
    const row = rows[k]!;
    for (let i = k + 1; i < n; i += 1) {
      const other = rows[i]!;
      const factor = other[k]! / row[k]!;
      if (factor === 0) continue;
      for (let j = k; j < n; j += 1) other[j] = other[j]! - factor * row[j]!;
      right[i] = right[i]! - factor * right[k]!;
    }
  }
  const x = new Float64Array(n);
  for (let k = n - 1; k >= 0; k -= 1) {
    let sum = right[k]!;
    for (let j = k + 1; j < n; j += 1) sum -= rows[k]![j]! * x[j]!;
    x[k] = sum / rows[k]![k]!;
  }
  return x;
}

/**
 * Eigenvalues (descending) and unit eigenvectors of a symmetric matrix, by cyclic Jacobi rotations: only additions,
 * products, quotients and square roots, so the same bits everywhere. Overwrites the matrix.
 */
export function symmetricEigen(matrix: readonly Float64Array[]): {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
} {
  const n = matrix.length;
  const vectors = Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(n);
    row[i] = 1;
    return row;
  });
  let scale = 0;
  for (const row of matrix) for (const value of row) scale += value * value;
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let off = 0;
    for (let i = 0; i < n; i += 1) for (let j = 0; j < i; j += 1) off += matrix[i]![j]! * matrix[i]![j]!;
    if (off <= 1e-24 * scale) break;
    for (let p = 0; p < n - 1; p += 1) {
      for (let q = p + 1; q < n; q += 1) rotate(matrix, vectors, p, q);
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => matrix[b]![b]! - matrix[a]![a]! || a - b);
  return {
    values: Float64Array.from(order, (i) => matrix[i]![i]!),
    vectors: order.map((i) => vectors[i]!),
  };
}

function rotate(a: readonly Float64Array[], v: readonly Float64Array[], p: number, q: number): void {
  const ap = a[p]!;
  const aq = a[q]!;
  const apq = ap[q]!;
  if (apq === 0) return;
  const theta = (aq[q]! - ap[p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < ap.length; k += 1) {
    const row = a[k]!;
    const x = row[p]!;
    const y = row[q]!;
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  const vp = v[p]!;
  const vq = v[q]!;
  for (let k = 0; k < ap.length; k += 1) {
    const x = ap[k]!;
    const y = aq[k]!;
    ap[k] = c * x - s * y;
    aq[k] = s * x + c * y;
    const z = vp[k]!;
    const w = vq[k]!;
    vp[k] = c * z - s * w;
    vq[k] = s * z + c * w;
  }
}
