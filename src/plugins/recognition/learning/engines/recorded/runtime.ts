import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as onnxruntime from 'onnxruntime-node';
import { failure } from '../../../../../foundation/diagnostic.js';
import { fail, ok, type Result } from '../../../../../foundation/result.js';
import type { LearningDiagnostic } from '../../diagnostic.js';
import { GraphBuilder } from '../../onnx/builder.js';
import { encodeModel } from '../../onnx/encode.js';
import type { OnnxModel } from '../../onnx/model.js';
import type { MapLayout } from './lowering.js';

/** What `onnxruntime-node` and `onnxruntime-web` have in common. */
export type OnnxRuntime = Pick<typeof onnxruntime, 'InferenceSession' | 'Tensor'>;
export type Session = onnxruntime.InferenceSession;
export type RuntimeName = 'native' | 'exact' | 'gpu';

export interface Runtime {
  readonly name: RuntimeName;
  /** A session for the model, and the package whose tensors it takes. */
  open(model: OnnxModel, use: Use): Promise<Result<OpenSession, readonly LearningDiagnostic[]>>;
  /** The layout of maps in which it is fastest. */
  layout(): Promise<MapLayout>;
}

/**
 * `training`: every operator as it stands. Our lowering has done what can be done for a training step, and ONNX Runtime's own
 * optimiser takes seconds over its thousands of nodes and moves transposes to where they cost more.
 * `inference`: the weights do not change, so folding them, fusing and blocking for this processor pays.
 */
export type Use = 'training' | 'inference';

export interface OpenSession {
  readonly session: Session;
  readonly onnx: OnnxRuntime;
}

export interface RuntimeOptions {
  /** Defaults to the processors of this machine. In WebAssembly the first session of a process decides for all. */
  readonly threads?: number;
  /** Where to write the runtime's own profile of each node, for those who tune the lowering. */
  readonly profile?: string;
}

export function runtime(name: RuntimeName, options: RuntimeOptions = {}): Runtime {
  const opened: Record<RuntimeName, Runtime['open']> = {
    // Blocked channels are our lowering's; 'all' would put a local response normalisation's single channel into blocks, too.
    native: (model, use) => openNative(model, sessionOptions(options, use, 'extended')),
    exact: (model, use) => openExact(model, sessionOptions(options, use)),
    gpu: (model, use) => openGpu(model, sessionOptions(options, use)),
  };
  return { name, open: opened[name], layout: LAYOUTS[name] };
}

const LAYOUTS: Record<RuntimeName, Runtime['layout']> = {
  native: nativeLayout,
  // Its convolutions are slower than its matrix products, and have no blocks.
  exact: () => Promise.resolve({ kind: 'positions-first' }),
  gpu: () => Promise.resolve({ kind: 'channels-first' }),
};

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

async function openNative(model: OnnxModel, settings: Settings): Promise<Result<OpenSession, never>> {
  const onnx = await import('onnxruntime-node');
  const session = await onnx.InferenceSession.create(encodeModel(model), settings);
  return ok({ session, onnx });
}

let blocked: Promise<MapLayout> | undefined;

/** Blocked where the runtime has such convolutions for this processor (NCHWc): looked at once a process. */
function nativeLayout(): Promise<MapLayout> {
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
    const open = await openNative(builder.build('block', { y }), sessionOptions({ threads: 1 }, 'training'));
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
async function openExact(model: OnnxModel, settings: Settings): Promise<Result<OpenSession, never>> {
  const onnx = await import('onnxruntime-web');
  const entry = createRequire(import.meta.url).resolve('onnxruntime-web');
  onnx.env.wasm.wasmPaths = `${pathToFileURL(dirname(entry)).href}/`;
  onnx.env.wasm.numThreads = Math.min(MOST_THREADS, settings.intraOpNumThreads);
  const session = await onnx.InferenceSession.create(encodeModel(model), settings);
  return ok({ session, onnx: onnx });
}

/** Providers that compute on a device other than the processor, the fastest first. */
const DEVICES = ['cuda', 'coreml', 'dml', 'webgpu'] as const;

async function openGpu(
  model: OnnxModel,
  settings: Settings,
): Promise<Result<OpenSession, readonly LearningDiagnostic[]>> {
  const onnx = await import('onnxruntime-node');
  const present = new Set(onnx.listSupportedBackends().map(({ name }) => name));
  const bytes = encodeModel(model);
  const reasons: string[] = [];
  for (const device of DEVICES.filter((name) => present.has(name))) {
    try {
      const session = await onnx.InferenceSession.create(bytes, { ...settings, executionProviders: [device] });
      return ok({ session, onnx });
    } catch (error) {
      reasons.push(`${device}: ${String(error).split('\n')[0]}`);
    }
  }
  const tried = reasons.length === 0 ? 'this build of onnxruntime-node has none' : reasons.join('; ');
  return fail(
    failure(
      'learning/engine-absent',
      `the engine gpu found no device that ONNX Runtime can use (${tried})`,
      "install a GPU's driver and onnxruntime-node's libraries for it, or choose native or exact",
    ),
  );
}
