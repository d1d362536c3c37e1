import type { Tensor, Tensor1D, Tensor2D, Tensor4D, TensorFlow } from '../../../../compiler/tensorflow.js';
import { normaliseAndRectify, type BatchStatistics } from './batch-normalisation.js';
import { localResponse } from './local-response.js';
import { BATCH_NORM, NORMALISE_EPSILON, walk, type Algebra, type ConvLayer, type Network } from './network.js';
import { averageOverMap, depthConcat, l2Pool, normaliseRows } from './pooling.js';

export type Tensors = Readonly<Record<string, Tensor>>;

export interface Forward {
  /** [n, embedding], rows of unit length. */
  readonly embedding: Tensor2D;
  /** By layer, those that normalised with the batch's own statistics. Kept: the caller disposes them. */
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
}

/**
 * The network in training: batch normalisation by the batch's own statistics, save in frozen layers.
 *
 * A convolution's bias is left out where the batch's own mean is subtracted right behind it: it has no effect on the
 * output and its gradient is exactly zero. (It does move the running mean: see `updateStatistics`.)
 *
 * @param weights parameters by name (`parameters`); frozen layers' statistics too
 * @param images [n, h, w, 3], values 0 to 255
 * @param frozen layers that stay as they are: these normalise by their running statistics, as at inference
 */
export function forwardTraining(
  tf: TensorFlow,
  network: Network,
  weights: Tensors,
  images: Tensor4D,
  frozen: ReadonlySet<string> = new Set(),
): Forward {
  const statistics = new Map<string, BatchStatistics>();
  const conv = (layer: ConvLayer, x: Tensor4D): Tensor4D => {
    const at = (role: string): Tensor => weights[`${layer.name}.${role}`]!;
    const kernel = at('kernel') as Tensor4D;
    const scale = at('scale') as Tensor1D;
    if (frozen.has(layer.name)) {
      const gain = tf.div<Tensor1D>(scale, tf.sqrt(tf.add(at('variance'), BATCH_NORM.epsilon)));
      const shift = tf.add<Tensor1D>(tf.mul(tf.sub(at('bias'), at('mean')), gain), at('offset'));
      const y = tf.conv2d(x, tf.mul<Tensor4D>(kernel, gain), layer.stride, layer.pad, 'NHWC', 1, 'floor');
      return tf.relu(tf.add<Tensor4D>(y, shift));
    }
    const y = tf.conv2d(x, kernel, layer.stride, layer.pad, 'NHWC', 1, 'floor');
    const normalised = normaliseAndRectify(tf, y, scale, at('offset') as Tensor1D);
    statistics.set(layer.name, normalised.statistics);
    return normalised.output;
  };
  const output = walk(network, algebra(tf, weights, conv), scaled(tf, images));
  return { embedding: normaliseRows(tf, flatten(tf, output), NORMALISE_EPSILON), statistics };
}

/**
 * The network at inference, batch normalisation folded into the convolutions (`foldBatchNormalisation`).
 *
 * @param folded kernels and biases by name
 * @param images [n, h, w, 3], values 0 to 255
 * @returns [n, embedding], rows of unit length
 */
export function forwardInference(tf: TensorFlow, network: Network, folded: Tensors, images: Tensor4D): Tensor2D {
  const conv = (layer: ConvLayer, x: Tensor4D): Tensor4D =>
    tf.fused.conv2d({
      x,
      filter: folded[`${layer.name}.kernel`] as Tensor4D,
      bias: folded[`${layer.name}.bias`]!,
      strides: layer.stride,
      pad: layer.pad,
      dimRoundingMode: 'floor',
      activation: 'relu',
    });
  const output = walk(network, algebra(tf, folded, conv), scaled(tf, images));
  return normaliseRows(tf, flatten(tf, output), NORMALISE_EPSILON);
}

function algebra(
  tf: TensorFlow,
  weights: Tensors,
  conv: (layer: ConvLayer, x: Tensor4D) => Tensor4D,
): Algebra<Tensor4D> {
  return {
    conv,
    maxPool: ({ size, stride, pad }, x) => tf.maxPool(x, size, stride, pad, 'floor'),
    l2Pool: (size, x) => l2Pool(tf, size, x),
    localResponse: (layer, x) => localResponse(tf, layer, x),
    concat: (maps) => depthConcat(tf, maps),
    average: (x) => averageOverMap(tf, x),
    linear(layer, x) {
      const kernel = weights[`${layer.name}.kernel`] as Tensor2D;
      const y = tf.add<Tensor2D>(tf.matMul(flatten(tf, x), kernel), weights[`${layer.name}.bias`]!);
      return tf.reshape(y, [y.shape[0], 1, 1, layer.outputs]);
    },
  };
}

function flatten(tf: TensorFlow, x: Tensor4D): Tensor2D {
  const [n, h, w, c] = x.shape;
  return tf.reshape(x, [n, h * w * c]);
}

function scaled(tf: TensorFlow, images: Tensor4D): Tensor4D {
  return tf.mul(images, 1 / 255);
}
