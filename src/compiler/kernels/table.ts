import { ARRANGEMENT } from './arrangement.js';
import { CONVOLUTION } from './convolution.js';
import { ELEMENTWISE } from './elementwise.js';
import type { KernelTable } from './kernel.js';
import { POOLING } from './pooling.js';
import { PRODUCT } from './product.js';
import { REDUCTION } from './reduction.js';

/** Every kernel that can be recorded and lowered, by TensorFlow.js's name for it. A new kernel is an entry here. */
export const KERNELS: KernelTable = {
  ...ELEMENTWISE,
  ...REDUCTION,
  ...ARRANGEMENT,
  ...PRODUCT,
  ...CONVOLUTION,
  ...POOLING,
};
