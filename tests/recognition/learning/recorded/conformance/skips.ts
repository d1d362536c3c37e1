import type { MapLayout } from '../../../../../src/compiler/lowering/lowering.js';

/** Tests that say nothing about our kernels, by words of their file and name, with the reason. */
const SKIPS: readonly {
  readonly file: RegExp;
  readonly name: RegExp;
  readonly reason: string;
  /** Where only those of maps that lie so. */
  readonly layout?: MapLayout['kind'];
}[] = [
  {
    file: /^(arg_max|arg_min|max|min|step|sign)_/,
    name: /NaN|sign > (basic|accepts)|step kernel > with 1d tensor and alpha/,
    reason:
      'comparisons with NaN are left to the runtime; a training step whose values are NaN is found by its metrics',
  },
  { file: /^conv2d_/, name: /NCHW/, reason: 'tensors with channels first are refused: our networks have them last' },
  {
    file: /^gather_/,
    name: /batch ?dims/i,
    reason: 'batch dimensions of a gather are refused: nothing of ours has them',
  },
  {
    file: /^gather_/,
    name: /out of bound/,
    reason: 'values are not known when a call is recorded; the runtime refuses such an index when it meets it',
  },
  { file: /^exp_/, name: /int32/, reason: 'expects the exponential of an integer in double precision' },
  { file: /^pool_/, name: /f=\[1,1\].*p=1/, reason: 'ONNX has no pool whose edge is as wide as its window' },
  {
    file: /^conv2d_transpose_/,
    name: /output=4x4x8/,
    reason: 'asks for a gradient in an input of 4x4 from a gradient of 8x8, which no convolution of stride 1 gives',
  },
  {
    file: /^avg_pool_/,
    name: /propagates NaNs/,
    layout: 'positions-first',
    reason: 'an average is a product with a matrix, and 0 x NaN is NaN: a NaN spreads over all windows of a column',
  },
  { file: /^slice_/, name: /mem leak/, reason: 'counts the tensors of all tests before it' },
];

export function reasonToSkip(file: string, name: string, kind: MapLayout['kind']): string | undefined {
  const applies = (layout = kind): boolean => layout === kind;
  return SKIPS.find((skip) => skip.file.test(file) && skip.name.test(name) && applies(skip.layout))?.reason;
}
