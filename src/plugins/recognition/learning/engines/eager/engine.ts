import { ok, type Result } from '../../../../../foundation/failures/result.js';
import type { LearningDiagnostic } from '../../diagnostic.js';
import { forwardInference } from '../../network/forward.js';
import type { Network } from '../../network/network.js';
import { everything, type Arrays } from '../../network/parameters.js';
import type { Tensor, Tensor4D, TensorFlow } from '../../../../../compiler/tensorflow.js';
import { stateEntries, type StepRecipe } from '../../step/recipe.js';
import { METRICS, trainStep, type BatchTensors, type MetricName, type BatchShape } from '../../step/step.js';
import type { Batch } from '../../batches/batch.js';
import type { EmbeddingSession, Engine, StepMetrics, StepScalars, TrainingSession } from '../engine.js';
import { loadBackend, useBackend, type BackendName } from './backends.js';

/** MiB of Node.js, of TensorFlow.js and of what its backend compiles, as measured; `tensorflow` is not, and counts as `wasm`. */
const PROCESS: Readonly<Record<BackendName, number>> = { wasm: 112, cpu: 90, tensorflow: 112 };

/**
 * TensorFlow.js as it is: each kernel runs when it is called. `tfjs:wasm` needs nothing beyond `npm ci`; `tfjs:cpu` is
 * plain JavaScript, for checking; `tfjs:tensorflow` is whatever tfjs-node or tfjs-node-gpu brings.
 */
export function eagerEngine(backend: BackendName): Engine {
  return {
    name: `tfjs:${backend}`,
    reproducible: backend !== 'tensorflow',
    // Its tape holds every gradient until the end of the backward pass: 37.6 MB an image of nn4.small2, whose maps have 5.9.
    peak: { process: PROCESS[backend] * 2 ** 20, maps: 6.5 },
    ...(backend === 'wasm' ? { addressable: 2 ** 32 } : {}),
    async prepareTraining(network, recipe, shape, state) {
      const tf = await loadBackend(backend);
      return tf.ok ? ok(await EagerTraining.start(tf.value, backend, network, recipe, shape, state)) : tf;
    },
    async prepareEmbedding(network, folded): Promise<Result<EmbeddingSession, readonly LearningDiagnostic[]>> {
      const tf = await loadBackend(backend);
      return tf.ok ? ok(await EagerEmbedding.start(tf.value, backend, network, folded)) : tf;
    },
  };
}

class EagerTraining implements TrainingSession {
  readonly #tf: TensorFlow;
  readonly #backend: BackendName;
  readonly #network: Network;
  readonly #recipe: StepRecipe;
  readonly #shape: BatchShape;
  readonly #state: Record<string, Tensor> = {};

  private constructor(tf: TensorFlow, backend: BackendName, network: Network, recipe: StepRecipe, shape: BatchShape) {
    this.#tf = tf;
    this.#backend = backend;
    this.#network = network;
    this.#recipe = recipe;
    this.#shape = shape;
  }

  static async start(
    tf: TensorFlow,
    backend: BackendName,
    network: Network,
    recipe: StepRecipe,
    shape: BatchShape,
    state: Arrays,
  ): Promise<EagerTraining> {
    const session = new EagerTraining(tf, backend, network, recipe, shape);
    await session.load(state);
    return session;
  }

  async load(state: Arrays): Promise<void> {
    await useBackend(this.#tf, this.#backend);
    for (const { name, shape } of stateEntries(this.#network, this.#recipe)) {
      this.#state[name]?.dispose();
      this.#state[name] = this.#tf.tensor(state[name]!.slice(), [...shape]);
    }
  }

  async step(batch: Batch, scalars: StepScalars): Promise<StepMetrics> {
    const tf = this.#tf;
    await useBackend(tf, this.#backend);
    const inputs = batchTensors(tf, this.#network, this.#shape, batch, scalars);
    const { state, metrics } = trainStep(tf, this.#network, this.#recipe, this.#state, inputs);
    for (const [name, tensor] of Object.entries(state)) {
      this.#state[name]!.dispose();
      this.#state[name] = tensor;
    }
    const values = Object.fromEntries(METRICS.map((name) => [name, metrics[name].dataSync()[0]!]));
    tf.dispose([metrics, inputs] as unknown as Tensor[]);
    return values as Record<MetricName, number>;
  }

  async state(): Promise<Arrays> {
    await useBackend(this.#tf, this.#backend);
    return Object.fromEntries(
      Object.entries(this.#state).map(([name, tensor]) => [name, (tensor.dataSync() as Float32Array).slice()]),
    );
  }

  async dispose(): Promise<void> {
    await useBackend(this.#tf, this.#backend);
    this.#tf.dispose(this.#state);
  }
}

/** A batch as tensors of the current backend; the caller disposes them. */
export function batchTensors(
  tf: TensorFlow,
  { input }: Network,
  { images, pairs }: BatchShape,
  batch: Batch,
  scalars: StepScalars,
): BatchTensors {
  const row = (values: Float32Array): ReturnType<typeof tf.tensor1d> => tf.tensor1d(values, 'float32');
  if (batch.pair.length !== pairs) throw new Error(`${batch.pair.length} places for pairs, expected ${pairs}`);
  return {
    images: tf.tensor4d(Float32Array.from(batch.images), [images, input.height, input.width, 3]),
    identity: row(batch.identity),
    anchor: row(batch.anchor),
    positive: row(batch.positive),
    pair: row(batch.pair),
    uniform: row(batch.uniform),
    rate: tf.scalar(scalars.rate),
    epsilon: tf.scalar(scalars.epsilon),
  };
}

class EagerEmbedding implements EmbeddingSession {
  readonly #tf: TensorFlow;
  readonly #backend: BackendName;
  readonly #network: Network;
  readonly #weights: Record<string, Tensor>;

  private constructor(tf: TensorFlow, backend: BackendName, network: Network, weights: Record<string, Tensor>) {
    this.#tf = tf;
    this.#backend = backend;
    this.#network = network;
    this.#weights = weights;
  }

  static async start(tf: TensorFlow, backend: BackendName, network: Network, folded: Arrays): Promise<EagerEmbedding> {
    await useBackend(tf, backend);
    const tensors: Record<string, Tensor> = {};
    for (const { name, shape } of everything(network)) {
      const values = folded[name];
      if (values !== undefined) tensors[name] = tf.tensor(values.slice(), [...shape]);
    }
    return new EagerEmbedding(tf, backend, network, tensors);
  }

  async embed(images: Uint8Array, count: number): Promise<Float32Array> {
    const tf = this.#tf;
    await useBackend(tf, this.#backend);
    const { height, width } = this.#network.input;
    const embedding = tf.tidy(() => {
      const batch: Tensor4D = tf.tensor4d(Float32Array.from(images), [count, height, width, 3]);
      return forwardInference(tf, this.#network, this.#weights, batch);
    });
    const values = (embedding.dataSync() as Float32Array).slice();
    embedding.dispose();
    return values;
  }

  async dispose(): Promise<void> {
    await useBackend(this.#tf, this.#backend);
    this.#tf.dispose(this.#weights);
  }
}
