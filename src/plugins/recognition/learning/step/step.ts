import { tripletLoss, type TripletInputs, type TripletMetrics } from '../loss/triplet.js';
import type { BatchStatistics } from '../network/batch-normalisation.js';
import { forwardTraining, type Tensors } from '../network/forward.js';
import { BATCH_NORM, type Network } from '../network/network.js';
import { layoutOf } from '../network/shapes.js';
import type { Parameter } from '../network/parameters.js';
import { memories, update } from '../optimiser/optimiser.js';
import type { Scalar, Tensor, Tensor4D, TensorFlow } from '../../../../compiler/tensorflow.js';
import { frozenLayers, layerRate, trainedParameters, type StepRecipe } from './recipe.js';

/** A batch as tensors, all float32. */
export interface BatchTensors extends TripletInputs {
  /** [n, h, w, 3], values 0 to 255. */
  readonly images: Tensor4D;
  /** `StepSize`. */
  readonly rate: Scalar;
  readonly epsilon: Scalar;
  /** `LossScale.scale`; only where the recipe is in half precision. */
  readonly scale?: Scalar;
}

/** Sizes that a session is made for. */
export interface BatchShape {
  /** Images of a batch, n. */
  readonly images: number;
  /** Places for anchor-positive pairs, m. */
  readonly pairs: number;
}

export const METRICS = ['loss', 'selected', 'pairs', 'spread', 'gradientNorm'] as const;
export type MetricName = (typeof METRICS)[number];

export interface StepOutput {
  /** The entries of the state that change (`stateEntries`). */
  readonly state: Record<string, Tensor>;
  /** Scalars. */
  readonly metrics: Record<MetricName, Scalar>;
}

/**
 * One training step: forward, triplet loss, gradients, optimiser, running statistics. Tensors in, tensors out: no branch
 * and no shape depends on data, so that a recording of it serves every batch of the same shape. A batch without a triplet
 * changes no weight and no memory; the running statistics move all the same (OpenFace).
 *
 * @param state all of `stateEntries`; not disposed
 */
export function trainStep(
  tf: TensorFlow,
  network: Network,
  recipe: StepRecipe,
  state: Tensors,
  batch: BatchTensors,
): StepOutput {
  return tf.tidy(() => {
    const { loss, gradients, metrics, statistics } = lossAndGradients(tf, network, recipe, state, batch);
    const gate = tf.minimum<Scalar>(metrics.selected, 1);
    const { scaled, norm } = conditioned(tf, recipe, state, gradients);

    const next: Record<string, Tensor> = {};
    for (const { names, multiple } of updatedTogether(trainedParameters(network, recipe), recipe)) {
      const own = memories(recipe.optimiser);
      const all = (of: (name: string) => Tensor): Tensor => joined(tf, names.map(of));
      const updated = update(tf, recipe.optimiser, {
        weight: all((name) => state[name]!),
        gradient: all((name) => scaled[name]!),
        memories: own.map((memory) => all((name) => state[`${memory}/${name}`]!)),
        rate: multiple === 1 ? batch.rate : tf.mul(batch.rate, multiple),
        epsilon: batch.epsilon,
        gate,
      });
      const sizes = names.map((name) => state[name]!.size);
      parted(tf, updated.weight, sizes).forEach((tensor, i) => (next[names[i]!] = tensor));
      own.forEach((memory, k) =>
        parted(tf, updated.memories[k]!, sizes).forEach((tensor, i) => (next[`${memory}/${names[i]!}`] = tensor)),
      );
    }
    const count = batch.images.shape[0];
    Object.assign(next, runningStatistics(tf, network, state, statistics, count));
    const kept = { loss, ...metrics, gradientNorm: norm };
    for (const tensors of statistics.values()) tf.dispose([tensors.mean, tensors.variance]);
    return { state: next, metrics: released(tf, kept) };
  });
}

/**
 * Parameters in groups that the optimiser updates as one: kernels each alone, vectors of the same rate all in a row. A
 * network has a hundred short vectors, and what a kernel call costs beside its arithmetic would be most of their update.
 *
 * The vectors come first. ONNX Runtime begins with what the last results need and works towards the first, so that it comes
 * to a kernel's gradient as soon as the backward pass has reached its layer, and lets go of that layer's maps; what needs the
 * whole backward pass has to be its last.
 */
function updatedTogether(
  trained: readonly Parameter[],
  recipe: StepRecipe,
): readonly { readonly names: readonly string[]; readonly multiple: number }[] {
  const vectors = new Map<number, string[]>();
  const kernels: { names: string[]; multiple: number }[] = [];
  for (const { name, layer, shape } of trained) {
    const multiple = layerRate(recipe, layer);
    if (shape.length > 1) kernels.push({ names: [name], multiple });
    else vectors.set(multiple, [...(vectors.get(multiple) ?? []), name]);
  }
  return [...[...vectors].map(([multiple, names]) => ({ names, multiple })), ...kernels];
}

/** Vectors end to end; one tensor alone as it is. */
function joined(tf: TensorFlow, tensors: readonly Tensor[]): Tensor {
  return tensors.length === 1 ? tensors[0]! : tf.concat([...tensors]);
}

/** The opposite of `joined`. */
function parted(tf: TensorFlow, tensor: Tensor, sizes: readonly number[]): Tensor[] {
  return sizes.length === 1 ? [tensor] : tf.split(tensor, [...sizes]);
}

