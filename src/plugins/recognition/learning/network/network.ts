/**
 * A network as data: what a paper's table of layers says, and no more. Every convolution has a bias and is followed by
 * batch normalisation and a ReLU; the last layers are linear and L2-normalised, so an embedding lies on the unit sphere.
 */
export interface Network {
  /** As in the catalogue: `nn4.small2`, `mini`, ... */
  readonly name: string;
  readonly input: InputSize;
  readonly layers: readonly Layer[];
  /** Length of an embedding. */
  readonly embedding: number;
}

export interface InputSize {
  readonly height: number;
  readonly width: number;
}

export type Layer = ConvLayer | MaxPoolLayer | LocalResponseLayer | InceptionLayer | AverageLayer | LinearLayer;

/** Convolution with bias, batch normalisation, ReLU. Square kernel, zero padding. */
export interface ConvLayer {
  readonly kind: 'conv';
  readonly name: string;
  readonly channels: number;
  readonly size: number;
  readonly stride: number;
  readonly pad: number;
}

/** Maximum over square windows; padding never wins. */
export interface MaxPoolLayer {
  readonly kind: 'max-pool';
  readonly size: number;
  readonly stride: number;
  readonly pad: number;
}

/** y = x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta (Krizhevsky et al. 2012, Torch's scaling). */
export interface LocalResponseLayer {
  readonly kind: 'local-response';
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** Parallel branches, concatenated by channel in the order of the fields (Szegedy et al. 2015). */
export interface InceptionLayer {
  readonly kind: 'inception';
  readonly name: string;
  /** Of the 3x3 and 5x5 convolutions and of the pooling. */
  readonly stride: 1 | 2;
  readonly conv3: Reduced;
  readonly conv5?: Reduced;
  readonly pool: InceptionPool;
  /** Channels of the plain 1x1 branch. */
  readonly conv1?: number;
}

/** A 1x1 convolution to `reduce` channels, then a square one to `channels`. */
export interface Reduced {
  readonly reduce: number;
  readonly channels: number;
}

export interface InceptionPool {
  /** `max`: 3x3, pad 1, at the module's stride. `l2`: root of the sum of squares over 3x3, stride 1, no padding. */
  readonly kind: 'max' | 'l2';
  /** Channels of the 1x1 convolution behind it; absent: the pooled input passes through. */
  readonly project?: number;
}

/** Mean over all positions. */
export interface AverageLayer {
  readonly kind: 'average';
}

/** Flattens [h, w, c] and multiplies; the embedding before normalisation. */
export interface LinearLayer {
  readonly kind: 'linear';
  readonly name: string;
  readonly outputs: number;
}

/** Batch normalisation's constants (torch/nn): added to the variance; weight of a batch in the running statistics. */
export const BATCH_NORM = { epsilon: 1e-5, momentum: 0.1 } as const;

/** Added to the squared length of an embedding before the root. */
export const NORMALISE_EPSILON = 1e-10;

/**
 * What a network means: one operation for each kind of layer. Shape inference, parameter counting and the forward pass
 * are three algebras over the same walk, so they can't disagree about the wiring.
 */
export interface Algebra<T> {
  /** Convolution + bias, batch normalisation, ReLU. */
  conv(layer: ConvLayer, x: T): T;
  maxPool(layer: MaxPoolLayer, x: T): T;
  /** Root of the sum of squares over `size` x `size` windows, stride 1, no padding. */
  l2Pool(size: number, x: T): T;
  localResponse(layer: LocalResponseLayer, x: T): T;
  /** Concatenation by channel; smaller maps are centred in the largest (floor offset) and padded with zeros. */
  concat(branches: readonly T[]): T;
  average(x: T): T;
  linear(layer: LinearLayer, x: T): T;
}

/** Runs the network's layers in order, from the input to what is normalised into the embedding. */
export function walk<T>(network: Network, algebra: Algebra<T>, input: T): T {
  let x = input;
  for (const layer of network.layers) x = apply(layer, algebra, x);
  return x;
}

function apply<T>(layer: Layer, algebra: Algebra<T>, x: T): T {
  switch (layer.kind) {
    case 'conv':
      return algebra.conv(layer, x);
    case 'max-pool':
      return algebra.maxPool(layer, x);
    case 'local-response':
      return algebra.localResponse(layer, x);
    case 'inception':
      return inception(layer, algebra, x);
    case 'average':
      return algebra.average(x);
    case 'linear':
      return algebra.linear(layer, x);
  }
}

function inception<T>(layer: InceptionLayer, algebra: Algebra<T>, x: T): T {
  const { name, stride } = layer;
  const unit = (branch: string, channels: number, size = 1, step = 1): ConvLayer => ({
    kind: 'conv',
    name: `${name}.${branch}`,
    channels,
    size,
    stride: step,
    pad: (size - 1) / 2,
  });
  const reduced = (branch: string, size: number, { reduce, channels }: Reduced): T =>
    algebra.conv(unit(branch, channels, size, stride), algebra.conv(unit(`${branch}.reduce`, reduce), x));

  const branches = [reduced('3x3', 3, layer.conv3)];
  if (layer.conv5 !== undefined) branches.push(reduced('5x5', 5, layer.conv5));
  const pooled =
    layer.pool.kind === 'max'
      ? algebra.maxPool({ kind: 'max-pool', size: 3, stride, pad: 1 }, x)
      : algebra.l2Pool(3, x);
  branches.push(layer.pool.project === undefined ? pooled : algebra.conv(unit('pool', layer.pool.project), pooled));
  if (layer.conv1 !== undefined) branches.push(algebra.conv(unit('1x1', layer.conv1), x));
  return algebra.concat(branches);
}
