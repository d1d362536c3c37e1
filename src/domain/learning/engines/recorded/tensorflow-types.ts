import type * as tfjs from '@tensorflow/tfjs-core';

export type TensorFlow = typeof tfjs;
