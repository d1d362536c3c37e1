import type { backend_util } from '@tensorflow/tfjs-core';
import { ints, type OnnxAttribute } from '../onnx/model.js';
import type { TensorFlow } from '../tensorflow.js';
import { CHANNELS_FIRST } from '../lowering/lowering.js';
import type { Attributes } from '../tape/recording.js';

export type Info = backend_util.Conv2DInfo;
export type Shape4D = [number, number, number, number];

/** Sizes, strides and padding of a convolution of x [n, h, w, c] with a filter [kh, kw, c, o]. */
export function geometry(
  tf: TensorFlow,
  x: readonly number[],
  filter: readonly number[],
  attributes: Attributes,
): Info {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes as {
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number;
    dataFormat?: 'NHWC' | 'NCHW';
    dilations?: [number, number] | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if (dataFormat === 'NCHW') throw new Error('a convolution recorded with channels first cannot be lowered');
  return tf.backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
  );
}

export function edges({ padInfo: { top, left, bottom, right } }: Info): number[] {
  return [top, left, bottom, right];
}

export function window(info: Info): Record<string, OnnxAttribute> {
  return {
    kernel_shape: ints([info.filterHeight, info.filterWidth]),
    strides: ints([info.strideHeight, info.strideWidth]),
    dilations: ints([info.dilationHeight, info.dilationWidth]),
    pads: ints(edges(info)),
  };
}

export function physical(shape: readonly number[]): number[] {
  return CHANNELS_FIRST.map((axis) => shape[axis]!);
}
