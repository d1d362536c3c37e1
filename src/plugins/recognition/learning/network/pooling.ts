import type { Tensor, Tensor2D, Tensor4D, TensorFlow } from '../../../../compiler/tensorflow.js';

/** Below any float32 root of a sum of squares that matters: keeps the gradient of a dead window 0, not NaN. */
const SMALLEST_NORM = 1e-20;

/**
 * Root of the sum of squares over `size` x `size` windows, stride 1, no padding; gradient in closed form:
 * dx = x * (sum of dy / y over the windows that hold x), 0 where a window is all zero (Torch's convention).
 * @param x [n, h, w, c]
 * @returns [n, h - size + 1, w - size + 1, c]
 */
export function l2Pool(tf: TensorFlow, size: number, x: Tensor4D): Tensor4D {
  const operation = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [Tensor4D, (tensors: Tensor[]) => void];
    const value = tf.mul<Tensor4D>(tf.sqrt(tf.avgPool(tf.mul<Tensor4D>(input, input), size, 1, 'valid')), size);
    save([input, value]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [x0, y0] = saved as [Tensor4D, Tensor4D];
      const ratio = tf.div<Tensor4D>(dy, tf.maximum(y0, SMALLEST_NORM));
      const edge: [number, number] = [size - 1, size - 1];
      const sums = tf.avgPool(tf.pad(ratio, [[0, 0], edge, edge, [0, 0]]), size, 1, 'valid');
      return [tf.mul(tf.mul(x0, sums), size * size)];
    };
    return { value, gradFunc };
  });
  return operation(x);
}

/**
 * Mean over all positions.
 * @param x [n, h, w, c]
 * @returns [n, 1, 1, c]
 */
export function averageOverMap(tf: TensorFlow, x: Tensor4D): Tensor4D {
  const [, h, w] = x.shape;
  const operation = tf.customGrad((...args) => {
    const [input] = args as unknown as [Tensor4D];
    const value = tf.avgPool(input, [h, w], 1, 'valid');
    const gradFunc = (dy: Tensor): Tensor => tf.mul(dy, tf.fill([1, h, w, 1], 1 / (h * w)));
    return { value, gradFunc };
  });
  return operation(x);
}

/**
 * Concatenation by channel; smaller maps stand in the middle of the largest, offset floor(difference / 2), zeros around.
 * @param maps each [n, h_i, w_i, c_i]
 */
export function depthConcat(tf: TensorFlow, maps: readonly Tensor4D[]): Tensor4D {
  const height = Math.max(...maps.map((m) => m.shape[1]));
  const width = Math.max(...maps.map((m) => m.shape[2]));
  const centred = maps.map((map): Tensor4D => {
    const [, h, w] = map.shape;
    if (h === height && w === width) return map;
    const top = Math.floor((height - h) / 2);
    const left = Math.floor((width - w) / 2);
    return tf.pad(map, [
      [0, 0],
      [top, height - h - top],
      [left, width - w - left],
      [0, 0],
    ]);
  });
  return tf.concat(centred, 3);
}

/** y = x / sqrt(sum x^2 + epsilon), row by row. */
export function normaliseRows(tf: TensorFlow, x: Tensor2D, epsilon: number): Tensor2D {
  const operation = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const length = tf.sqrt(tf.add(tf.sum(tf.mul(input, input), 1, true), epsilon));
    const value = tf.div<Tensor2D>(input, length);
    save([value, length]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [y, norm] = saved as [Tensor2D, Tensor2D];
      // d(x / |x|) = (dy - y <y, dy>) / |x|
      return tf.div(tf.sub(dy, tf.mul(y, tf.sum(tf.mul(y, dy), 1, true))), norm);
    };
    return { value, gradFunc };
  });
  return operation(x);
}