export interface LossAndGradients {
  readonly loss: Scalar;
  /** By parameter; of those that train. */
  readonly gradients: Readonly<Record<string, Tensor>>;
  readonly metrics: TripletMetrics;
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
}

/** Forward and backward pass alone. Metrics and statistics are kept: the caller disposes them. */
export function lossAndGradients(
  tf: TensorFlow,
  network: Network,
  recipe: StepRecipe,
  state: Tensors,
  batch: BatchTensors,
): LossAndGradients {
  const names = trainedParameters(network, recipe).map(({ name }) => name);
  const frozen = frozenLayers(network, recipe);
  const { scale } = batch;
  let metrics: TripletMetrics | undefined;
  let statistics: ReadonlyMap<string, BatchStatistics> | undefined;
  const differentiate = tf.valueAndGrads((...values: Tensor[]): Scalar => {
    const weights: Record<string, Tensor> = { ...state };
    names.forEach((name, i) => (weights[name] = values[i]!));
    const forward = forwardTraining(tf, network, weights, batch.images, frozen);
    statistics = forward.statistics;
    const triplets = tripletLoss(tf, recipe.triplets, forward.embedding, batch);
    metrics = triplets.metrics;
    return scale === undefined ? triplets.loss : tf.mul<Scalar>(triplets.loss, scale);
  });
  const { value, grads } = differentiate(names.map((name) => state[name]!));
  const inverse = scale === undefined ? undefined : tf.div<Scalar>(1, scale);
  const unscaled = <T extends Tensor>(tensor: T): T => (inverse === undefined ? tensor : tf.mul<T>(tensor, inverse));
  const gradients = Object.fromEntries(names.map((name, i) => [name, unscaled(grads[i]!)]));
  return { loss: unscaled(value), gradients, metrics: metrics!, statistics: statistics! };
}

/** Weight decay (on kernels), then clipping by the length of the whole gradient. The length is 0 where nobody needs it. */
function conditioned(
  tf: TensorFlow,
  recipe: StepRecipe,
  state: Tensors,
  gradients: Readonly<Record<string, Tensor>>,
): { scaled: Readonly<Record<string, Tensor>>; norm: Scalar } {
  const { weightDecay, clip, precision } = recipe;
  const decayed = mapValues(gradients, (gradient, name) =>
    weightDecay > 0 && name.endsWith('.kernel') ? tf.add(gradient, tf.mul(state[name]!, weightDecay)) : gradient,
  );
  if (clip === undefined && precision === undefined) return { scaled: decayed, norm: tf.scalar(0) };
  const squares = Object.values(decayed).map((gradient) => tf.sum<Scalar>(tf.mul(gradient, gradient)));
  const norm = tf.sqrt<Scalar>(tf.sum(tf.stack(squares)));
  if (clip === undefined) return { scaled: decayed, norm };
  const factor = tf.minimum<Scalar>(tf.div(clip, tf.maximum(norm, 1e-30)), 1);
  return { scaled: mapValues(decayed, (gradient) => tf.mul(gradient, factor)), norm };
}

/**
 * running <- running + 0.1 (batch - running), with the unbiased variance and with the convolution's bias in the mean: the
 * forward pass leaves that bias out because it can't matter there.
 */
function runningStatistics(
  tf: TensorFlow,
  network: Network,
  state: Tensors,
  statistics: ReadonlyMap<string, BatchStatistics>,
  images: number,
): Record<string, Tensor> {
  const units = layoutOf(network).units.flatMap(({ layer, output }) => {
    const batch = statistics.get(layer.name);
    if (batch === undefined) return [];
    const count = images * output.height * output.width;
    return [{ name: layer.name, channels: output.channels, unbiased: count / (count - 1), ...batch }];
  });
  if (units.length === 0) return {};
  const sizes = units.map(({ channels }) => channels);
  const row = (of: (unit: (typeof units)[number]) => Tensor): Tensor =>
    joined(
      tf,
      units.map((unit) => tf.reshape(of(unit), [unit.channels])),
    );
  const entry = (role: string): Tensor => row(({ name }) => state[`${name}.${role}`]!);
  const towards = (running: Tensor, value: Tensor): Tensor[] =>
    parted(tf, tf.add(running, tf.mul(tf.sub(value, running), BATCH_NORM.momentum)), sizes);
  const means = towards(
    entry('mean'),
    tf.add(
      row(({ mean }) => mean),
      entry('bias'),
    ),
  );
  const factors = tf.tensor1d(units.flatMap(({ channels, unbiased }) => Array<number>(channels).fill(unbiased)));
  const variances = towards(
    entry('variance'),
    tf.mul(
      row(({ variance }) => variance),
      factors,
    ),
  );
  const next: Record<string, Tensor> = {};
  units.forEach(({ name }, i) => {
    next[`${name}.mean`] = means[i]!;
    next[`${name}.variance`] = variances[i]!;
  });
  return next;
}

/** Copies that live as long as the step's other results, in place of tensors kept for good. */
function released<K extends string>(tf: TensorFlow, kept: Record<K, Scalar>): Record<K, Scalar> {
  return mapValues(kept, (tensor) => {
    const copy = tf.clone(tensor);
    tensor.dispose();
    return copy;
  });
}

function mapValues<K extends string, A, B>(record: Readonly<Record<K, A>>, f: (value: A, key: K) => B): Record<K, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value as A, key as K)])) as Record<
    K,
    B
  >;
}
