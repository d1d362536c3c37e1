import type { InceptionLayer, InceptionPool, InputSize, Layer, LocalResponseLayer, Network } from './network.js';

/**
 * FaceNet's NN4 and its two smaller forms, as OpenFace defines them (cmusatyalab/openface, models/openface/*.def.lua;
 * Schroff et al. 2015, table 4; Amos et al. 2016). Made for 96x96.
 */
export type Nn4Variant = 'nn4' | 'nn4.small1' | 'nn4.small2';

const LRN: LocalResponseLayer = { kind: 'local-response', size: 5, alpha: 1e-4, beta: 0.75, k: 1 };
const MAX_POOL: Layer = { kind: 'max-pool', size: 3, stride: 2, pad: 1 };

const STEM: readonly Layer[] = [
  { kind: 'conv', name: 'conv1', channels: 64, size: 7, stride: 2, pad: 3 },
  MAX_POOL,
  LRN,
  { kind: 'conv', name: 'conv2.reduce', channels: 64, size: 1, stride: 1, pad: 0 },
  { kind: 'conv', name: 'conv2', channels: 192, size: 3, stride: 1, pad: 1 },
  LRN,
  MAX_POOL,
];

type Row = readonly [
  name: string,
  stride: 1 | 2,
  conv3: readonly [reduce: number, channels: number],
  conv5: readonly [reduce: number, channels: number] | undefined,
  pool: InceptionPool,
  conv1: number | undefined,
];

const max = (project?: number): InceptionPool => ({ kind: 'max', ...(project === undefined ? {} : { project }) });
const l2 = (project: number): InceptionPool => ({ kind: 'l2', project });

// prettier-ignore
const MODULES: readonly Row[] = [
  // module stride 3x3         5x5        pool      1x1       output at 96x96
  ['3a', 1, [96, 128],  [16, 32],  max(32),  64],        // 12x12x256
  ['3b', 1, [96, 128],  [32, 64],  l2(64),   64],        // 12x12x320
  ['3c', 2, [128, 256], [32, 64],  max(),    undefined], //   6x6x640
  ['4a', 1, [96, 192],  [32, 64],  l2(128),  256],       //   6x6x640
  ['4b', 1, [112, 224], [32, 64],  l2(128),  224],       //   6x6x640
  ['4c', 1, [128, 256], [32, 64],  l2(128),  192],       //   6x6x640
  ['4d', 1, [144, 288], [32, 64],  l2(128),  160],       //   6x6x640
  ['4e', 2, [160, 256], [64, 128], max(),    undefined], //   3x3x1024
];

// prettier-ignore
const LAST: readonly Row[] = [
  ['5a', 1, [192, 384], undefined, l2(128),  384],       //   3x3x896
  ['5b', 1, [192, 384], undefined, max(128), 384],       //   3x3x896
];

// prettier-ignore
const LAST_SMALL2: readonly Row[] = [
  ['5a', 1, [96, 384],  undefined, l2(96),   256],       //   3x3x736
  ['5b', 1, [96, 384],  undefined, max(96),  256],       //   3x3x736
];

const LEFT_OUT: Readonly<Record<Nn4Variant, readonly string[]>> = {
  nn4: [],
  'nn4.small1': ['4c', '4d'],
  'nn4.small2': ['4b', '4c', '4d'],
};

/** NN4 or a smaller form for images of `input` pixels. */
export function nn4(variant: Nn4Variant, input: InputSize): Network {
  const rows = [
    ...MODULES.filter(([name]) => !LEFT_OUT[variant].includes(name)),
    ...(variant === 'nn4.small2' ? LAST_SMALL2 : LAST),
  ];
  return {
    name: variant,
    input,
    embedding: 128,
    layers: [...STEM, ...rows.map(inception), { kind: 'average' }, { kind: 'linear', name: 'embedding', outputs: 128 }],
  };
}

function inception([name, stride, conv3, conv5, pool, conv1]: Row): InceptionLayer {
  return {
    kind: 'inception',
    name,
    stride,
    conv3: { reduce: conv3[0], channels: conv3[1] },
    ...(conv5 === undefined ? {} : { conv5: { reduce: conv5[0], channels: conv5[1] } }),
    pool,
    ...(conv1 === undefined ? {} : { conv1 }),
  };
}
