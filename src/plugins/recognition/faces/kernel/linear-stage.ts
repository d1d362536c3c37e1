import { branchIf, f32x4, i32, loop, v128 } from './assembler.js';
import { kernelFunction, type KernelFunction } from './module.js';

/**
 * The basis lies in strips of so many values: all components' first 16 values, then all their next 16, ... so that
 * memory is read in one forward pass.
 */
export const STRIP = 16;

/**
 * `out = base + sum_k c[k] basis[k]` over `count` strips, the order of summation fixed (by k): the bits of
 * `model/evaluate.ts`. All but the last two parameters are byte offsets; both counts are at least 1.
 */
export const combine: KernelFunction = kernelFunction(
  'combine',
  ['out', 'base', 'strips', 'coefficients', 'count', 'components'],
  ({ out, base, strips, coefficients, count, components }, local) => {
    const at = local('i32');
    const left = local('i32');
    const factor = local('v128');
    const sums = [0, 16, 32, 48].map((offset) => ({ offset, sum: local('v128') }));
    return loop((nextStrip) => [
      sums.map(({ offset, sum }) => sum.set(v128.load(base, offset))),
      at.set(coefficients),
      left.set(components),
      loop((nextComponent) => [
        factor.set(v128.loadSplat(at)),
        sums.map(({ offset, sum }) => sum.set(f32x4.add(sum, f32x4.mul(factor, v128.load(strips, offset))))),
        strips.add(4 * STRIP),
        at.add(4),
        left.add(-1),
        branchIf(nextComponent, left),
      ]),
      sums.map(({ offset, sum }) => v128.store(out, sum, offset)),
      base.add(4 * STRIP),
      out.add(4 * STRIP),
      count.set(i32.sub(count, 1)),
      branchIf(nextStrip, count),
    ]);
  },
);
