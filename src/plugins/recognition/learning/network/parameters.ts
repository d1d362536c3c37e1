import { stream } from '../../../../foundation/numbers/random.js';
import type { Network } from './network.js';
import { layoutOf } from './shapes.js';

/**
 * Names and shapes of what a network holds. A convolution `x` has `x.kernel` [size, size, in, out], `x.bias` [out], batch
 * normalisation's `x.scale` and `x.offset` [out], and its running `x.mean` and `x.variance` [out]; a linear layer has
 * `x.kernel` [in, out] and `x.bias` [out], where the inputs run over [height, width, channel].
 */
export interface Parameter {
  readonly name: string;
  /** The layer's name: `conv1`, `3a.5x5.reduce`, ... */
  readonly layer: string;
  readonly role: 'kernel' | 'bias' | 'scale' | 'offset' | 'mean' | 'variance';
  readonly shape: readonly number[];
  /** Inputs of one output value: initial weights are uniform within 1 / sqrt(fanIn). */
  readonly fanIn: number;
}

/** Values by name; shapes follow from the network. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** What the optimiser changes, in the order of the layers. */
export function parameters(network: Network): Parameter[] {
  return everything(network).filter(({ role }) => role !== 'mean' && role !== 'variance');
}

/** Running means and variances of batch normalisation. */
export function statistics(network: Network): Parameter[] {
  return everything(network).filter(({ role }) => role === 'mean' || role === 'variance');
}

/** Number of trainable values, as papers count them. */
export function parameterCount(network: Network): number {
  return parameters(network).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * Fresh weights: kernels and biases uniform within 1 / sqrt(fan-in), batch normalisation's scale uniform in [0, 1) and
 * offset 0 (torch/nn's defaults of OpenFace's time), running mean 0 and variance 1. A value depends on the seed, the
 * parameter's name and its place alone, so networks that share layers share their initial weights.
 */
export function initialise(network: Network, seed: number): Arrays {
  const arrays: Record<string, Float32Array> = {};
  for (const { name, role, shape, fanIn } of everything(network)) {
    const values = new Float32Array(sizeOf(shape));
    switch (role) {
      case 'kernel':
      case 'bias': {
        const random = stream(seed, `initialise/${name}`);
        const bound = 1 / Math.sqrt(fanIn);
        for (let i = 0; i < values.length; i += 1) values[i] = (random.bits() / 2 ** 31 - 1) * bound;
        break;
      }
      case 'scale': {
        const random = stream(seed, `initialise/${name}`);
        for (let i = 0; i < values.length; i += 1) values[i] = random.bits() / 2 ** 32;
        break;
      }
      case 'variance':
        values.fill(1);
        break;
      case 'offset':
      case 'mean':
        break;
    }
    arrays[name] = values;
  }
  return arrays;
}

/** Parameters and statistics, layer by layer. */
export function everything(network: Network): Parameter[] {
  return layoutOf(network).units.flatMap(({ layer, input }): Parameter[] => {
    const of = (role: Parameter['role'], shape: readonly number[], fanIn: number): Parameter => ({
      name: `${layer.name}.${role}`,
      layer: layer.name,
      role,
      shape,
      fanIn,
    });
    if (layer.kind === 'linear') {
      const inputs = input.height * input.width * input.channels;
      return [of('kernel', [inputs, layer.outputs], inputs), of('bias', [layer.outputs], inputs)];
    }
    const { size, channels } = layer;
    const fanIn = size * size * input.channels;
    return [
      of('kernel', [size, size, input.channels, channels], fanIn),
      of('bias', [channels], fanIn),
      of('scale', [channels], channels),
      of('offset', [channels], channels),
      of('mean', [channels], channels),
      of('variance', [channels], channels),
    ];
  });
}
