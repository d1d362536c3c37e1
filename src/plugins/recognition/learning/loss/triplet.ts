import type { Scalar, Tensor, Tensor1D, Tensor2D, TensorFlow } from '../../../../compiler/tensorflow.js';

/**
 * How triplets are chosen from a batch.
 * - `random-within-margin`: every anchor-positive pair, with one negative drawn uniformly from those closer than the
 *   positive plus the margin, hard ones included (OpenFace).
 * - `semi-hard`: the same, from those that are also farther than the positive (Schroff et al. 2015).
 * - `batch-hard`: every image as anchor, with its farthest positive and its nearest negative (Hermans et al. 2017).
 */
export interface TripletChoice {
  readonly choose: 'random-within-margin' | 'semi-hard' | 'batch-hard';
  /** Alpha: by how much a negative should be farther than the positive, in squared distance. */
  readonly margin: number;
}

/** What the choice needs to know of a batch of n images and at most m anchor-positive pairs. All float32. */
export interface TripletInputs {
  /** [n]: the person of each image, any distinct whole numbers. */
  readonly identity: Tensor1D;
  /** [m]: index of the anchor in the batch; unused pairs may say anything. */
  readonly anchor: Tensor1D;
  /** [m]: index of the positive. */
  readonly positive: Tensor1D;
  /** [m]: 1 for a pair, 0 for an unused place. */
  readonly pair: Tensor1D;
  /** [m]: uniform in [0, 1), decides which negative. */
  readonly uniform: Tensor1D;
}

/** Scalars that describe a batch. */
export interface TripletMetrics {
  /** Triplets found: pairs that have a negative within the margin (batch-hard: anchors whose hinge is open). */
  readonly selected: Scalar;
  /** Pairs (batch-hard: anchors) looked at. */
  readonly pairs: Scalar;
  /** 1 - |mean embedding|^2: 0 when all embeddings are one point, near 1 when they are all over the sphere. */
  readonly spread: Scalar;
}

interface Choice {
  /** [m, n], one-hot rows. */
  readonly anchors: Tensor2D;
  readonly positives: Tensor2D;
  readonly negatives: Tensor2D;
  /** [m, 1]: 1 where the row is a triplet that counts in the mean, else 0. */
  readonly counted: Tensor2D;
  /** Rows looked at. */
  readonly pairs: Scalar;
}

/**
 * Triplet loss: the mean over the triplets of max(0, |a - p|^2 - |a - n|^2 + margin), 0 where there are none. No branch
 * and no shape depends on data, so a recording of it serves every batch.
 *
 * With W = sum over triplets of s (e_a e_p' - e_a e_n') the loss is sum W_ij |x_i - x_j|^2 plus constants, and its gradient
 * 2 (diag((W + W') 1) - (W + W')) X.
 *
 * @param embedding [n, d], rows of unit length
 * @returns the loss, differentiable in the embedding, and metrics, which are kept: the caller disposes them
 */
export function tripletLoss(
  tf: TensorFlow,
  choice: TripletChoice,
  embedding: Tensor2D,
  inputs: TripletInputs,
): { loss: Scalar; metrics: TripletMetrics } {
  let metrics: TripletMetrics | undefined;
  const operation = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const distances = squaredDistances(tf, x);
    const chosen =
      choice.choose === 'batch-hard' ? hardest(tf, distances, inputs) : withinMargin(tf, distances, inputs, choice);
    const fromAnchor = tf.matMul<Tensor2D>(chosen.anchors, distances);
    const difference = tf.sub<Tensor2D>(chosen.positives, chosen.negatives);
    const gap = tf.add<Tensor2D>(tf.sum(tf.mul(fromAnchor, difference), 1, true), choice.margin);
    const hinge = tf.mul<Tensor2D>(tf.relu(gap), chosen.counted);
    const open = tf.step(hinge);
    const count = tf.sum(chosen.counted);
    const weight = tf.reciprocal(tf.maximum<Scalar>(count, 1));
    const value = tf.mul<Scalar>(tf.sum(hinge), weight);

    const mean = tf.mean(x, 0);
    metrics = {
      selected: tf.keep(tf.sum<Scalar>(open)),
      pairs: tf.keep(tf.clone(chosen.pairs)),
      spread: tf.keep(tf.sub<Scalar>(1, tf.sum(tf.mul(mean, mean)))),
    };

    const w = tf.matMul<Tensor2D>(chosen.anchors, tf.mul<Tensor2D>(difference, tf.mul(open, weight)), true, false);
    const symmetric = tf.add<Tensor2D>(w, tf.transpose(w));
    save([x, symmetric]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [x0, s] = saved as [Tensor2D, Tensor2D];
      const laplacian = tf.sub(tf.mul(x0, tf.sum(s, 1, true)), tf.matMul(s, x0));
      return tf.mul(laplacian, tf.mul(dy, 2));
    };
    return { value, gradFunc };
  });
  const loss = operation(embedding);
  return { loss, metrics: metrics! };
}

