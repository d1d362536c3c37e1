import type { Tensor4D, TensorFlow } from '../../../../../compiler/tensorflow.js';

/**
 * Kernels that TensorFlow.js's WASM backend lacks (Conv2DBackpropFilter) or has only as a plain loop
 * (Conv2DBackpropInput), in terms of those that it does by XNNPACK.
 */
export function registerWasmKernels(tf: TensorFlow): void {
  const registered = new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
  const register = (kernelName: string, compute: (inputs: Inputs, attrs: ConvAttributes) => Tensor4D): void => {
    if (registered.has(kernelName)) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => compute(inputs as unknown as Inputs, attrs as unknown as ConvAttributes)),
    });
  };
  register(tf.Conv2DBackpropFilter, ({ x, dy }, attrs) => filterGradient(tf, x!, dy, attrs));
  register(tf.Conv2DBackpropInput, ({ dy, filter }, attrs) => inputGradient(tf, dy, filter!, attrs));
}

interface Inputs {
  readonly x?: Tensor4D;
  readonly dy: Tensor4D;
  readonly filter?: Tensor4D;
}

interface ConvAttributes {
  readonly strides: number | [number, number];
  readonly pad: number | 'valid' | 'same' | [number, number][];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape: [number, number, number, number];
  readonly filterShape: [number, number, number, number];
}

/**
 * dW[i, j, a, b] = sum over n, y, x of X[n, sy + i - p, sx + j - p, a] dY[n, y, x, b]: with images and channels exchanged,
 * one convolution of X by dY, dilated by the stride.
 */
function filterGradient(tf: TensorFlow, x: Tensor4D, dy: Tensor4D, attrs: ConvAttributes): Tensor4D {
  const { filterShape } = attrs;
  const { strideHeight, strideWidth, padInfo } = geometry(tf, x.shape, filterShape, attrs);
  const [size, sizeX, inputs, outputs] = filterShape;
  const [n, rows, columns] = dy.shape;
  if (size === 1 && sizeX === 1 && strideHeight === 1 && strideWidth === 1) {
    const positions = n * rows * columns;
    const flat = tf.transpose(tf.reshape(x, [positions, inputs]));
    return tf.reshape(tf.matMul(flat, tf.reshape(dy, [positions, outputs])), filterShape);
  }
  const { top, bottom, left, right } = padInfo;
  const isEven = top === bottom && top === left && top === right;
  const padded = isEven
    ? x
    : tf.pad(x, [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]);
  const maps = tf.transpose(padded, [3, 1, 2, 0]);
  const kernels = tf.transpose(dy, [1, 2, 0, 3]);
  const found = tf.conv2d(maps, kernels, 1, isEven ? top : 0, 'NHWC', [strideHeight, strideWidth], 'floor');
  // What the stride left over at the end of a row shows as further places.
  const places = tf.slice(found, [0, 0, 0, 0], [inputs, size, sizeX, outputs]);
  return tf.transpose(places, [1, 2, 0, 3]);
}

/** A convolution of dY, spread out by the stride, with the filter turned by 180 degrees and its channels swapped. */
function inputGradient(tf: TensorFlow, dy: Tensor4D, filter: Tensor4D, attrs: ConvAttributes): Tensor4D {
  const { inputShape } = attrs;
  const { strideHeight, strideWidth, padInfo } = geometry(tf, inputShape, filter.shape, attrs);
  const [size, sizeX] = filter.shape;
  const [, height, width] = inputShape;
  const turned = tf.transpose(size === 1 && sizeX === 1 ? filter : tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const spread = spreadOut(tf, dy, strideHeight, strideWidth);
  const top = size - 1 - padInfo.top;
  const left = sizeX - 1 - padInfo.left;
  const bottom = height - (spread.shape[1] + top - size + 1);
  const right = width - (spread.shape[2] + left - sizeX + 1);
  if (top === left && top === bottom && top === right) return tf.conv2d(spread, turned, 1, top);
  const padded = tf.pad(spread, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  return tf.conv2d(padded, turned, 1, 'valid');
}

/** Zeros between neighbours: [n, h, w, c] -> [n, (h - 1) s + 1, (w - 1) s + 1, c]. */
function spreadOut(tf: TensorFlow, dy: Tensor4D, strideHeight: number, strideWidth: number): Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return dy;
  const [n, h, w, c] = dy.shape;
  const wide = tf.pad(tf.reshape(dy, [n * h, w, 1, c]), [
    [0, 0],
    [0, 0],
    [0, strideWidth - 1],
    [0, 0],
  ]);
  const tall = tf.pad(tf.reshape(wide, [n, h, 1, w * strideWidth * c]), [
    [0, 0],
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
  ]);
  const all = tf.reshape(tall, [n, h * strideHeight, w * strideWidth, c]);
  return tf.slice(all, [0, 0, 0, 0], [n, (h - 1) * strideHeight + 1, (w - 1) * strideWidth + 1, c]) as Tensor4D;
}

function geometry(
  tf: TensorFlow,
  inputShape: [number, number, number, number],
  filterShape: [number, number, number, number],
  { strides, pad, dimRoundingMode }: ConvAttributes,
): ReturnType<TensorFlow['backend_util']['computeConv2DInfo']> {
  const explicit = pad as number | 'valid' | 'same';
  return tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, explicit, dimRoundingMode);
}
