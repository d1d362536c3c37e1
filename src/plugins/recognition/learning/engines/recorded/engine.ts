import { err, ok, type Result } from '../../../../../foundation/failures/result.js';
import type { LearningDiagnostic } from '../../diagnostic.js';
import type { Model } from '../../checkpoint/model.js';
import { foldBatchNormalisation } from '../../network/folding.js';
import { forwardInference } from '../../network/forward.js';
import type { Network } from '../../network/network.js';
import { everything, sizeOf, type Arrays } from '../../network/parameters.js';
import { encodeModel } from '../../../../../compiler/onnx/encode.js';
import type { OnnxModel, OnnxValue } from '../../../../../compiler/onnx/model.js';
import { ORT_ARENA, WASM_HEAP } from '../../../../../compiler/onnx/arena.js';
import { heldBytes, runBytes } from '../../../../../compiler/onnx/peak.js';
import { judgeDeviceMemory, judgeMemory, type Needed } from '../../step/memory.js';
import { loadTensorFlow, type Tensor4D } from '../../../../../compiler/tensorflow.js';
import { stateEntries, type StateEntry, type StepRecipe } from '../../step/recipe.js';
import { METRICS, trainStep, type BatchTensors, type MetricName, type BatchShape } from '../../step/step.js';
import type { Batch } from '../../batches/batch.js';
import type { EmbeddingSession, Engine, StepMetrics, StepScalars, TrainingSession } from '../engine.js';
import { findDevice, refusesHalf, type Device } from '../../../../../compiler/devices/device.js';
import { lower } from '../../../../../compiler/lowering/lower.js';
import type { MapLayout } from '../../../../../compiler/lowering/lowering.js';
import { record } from '../../../../../compiler/tape/record.js';
import { runtime, type OpenSession, type RuntimeName, type RuntimeOptions } from '../../../../../compiler/runtime.js';

/**
 * One training step, or one embedding, recorded from TensorFlow.js and run as one ONNX graph: `native` by ONNX Runtime's
 * own code for this processor, `exact` by its WebAssembly, with the same bits everywhere, `gpu` on what device there is.
 */
export function recordedEngine(name: RuntimeName, options: RuntimeOptions = {}): Engine {
  const host = runtime(name, options);
  return {
    name,
    reproducible: name === 'exact',
    ...(name === 'exact' ? { addressable: 2 ** 32 } : {}),
    async prepareTraining(network, recipe, shape, state, memory) {
      const model = await trainingModel(network, recipe, shape, await host.layout('training'));
      if (!model.ok) return model;
      const limit = name === 'exact' ? { name, addressable: 2 ** 32 } : { name };
      const device = name === 'gpu' ? (await findDevice()).found[0] : undefined;
      if (device !== undefined && recipe.precision === 'half') {
        const lacks = await refusesHalf(device);
        if (lacks !== undefined) return err([lacks]);
      }
      const needed = trainingMemory(name, model.value, device);
      const wrong = judgeMemory(limit, network, shape, needed, memory);
      if (device !== undefined) wrong.push(...judgeDeviceMemory(network, shape, needed, device.memory));
      if (wrong.length > 0) return err(wrong);
      const entries = stateEntries(network, recipe);
      const held = entries.filter(({ changes }) => changes).map((entry) => NEXT_PREFIX + entry.name);
      const open = await host.open(model.value, 'training', held);
      return open.ok ? ok(new RecordedTraining(open.value, network, recipe, shape, state)) : open;
    },
    async prepareEmbedding(network, folded) {
      const model = await embeddingModel(network, folded, BLOCK, await host.layout('inference'));
      if (!model.ok) return model;
      const open = await host.open(model.value, 'inference');
      return open.ok ? ok(new RecordedEmbedding(open.value, network)) : open;
    },
  };
}

/**
 * Bytes that a process takes at most to train by a model, within 10 % of what was measured (docs/decisions/0127): what Node.js,
 * the recording and the runtime hold by themselves; what the runtime's allocator takes for the values; the state before and
 * after a step, and as it was at first. `exact` has the state in its heap, too, and leaves one behind at each step that waits
 * for the garbage collector.
 *
 * A device holds the values and the state, and the process a copy of the state; all is the process's where the device has no memory
 * of its own that is known of.
 */