/** |x_i - x_j|^2, [n, n], never negative. */
function squaredDistances(tf: TensorFlow, x: Tensor2D): Tensor2D {
  const lengths = tf.sum<Tensor2D>(tf.mul(x, x), 1, true);
  const products = tf.matMul<Tensor2D>(x, x, false, true);
  return tf.relu(tf.sub<Tensor2D>(tf.add(lengths, tf.transpose(lengths)), tf.mul(products, 2)));
}

function withinMargin(tf: TensorFlow, distances: Tensor2D, inputs: TripletInputs, choice: TripletChoice): Choice {
  const n = inputs.identity.shape[0];
  const anchors = oneHot(tf, inputs.anchor, n);
  const positives = oneHot(tf, inputs.positive, n);
  const column = (x: Tensor1D): Tensor2D => tf.reshape(x, [x.shape[0], 1]);

  const fromAnchor = tf.matMul<Tensor2D>(anchors, distances);
  const toPositive = tf.sum<Tensor2D>(tf.mul(fromAnchor, positives), 1, true);
  const excess = tf.sub<Tensor2D>(fromAnchor, toPositive);
  const person = tf.matMul<Tensor2D>(anchors, column(inputs.identity));
  const stranger = asFloat(tf, tf.notEqual(person, tf.reshape(inputs.identity, [1, n])));
  let candidates = tf.mul<Tensor2D>(stranger, asFloat(tf, tf.less(excess, choice.margin)));
  if (choice.choose === 'semi-hard') candidates = tf.mul(candidates, asFloat(tf, tf.greater(excess, 0)));
  candidates = tf.mul(candidates, column(inputs.pair));

  // The k-th candidate of a row, k = floor(u * count): counts are small whole numbers, exact in float32.
  const count = tf.sum<Tensor2D>(candidates, 1, true);
  const drawn = tf.floor(tf.mul<Tensor2D>(column(inputs.uniform), count));
  const rank = tf.add<Tensor2D>(tf.minimum(drawn, tf.sub(count, 1)), 1);
  const isDrawn = asFloat(tf, tf.equal(tf.cumsum<Tensor2D>(candidates, 1), rank));
  return {
    anchors,
    positives,
    negatives: tf.mul(candidates, isDrawn),
    counted: tf.minimum(count, 1),
    pairs: tf.sum(inputs.pair),
  };
}

function hardest(tf: TensorFlow, distances: Tensor2D, { identity }: TripletInputs): Choice {
  const n = identity.shape[0];
  const eye = tf.eye(n);
  const same = asFloat(tf, tf.equal(tf.reshape(identity, [n, 1]), tf.reshape(identity, [1, n])));
  const positive = tf.sub<Tensor2D>(same, eye);
  const stranger = tf.sub<Tensor2D>(1, same);
  // Squared distances on the unit sphere are at most 4, so shifts of 8 keep the classes apart.
  const farthest = firstMaximum(tf, tf.add<Tensor2D>(distances, tf.mul(positive, 8)));
  const nearest = firstMaximum(tf, tf.sub<Tensor2D>(tf.mul(stranger, 8), distances));
  const exists = (mask: Tensor2D): Tensor2D => tf.max(mask, 1, true);
  const looked = tf.mul<Tensor2D>(exists(positive), exists(stranger));
  const positives = tf.mul<Tensor2D>(farthest, looked);
  const negatives = tf.mul<Tensor2D>(nearest, looked);
  return { anchors: eye, positives, negatives, counted: looked, pairs: tf.sum(looked) };
}

/** One-hot rows: the first place of each row's maximum. */
function firstMaximum(tf: TensorFlow, x: Tensor2D): Tensor2D {
  const isMaximum = asFloat(tf, tf.equal(x, tf.max(x, 1, true)));
  const isFirst = asFloat(tf, tf.equal(tf.cumsum<Tensor2D>(isMaximum, 1), 1));
  return tf.mul(isMaximum, isFirst);
}

function oneHot(tf: TensorFlow, index: Tensor1D, depth: number): Tensor2D {
  const places = tf.tensor2d(
    Float32Array.from({ length: depth }, (_, i) => i),
    [1, depth],
  );
  return asFloat(tf, tf.equal(tf.reshape(index, [index.shape[0], 1]), places));
}

function asFloat(tf: TensorFlow, x: Tensor): Tensor2D {
  return tf.cast(x, 'float32') as Tensor2D;
}
