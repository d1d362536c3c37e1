import { filterGradientByProducts } from './convolution-by-products.js';
import { geometry } from './convolution-geometry.js';
import type { Kernel } from './kernel.js';

/**
 * Gradient in the filter. Whatever the layout of maps, positions lie first here: then what a place of the filter meets is whole
 * stretches of memory, of images x channels. Minimal filtering pays where the forward pass filters so, too.
 */
export const filterGradient: Kernel = {
  result: (_, { x }, { filterShape }) => [{ shape: filterShape as number[], type: x!.type }],
  lower: (lowering, call) => {
    const { shape } = call.outputs[0]!;
    const [x, dy] = [lowering.input(call, 'x'), lowering.input(call, 'dy')];
    const info = geometry(lowering.tf, x.shape, shape, call.attributes);
    const maps = [lowering.positions(x), lowering.positions(dy)] as const;
    return [{ shape, value: filterGradientByProducts(lowering.builder, ...maps, info, lowering.positionsFirst) }];
  },
};