export function trainingMemory(name: RuntimeName, model: OnnxModel, device?: Device): Needed {
  const { values, inputs, outputs, constants } = runBytes(model);
  const { length } = model.graph.nodes;
  if (device !== undefined) {
    const needed = POOLED * values + inputs + outputs + constants;
    const process = 120 * MIB + 20 * 2 ** 10 * length + DRIVER + inputs + outputs;
    return { process: process + (device.memory === undefined ? needed : 0), addressed: 0, device: needed };
  }
  const base = BASE * MIB + NODE * length + inputs + outputs + constants;
  if (name !== 'exact') {
    const left = outputs + Math.min(outputs, GARBAGE * MIB);
    return { process: base + left + heldBytes(model, ORT_ARENA, 'between'), addressed: 0 };
  }
  const heap = HEAP * MIB + heldBytes(model, WASM_HEAP, 'all') + constants;
  return { process: base + WASM * MIB + Math.max(outputs, GARBAGE * MIB) + heap, addressed: heap };
}

const MIB = 2 ** 20;
/** Of Node.js and all that it has loaded, as measured: MiB, and bytes for each node of the model. */
const BASE = 147;
const NODE = 9 * 2 ** 10;
/** Of WebAssembly's compiled code and threads, and of its heap with a session and no values, as measured: MiB. */
const WASM = 73;
const HEAP = 27;
/** Of arrays that nobody needs any more, before Node.js looks for such or the system has them back, as measured: MiB. */
const GARBAGE = 56;

/** A device's buffers are kept for later values of about their size: bytes held by bytes alive, as measured (docs/decisions/0170). */
const POOLED = 4;
/** Of a graphics driver and the programs that it compiles, as measured. */
const DRIVER = 340 * 2 ** 20;

/** Inputs of the training model beside the state, whose names are those of `stateEntries`. */
const BATCH_PREFIX = 'batch.';
const ZERO = 'zero';
const METRIC_PREFIX = 'metric.';
/** ONNX has one scope for all names, so an output is not called as the input it follows. */
const NEXT_PREFIX = 'next.';

/** One training step as an ONNX model: the state, `batch.images`, ... in; `next.<entry>` of the state
 * that changes and `metric.loss`, ... out. */
export async function trainingModel(
  network: Network,
  recipe: StepRecipe,
  { images, pairs }: BatchShape,
  layout?: MapLayout,
): Promise<Result<OnnxModel, readonly LearningDiagnostic[]>> {
  const tf = await loadTensorFlow();
  const { height, width } = network.input;
  const half = recipe.precision === 'half';
  const batch = {
    images: { shape: [images, height, width, 3] },
    identity: { shape: [images] },
    anchor: { shape: [pairs] },
    positive: { shape: [pairs] },
    pair: { shape: [pairs] },
    uniform: { shape: [pairs] },
    rate: { shape: [] },
    epsilon: { shape: [] },
    ...(half ? { scale: { shape: [] } } : {}),
  };
  const entries = stateEntries(network, recipe);
  const graph = await record(
    tf,
    {
      ...Object.fromEntries(entries.map(({ name, shape }) => [name, { shape }])),
      ...Object.fromEntries(Object.entries(batch).map(([name, spec]) => [BATCH_PREFIX + name, spec])),
    },
    (tensors) => {
      const fields = Object.fromEntries(Object.keys(batch).map((name) => [name, tensors[BATCH_PREFIX + name]!]));
      const { state, metrics } = trainStep(tf, network, recipe, tensors, fields as unknown as BatchTensors);
      const named = Object.entries(metrics).map(([name, tensor]) => [METRIC_PREFIX + name, tensor] as const);
      const next = Object.entries(state).map(([name, tensor]) => [NEXT_PREFIX + name, tensor] as const);
      return Object.fromEntries([...next, ...named]);
    },
  );
  return graph.ok
    ? ok(
        lower(tf, graph.value, {
          name: `${network.name} training`,
          bytes: [`${BATCH_PREFIX}images`],
          zero: ZERO,
          half,
          ...(layout && { layout }),
        }),
      )
    : graph;
}

