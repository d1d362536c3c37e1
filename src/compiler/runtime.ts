import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as onnxruntime from 'onnxruntime-node';
import { failure } from '../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../foundation/failures/result.js';
import type { CompilerDiagnostic } from './diagnostic.js';
import { GraphBuilder } from './onnx/builder.js';
import { encodeModel } from './onnx/encode.js';
import type { OnnxModel } from './onnx/model.js';
import { withoutShapes } from './onnx/peak.js';
import { findDevice, refusalWords } from './devices/device.js';
import type { MapLayout } from './lowering/lowering.js';

/** What `onnxruntime-node` and `onnxruntime-web` have in common. */
export type OnnxRuntime = Pick<typeof onnxruntime, 'InferenceSession' | 'Tensor'>;
export type Session = onnxruntime.InferenceSession;
export type RuntimeName = 'native' | 'exact' | 'gpu';

export interface Runtime {
  readonly name: RuntimeName;
  /** A session for the model, and the package whose tensors it takes. */
  open(model: OnnxModel, use: Use, held?: Held): Promise<Result<OpenSession, readonly CompilerDiagnostic[]>>;
  /** The layout of maps in which it is fastest. */
  layout(use?: Use): Promise<MapLayout>;
}

/**
 * `training`: every operator as it stands. Our lowering has done what can be done for a training step, and ONNX Runtime's own
 * optimiser takes seconds over its thousands of nodes and moves transposes to where they cost more.
 * `inference`: the weights do not change, so folding them, fusing and blocking for this processor pays.
 */
export type Use = 'training' | 'inference';

/** Outputs that are wanted as inputs of the next run: they stay on the device where the runtime can leave them there. */
export type Held = readonly string[];

export interface OpenSession {
  readonly session: Session;
  readonly onnx: OnnxRuntime;
  /** It writes a result into the tensor that a run names for it; the others make a new one. */
  readonly writesInto?: boolean;
  /** The values of tensors that were held on the device; there where outputs are. */
  readonly fetch?: (tensors: Tensors) => Promise<Tensors>;
}

export type Tensors = Readonly<Record<string, onnxruntime.Tensor>>;

export interface RuntimeOptions {
  /** Defaults to the processors of this machine. In WebAssembly the first session of a process decides for all. */
  readonly threads?: number;
  /** Where to write the runtime's own profile of each node, for those who tune the lowering. */
  readonly profile?: string;
}

export function runtime(name: RuntimeName, options: RuntimeOptions = {}): Runtime {
  const opened: Record<RuntimeName, Runtime['open']> = {
    // Blocked channels are our lowering's; 'all' would put a local response normalisation's single channel into blocks, too.
    native: (model, use) => openNative(model, use, sessionOptions(options, use, 'extended')),
    exact: (model, use) => openExact(model, use, sessionOptions(options, use)),
    gpu: (model, use, held) => openGpu(model, sessionOptions(options, use), held),
  };
  return { name, open: opened[name], layout: LAYOUTS[name] };
}

const LAYOUTS: Record<RuntimeName, Runtime['layout']> = {
  native: nativeLayout,
  // Its convolutions are slower than its matrix products, and have no blocks.
  exact: () => Promise.resolve({ kind: 'positions-first' }),
  gpu: deviceLayout,
};

/**
 * Microseconds for which a thread without work looks for some before it sleeps. A step's nodes follow one another at less; ONNX
 * Runtime's own choice, a millisecond, takes the processor from whatever else the machine has to do (docs/decisions/0250).
 */
const SPIN = '100';

type Settings = onnxruntime.InferenceSession.SessionOptions & { readonly intraOpNumThreads: number };

