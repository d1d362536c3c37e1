import type { Tensor, Tensor1D, Tensor2D, Tensor4D, TensorFlow } from '../../../../compiler/tensorflow.js';
import { BATCH_NORM } from './network.js';

/** What a batch says of a layer: mean and (biased) variance of each channel, [1, c]. */
export interface BatchStatistics {
  readonly mean: Tensor2D;
  readonly variance: Tensor2D;
}

/**
 * relu(scale * (y - mean) / sqrt(variance + 1e-5) + offset) with the batch's own mean and variance of each channel
 * (Ioffe & Szegedy 2015), in one differentiable operation with its gradient in closed form: with the standardised map
 * x = (y - mean) / sigma and dz the gradient behind the ReLU,
 *
 *   dOffset = sum dz,  dScale = sum dz x,  dy = scale / sigma * (dz - mean(dz) - x mean(dz x)).
 *
 * @param y [n, h, w, c]
 * @param scale [c]
 * @param offset [c]
 * @returns the rectified map and the statistics; the latter carry no gradient, are kept, and are the caller's to dispose
 */
export function normaliseAndRectify(
  tf: TensorFlow,
  y: Tensor4D,
  scale: Tensor1D,
  offset: Tensor1D,
): { output: Tensor4D; statistics: BatchStatistics } {
  const channels = y.shape[3];
  const count = y.shape[0] * y.shape[1] * y.shape[2];
  let statistics: BatchStatistics | undefined;
  const operation = tf.customGrad((...args) => {
    const [map, gamma, beta, save] = args as unknown as [Tensor4D, Tensor1D, Tensor1D, (tensors: Tensor[]) => void];
    const mean = meanOverPositions(tf, map);
    const centred = tf.sub(map, tf.reshape(mean, [channels]));
    const variance = meanOverPositions(tf, tf.mul<Tensor4D>(centred, centred));
    const inverse = tf.reciprocal(tf.sqrt(tf.add(tf.reshape(variance, [channels]), BATCH_NORM.epsilon)));
    const gain = tf.mul(gamma, inverse);
    const value = tf.relu(tf.add<Tensor4D>(tf.mul(centred, gain), beta));
    statistics = { mean: tf.keep(mean), variance: tf.keep(variance) };
    save([centred, inverse, gain, value]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [c, inv, g, out] = saved as [Tensor4D, Tensor1D, Tensor1D, Tensor4D];
      const dz = tf.mul<Tensor4D>(dy, tf.step(out));
      const meanDz = tf.reshape(meanOverPositions(tf, dz), [channels]);
      const meanDzC = tf.reshape(meanOverPositions(tf, tf.mul<Tensor4D>(dz, c)), [channels]);
      // gain (dz - meanDz - c slope), with what varies by channel alone put together first.
      const scale = tf.neg(tf.mul(tf.mul(meanDzC, tf.mul(inv, inv)), g));
      const shift = tf.neg(tf.mul(meanDz, g));
      const dMap = tf.add(tf.add(tf.mul(c, scale), shift), tf.mul(dz, g));
      return [dMap, tf.mul(tf.mul(meanDzC, inv), count), tf.mul(meanDz, count)];
    };
    return { value, gradFunc };
  });
  const output = operation(y, scale, offset);
  return { output, statistics: statistics! };
}

/**
 * Mean of each channel over images and positions, [1, c]. In two steps, so that float32 sums stay short, and both of a
 * kind that every backend does fast: an average pooling and a product with a constant row.
 */
function meanOverPositions(tf: TensorFlow, x: Tensor4D): Tensor2D {
  const [n, h, w, c] = x.shape;
  const perImage = h === 1 && w === 1 ? x : tf.avgPool(x, [h, w], 1, 'valid');
  return tf.matMul(tf.fill([1, n], 1 / n), tf.reshape(perImage, [n, c]));
}