type OnnxTensor = InstanceType<OpenSession['onnx']['Tensor']>;
type OnnxTensors = Record<string, OnnxTensor>;

class RecordedTraining implements TrainingSession {
  readonly #open: OpenSession;
  readonly #network: Network;
  readonly #entries: readonly StateEntry[];
  readonly #isHalf: boolean;
  readonly #shape: BatchShape;
  #state: OnnxTensors;
  /** Where the next state is written, where the runtime can: otherwise each step makes one and leaves one behind. */
  #spare: OnnxTensors | undefined;

  constructor(open: OpenSession, network: Network, recipe: StepRecipe, shape: BatchShape, state: Arrays) {
    this.#open = open;
    this.#network = network;
    this.#entries = stateEntries(network, recipe);
    this.#isHalf = recipe.precision === 'half';
    this.#shape = shape;
    this.#state = this.#tensors(state);
    if (open.writesInto) this.#spare = this.#tensors();
  }

  /** Copies of the arrays, or room for those that change. */
  #tensors(state?: Arrays): OnnxTensors {
    const { Tensor } = this.#open.onnx;
    const tensors = this.#entries
      .filter(({ changes }) => changes || state !== undefined)
      .map(({ name, shape }) => {
        const data = state === undefined ? new Float32Array(sizeOf(shape)) : state[name]!.slice();
        return [name, new Tensor('float32', data, shape)] as const;
      });
    return Object.fromEntries(tensors);
  }

  load(state: Arrays): Promise<void> {
    for (const tensor of Object.values(this.#state)) tensor.dispose();
    this.#state = this.#tensors(state);
    return Promise.resolve();
  }

  async step(batch: Batch, { rate, epsilon, scale }: StepScalars): Promise<StepMetrics> {
    const { Tensor } = this.#open.onnx;
    const { images, pairs } = this.#shape;
    const { height, width } = this.#network.input;
    const row = (values: Float32Array, length: number): OnnxTensor => new Tensor('float32', values, [length]);
    const scalar = (value: number): OnnxTensor => new Tensor('float32', Float32Array.of(value), []);
    const inputs: Partial<Record<keyof BatchTensors, OnnxTensor>> = {
      images: new Tensor('uint8', batch.images, [images, height, width, 3]),
      identity: row(batch.identity, images),
      anchor: row(batch.anchor, pairs),
      positive: row(batch.positive, pairs),
      pair: row(batch.pair, pairs),
      uniform: row(batch.uniform, pairs),
      rate: scalar(rate),
      epsilon: scalar(epsilon),
      ...(scale === undefined ? {} : { scale: scalar(scale) }),
    };
    const feeds: OnnxTensors = { ...this.#state, [ZERO]: new Tensor('int64', BigInt64Array.of(0n), [1]) };
    for (const [name, tensor] of Object.entries(inputs)) feeds[BATCH_PREFIX + name] = tensor;
    const results = await this.#open.session.run(feeds, this.#fetches());
    const metric = (name: MetricName): number => (results[METRIC_PREFIX + name]!.data as Float32Array)[0]!;
    const metrics = Object.fromEntries(METRICS.map((name) => [name, metric(name)])) as StepMetrics;
    const isKept = !this.#isHalf || Number.isFinite(metrics.gradientNorm);
    for (const { name, changes } of this.#entries) {
      if (!changes) continue;
      const before = this.#state[name]!;
      const next = results[NEXT_PREFIX + name]!;
      if (isKept) this.#state[name] = next;
      if (this.#spare === undefined) (isKept ? before : next).dispose();
      else this.#spare[name] = isKept ? before : next;
    }
    return metrics;
  }

  /** Every result, and where it is to be written if not into memory of its own. */
  #fetches(): Record<string, OnnxTensor | null> {
    const next = this.#entries.flatMap(({ name, changes }) =>
      changes ? [[NEXT_PREFIX + name, this.#spare?.[name] ?? null] as const] : [],
    );
    return Object.fromEntries([...next, ...METRICS.map((name) => [METRIC_PREFIX + name, null] as const)]);
  }

  async state(): Promise<Arrays> {
    const onDevice = Object.entries(this.#state).filter(([, { location }]) => location === 'gpu-buffer');
    const fetched = onDevice.length === 0 ? {} : await this.#open.fetch!(Object.fromEntries(onDevice));
    const tensors = Object.entries({ ...this.#state, ...fetched });
    return Object.fromEntries(tensors.map(([name, { data }]) => [name, (data as Float32Array).slice()]));
  }

  async dispose(): Promise<void> {
    for (const tensor of Object.values(this.#state)) tensor.dispose();
    await this.#open.session.release();
  }
}

/** Images that go through the network together: enough to fill the caches; the last block is filled up with black. */
const BLOCK = 32;

/** The network with its weights as an ONNX model: `images` [n, h, w, 3], bytes, to `embedding` [n, d]. */
export async function embeddingModel(
  network: Network,
  folded: Arrays,
  images: number,
  layout?: MapLayout,
): Promise<Result<OnnxModel, readonly LearningDiagnostic[]>> {
  const tf = await loadTensorFlow();
  const { height, width } = network.input;
  const weights = everything(network).filter(({ name }) => folded[name] !== undefined);
  const graph = await record(
    tf,
    {
      images: { shape: [images, height, width, 3] },
      ...Object.fromEntries(weights.map(({ name, shape }) => [name, { shape }])),
    },
    (tensors) => ({ embedding: forwardInference(tf, network, tensors, tensors.images as Tensor4D) }),
  );
  return graph.ok
    ? ok(lower(tf, graph.value, { name: network.name, bytes: ['images'], values: folded, ...(layout && { layout }) }))
    : graph;
}

/**
 * A trained network as the bytes of a `.onnx` file for anyone's runtime, in ONNX's own operators alone: `images`
 * [n, h, w, 3], bytes, RGB, to `embedding` [n, d], rows of unit length, for any n. It takes the model as it was trained, so
 * that nobody can export one whose batch normalisation is missing.
 */
export async function exportForward({
  network,
  weights,
}: Model): Promise<Result<Uint8Array, readonly LearningDiagnostic[]>> {
  // With as many images as outputs no product is turned, and no shape within the model knows the number of images.
  const folded = foldBatchNormalisation(network, weights);
  const model = await embeddingModel(network, folded, Math.max(network.embedding, 2));
  if (!model.ok) return model;
  const anyNumber = (value: OnnxValue): OnnxValue => ({ ...value, shape: ['n', ...value.shape.slice(1)] });
  const { graph, opsets } = model.value;
  const inputs = graph.inputs.map(anyNumber);
  return ok(encodeModel({ graph: { ...graph, inputs, outputs: graph.outputs.map(anyNumber) }, opsets }));
}

class RecordedEmbedding implements EmbeddingSession {
  readonly #open: OpenSession;
  readonly #network: Network;

  constructor(open: OpenSession, network: Network) {
    this.#open = open;
    this.#network = network;
  }

  async embed(images: Uint8Array, count: number): Promise<Float32Array> {
    const { input, embedding } = this.#network;
    const each = input.height * input.width * 3;
    const found = new Float32Array(count * embedding);
    for (let at = 0; at < count; at += BLOCK) {
      const there = images.subarray(at * each, Math.min(count, at + BLOCK) * each);
      const block = there.length === BLOCK * each ? there : new Uint8Array(BLOCK * each);
      if (block !== there) block.set(there);
      const feeds = { images: new this.#open.onnx.Tensor('uint8', block, [BLOCK, input.height, input.width, 3]) };
      const results = await this.#open.session.run(feeds);
      const rows = results.embedding!.data as Float32Array;
      found.set(rows.subarray(0, (count - at) * embedding), at * embedding);
    }
    return found;
  }

  async dispose(): Promise<void> {
    await this.#open.session.release();
  }
}
