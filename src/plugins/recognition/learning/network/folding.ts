import { BATCH_NORM, type Network } from './network.js';
import type { Arrays } from './parameters.js';
import { layoutOf } from './shapes.js';

/**
 * Batch normalisation at inference is a scale and a shift of each channel, so it goes into the convolution before it:
 *
 *   kernel' = kernel * g,  bias' = (bias - mean) * g + offset,  g = scale / sqrt(variance + 1e-5).
 *
 * Computed in double precision and rounded once.
 * @returns kernels and biases alone, by name
 */
export function foldBatchNormalisation(network: Network, weights: Arrays): Arrays {
  const folded: Record<string, Float32Array> = {};
  for (const { layer } of layoutOf(network).units) {
    const at = (role: string): Float32Array => weights[`${layer.name}.${role}`]!;
    const kernel = at('kernel');
    const bias = at('bias');
    if (layer.kind === 'linear') {
      folded[`${layer.name}.kernel`] = kernel;
      folded[`${layer.name}.bias`] = bias;
      continue;
    }
    const channels = layer.channels;
    const [scale, offset, mean, variance] = [at('scale'), at('offset'), at('mean'), at('variance')];
    const gain = new Float64Array(channels);
    const shift = new Float32Array(channels);
    for (let c = 0; c < channels; c += 1) {
      gain[c] = scale[c]! / Math.sqrt(variance[c]! + BATCH_NORM.epsilon);
      shift[c] = (bias[c]! - mean[c]!) * gain[c]! + offset[c]!;
    }
    const scaled = new Float32Array(kernel.length);
    for (let i = 0; i < kernel.length; i += 1) scaled[i] = kernel[i]! * gain[i % channels]!;
    folded[`${layer.name}.kernel`] = scaled;
    folded[`${layer.name}.bias`] = shift;
  }
  return folded;
}
