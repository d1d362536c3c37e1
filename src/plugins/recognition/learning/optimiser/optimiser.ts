import { pow } from '../../../../foundation/numbers/elementary.js';
import type { Scalar, Tensor, TensorFlow } from '../../../../compiler/tensorflow.js';

/** How a gradient becomes a step. */
export type Optimiser = Adam | MomentumDescent;

/** Kingma & Ba 2015. */
export interface Adam {
  readonly kind: 'adam';
  /** Decay of the mean of gradients. */
  readonly beta1: number;
  /** Decay of the mean of squared gradients. */
  readonly beta2: number;
  /** Added to the root of the latter, after its bias correction. */
  readonly epsilon: number;
}

/** v <- momentum v + gradient, w <- w - rate v (PyTorch's form; momentum 0 is plain gradient descent). */
export interface MomentumDescent {
  readonly kind: 'sgd';
  readonly momentum: number;
}

export const ADAM: Adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Scalars of one update, made on the host so that schedules and bias correction need no new recording. */
export interface StepSize {
  readonly rate: number;
  readonly epsilon: number;
}

/** Names of an optimiser's memories of each parameter; a state holds them as `<memory>/<parameter>`. */
export function memories(optimiser: Optimiser): readonly string[] {
  switch (optimiser.kind) {
    case 'adam':
      return ['adam.mean', 'adam.square'];
    case 'sgd':
      return optimiser.momentum === 0 ? [] : ['momentum'];
  }
}

/**
 * Adam's bias correction moved into the rate: with c1 = 1 - beta1^t, c2 = 1 - beta2^t,
 * rate (m/c1) / (sqrt(v/c2) + epsilon) = (rate sqrt(c2) / c1) m / (sqrt(v) + epsilon sqrt(c2)).
 *
 * @param update which update this is since the memories were zero, from 1
 */
export function stepSize(optimiser: Optimiser, rate: number, update: number): StepSize {
  if (optimiser.kind === 'sgd') return { rate, epsilon: 0 };
  const c1 = 1 - pow(optimiser.beta1, update);
  const root = Math.sqrt(1 - pow(optimiser.beta2, update));
  return { rate: (rate * root) / c1, epsilon: optimiser.epsilon * root };
}

export interface UpdateInputs {
  readonly weight: Tensor;
  readonly gradient: Tensor;
  /** In the order of `memories`. */
  readonly memories: readonly Tensor[];
  /** `StepSize` as scalars. */
  readonly rate: Scalar;
  readonly epsilon: Scalar;
  /** 1, or 0 to leave everything as it is. */
  readonly gate: Scalar;
}

/** The new weight and memories of one parameter. */
export function update(
  tf: TensorFlow,
  optimiser: Optimiser,
  { weight, gradient, memories: old, rate, epsilon, gate }: UpdateInputs,
): { weight: Tensor; memories: Tensor[] } {
  switch (optimiser.kind) {
    case 'adam': {
      const towards = (memory: Tensor, value: Tensor, decay: number): Tensor =>
        tf.add(memory, tf.mul(tf.sub(value, memory), tf.mul(gate, 1 - decay)));
      const mean = towards(old[0]!, gradient, optimiser.beta1);
      const square = towards(old[1]!, tf.mul(gradient, gradient), optimiser.beta2);
      const step = tf.div(mean, tf.add(tf.sqrt(square), epsilon));
      return { weight: tf.sub(weight, tf.mul(step, tf.mul(gate, rate))), memories: [mean, square] };
    }
    case 'sgd': {
      if (optimiser.momentum === 0) {
        return { weight: tf.sub(weight, tf.mul(gradient, tf.mul(gate, rate))), memories: [] };
      }
      // Gate 1: momentum v + g; gate 0: v.
      const decay = tf.add(1, tf.mul(gate, optimiser.momentum - 1));
      const velocity = tf.add(tf.mul(old[0]!, decay), tf.mul(gradient, gate));
      return { weight: tf.sub(weight, tf.mul(velocity, tf.mul(gate, rate))), memories: [velocity] };
    }
  }
}