function sessionOptions(
  { threads = availableParallelism(), profile }: RuntimeOptions,
  use: Use,
  optimisation: 'extended' | 'all' = 'all',
): Settings {
  return {
    graphOptimizationLevel: use === 'inference' ? optimisation : 'disabled',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // One block for all values, planned in advance, would come on top of what the first run took: twice the memory.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}

/** Nothing of a training step is planned beforehand (docs/decisions/0127). An optimiser needs the shapes. */
function encodeFor(use: Use, model: OnnxModel): Uint8Array {
  return encodeModel(use === 'training' ? withoutShapes(model) : model);
}

async function openNative(model: OnnxModel, use: Use, settings: Settings): Promise<Result<OpenSession, never>> {
  const onnx = await import('onnxruntime-node');
  const extra = { session: { intra_op: { spin_duration_us: SPIN } } };
  const session = await onnx.InferenceSession.create(encodeFor(use, model), { ...settings, extra });
  return ok({ session, onnx, writesInto: true });
}

let blocked: Promise<MapLayout> | undefined;

/**
 * Training: positions first, since batched products and minimal filtering take a fifth less than convolutions in blocks
 * (docs/decisions/0250). Inference: blocked where the runtime has such convolutions for this processor (NCHWc), looked at once a
 * process.
 */
function nativeLayout(use: Use = 'training'): Promise<MapLayout> {
  if (use === 'training') return Promise.resolve({ kind: 'positions-first' });
  blocked ??= findBlock().then((channels) =>
    channels === undefined ? { kind: 'channels-first' } : { kind: 'blocked', channels },
  );
  return blocked;
}

/** Channels in a block, found by looking at where a reordering puts them. */
async function findBlock(): Promise<number | undefined> {
  const shape = [1, 64, 1, 2];
  const builder = new GraphBuilder();
  const input = builder.input('x', 'float32', shape);
  const y = builder.add('ReorderInput', [input], shape, { domain: 'com.microsoft.nchwc' });
  try {
    const open = await openNative(
      builder.build('block', { y }),
      'training',
      sessionOptions({ threads: 1 }, 'training'),
    );
    if (!open.ok) return undefined;
    const { session, onnx } = open.value;
    // Channel c at position p counts 2 c + p, so the second position's first channel, 1, follows a whole block.
    const data = Float32Array.from({ length: 128 }, (_, i) => i);
    const results = await session.run({ x: new onnx.Tensor('float32', data, shape) });
    const at = (results.y!.data as Float32Array).indexOf(1);
    await session.release();
    return at > 1 ? at : undefined;
  } catch {
    return undefined; // No such operator in this build or on this processor.
  }
}

/**
 * The products of a convolution by minimal filtering come in sixteen or more at once. With at most as many threads none of them
 * is divided, so that their bits do not depend on the number of threads.
 */
const MOST_THREADS = 16;

/**
 * ONNX Runtime in WebAssembly: IEEE 754 arithmetic in an order that its code and the model alone decide, so the bits do
 * not depend on the machine. (The package's build uses fixed-width SIMD only; relaxed SIMD would break this.)
 */
async function openExact(model: OnnxModel, use: Use, settings: Settings): Promise<Result<OpenSession, never>> {
  const onnx = await import('onnxruntime-web');
  const entry = createRequire(import.meta.url).resolve('onnxruntime-web');
  onnx.env.wasm.wasmPaths = `${pathToFileURL(dirname(entry)).href}/`;
  onnx.env.wasm.numThreads = Math.min(MOST_THREADS, settings.intraOpNumThreads);
  const session = await onnx.InferenceSession.create(encodeFor(use, model), settings);
  return ok({ session, onnx: onnx });
}

/** Buffers that a shader has at its disposal on every WebGPU device; a node with more results fails. */
const WEBGPU_BUFFERS = 8;

/**
 * WebGPU's pooling does not tell the places of its maxima, and there is no scattering with sums: positions first need neither. The
 * other devices have convolutions for channels first.
 */
async function deviceLayout(use: Use = 'training'): Promise<MapLayout> {
  const device = (await findDevice()).found[0];
  return device?.provider === 'webgpu' && use === 'training'
    ? { kind: 'positions-first', mostOutputs: WEBGPU_BUFFERS - 1, wrongThreefold: true, noTransposedProducts: true }
    : { kind: 'channels-first', wrongThreefold: device?.provider === 'webgpu' };
}

async function openGpu(
  model: OnnxModel,
  settings: Settings,
  held: Held = [],
): Promise<Result<OpenSession, readonly CompilerDiagnostic[]>> {
  const { found, refused } = await findDevice();
  const device = found[0];
  if (device === undefined) {
    return fail(
      failure(
        'compiler/runtime-absent',
        `the engine gpu found no device that ONNX Runtime can use (${refusalWords(refused)})`,
        "install a GPU's driver (fx doctor says what is missing), or choose the engine native or exact",
      ),
    );
  }
  const onnx = await import('onnxruntime-node');
  const { provider } = device;
  // Outputs on the device are known to WebGPU alone.
  const stays = provider === 'webgpu' && held.length > 0;
  const locations = Object.fromEntries(
    model.graph.outputs.map(({ name }) => [name, held.includes(name) ? 'gpu-buffer' : 'cpu'] as const),
  );
  const session = await onnx.InferenceSession.create(encodeModel(model), {
    ...settings,
    executionProviders: [provider],
    ...(stays ? { preferredOutputLocation: locations } : {}),
  });
  if (!stays) return ok({ session, onnx });
  const fetch = async (tensors: Tensors): Promise<Tensors> => {
    const reader = await onnx.InferenceSession.create(encodeModel(copies(tensors)), {
      executionProviders: [provider],
      graphOptimizationLevel: 'disabled',
    });
    const values = await reader.run(
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [HELD_PREFIX + name, tensor])),
    );
    await reader.release();
    return values;
  };
  return ok({ session, onnx, fetch });
}

const HELD_PREFIX = 'held.';

/** A model that gives back its inputs: the package has no other way to read what lies on the device. */
function copies(tensors: Tensors): OnnxModel {
  const builder = new GraphBuilder();
  const values = Object.entries(tensors).map(([name, { dims }]) => {
    return [name, builder.input(HELD_PREFIX + name, 'float32', dims)] as const;
  });
  return builder.build('copies', Object.fromEntries(values));
}
