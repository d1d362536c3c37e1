import type { Tensor, Tensor4D, TensorFlow } from '../../../../compiler/tensorflow.js';
import type { LocalResponseLayer } from './network.js';

/**
 * Local response normalisation across channels, y = x s^-beta with s = k + alpha/size * B(x^2), where B sums over `size`
 * neighbouring channels: a product with a band matrix, that is, a 1x1 convolution. Its gradient in closed form:
 *
 *   dx = dy s^-beta - 2 alpha beta / size * x B(dy y / s).
 *
 * @param x [n, h, w, c]
 */
export function localResponse(tf: TensorFlow, layer: LocalResponseLayer, x: Tensor4D): Tensor4D {
  const { alpha, beta, k, size } = layer;
  const channels = x.shape[3];
  const band = (scale: number): Tensor4D => tf.tensor4d(bandMatrix(channels, size, scale), [1, 1, channels, channels]);
  const operation = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [Tensor4D, (tensors: Tensor[]) => void];
    const s = tf.add<Tensor4D>(tf.conv2d(tf.mul<Tensor4D>(input, input), band(alpha / size), 1, 0), k);
    const power = raised(tf, s, beta);
    const value = tf.div<Tensor4D>(input, power);
    save([input, s, power, value]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [x0, s0, p0, y0] = saved as [Tensor4D, Tensor4D, Tensor4D, Tensor4D];
      const spread = tf.conv2d(tf.div<Tensor4D>(tf.mul(dy, y0), s0), band((-2 * alpha * beta) / size), 1, 0);
      return [tf.add(tf.div<Tensor4D>(dy, p0), tf.mul(x0, spread))];
    };
    return { value, gradFunc };
  });
  return operation(x);
}

/** s^beta. Three quarters, the usual value, by square roots alone, which IEEE 754 rounds the same everywhere. */
function raised(tf: TensorFlow, s: Tensor4D, beta: number): Tensor4D {
  if (beta !== 0.75) return tf.pow(s, beta);
  const root = tf.sqrt(s);
  return tf.mul(root, tf.sqrt(root));
}

/** [c, c], `scale` where two channels are at most (size - 1) / 2 apart, 0 elsewhere. */
export function bandMatrix(channels: number, size: number, scale: number): Float32Array {
  const half = (size - 1) / 2;
  const band = new Float32Array(channels * channels);
  for (let i = 0; i < channels; i += 1) {
    for (let j = Math.max(0, i - half); j <= Math.min(channels - 1, i + half); j += 1) band[i * channels + j] = scale;
  }
  return band;
}
