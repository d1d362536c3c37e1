import type * as tfjs from '@tensorflow/tfjs-core';

/**
 * TensorFlow.js's core API, as a value that model code is given. Model code never imports the package itself: planning
 * an experiment must not load it, and the same code runs eagerly on any backend or under a recording one.
 */
export type TensorFlow = typeof tfjs;
export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/**
 * Loads TensorFlow.js; later calls give the same module. No backend comes with it. The layers package is loaded for
 * one side effect: it registers the kernels' gradients (in the registry that all copies of the core share), which the
 * core package's build for Node leaves out.
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-layers');
  return tf;
}
