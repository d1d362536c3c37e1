import type { GraphBuilder, Value } from '../onnx/builder.js';

/** [row, column, image, channel] of a tensor [image, row, column, channel]: maps that lie positions first. */
export const POSITIONS_FIRST = [1, 2, 0, 3] as const;

interface AlongOptions {
  /** Whether the matrix is given as its transpose. */
  readonly turned?: boolean;
}

/** A matrix [a, h] applied to the rows of [h, w, ...]. */
export function down(builder: GraphBuilder, matrix: Value, x: Value, { turned = false }: AlongOptions = {}): Value {
  const [h, ...rest] = x.shape as [number, ...number[]];
  const columns = rest.reduce((a, b) => a * b, 1);
  const y = builder.product(matrix, builder.reshape(x, [h, columns]), { turnA: turned });
  return builder.reshape(y, [y.shape[0]!, ...rest]);
}

/** A matrix [b, w] applied to the columns of [h, w, ...]. */
export function across(builder: GraphBuilder, matrix: Value, x: Value, { turned = false }: AlongOptions = {}): Value {
  const [h, w, ...rest] = x.shape as [number, number, ...number[]];
  const columns = rest.reduce((a, b) => a * b, 1);
  const left = turned ? builder.transpose(matrix, [1, 0]) : matrix;
  const y = builder.add('MatMul', [left, builder.reshape(x, [h, w, columns])], [h, left.shape[0]!, columns]);
  return builder.reshape(y, [h, left.shape[0]!, ...rest]);
}
