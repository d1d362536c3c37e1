import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as onnxruntime from 'onnxruntime-node';
import { failure } from '../../../../foundation/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/result.js';
import type { LearningDiagnostic } from '../../diagnostic.js';
import { encodeModel } from '../../onnx/encode.js';
import type { OnnxModel } from '../../onnx/model.js';

/** What `onnxruntime-node` and `onnxruntime-web` have in common. */
export type OnnxRuntime = Pick<typeof onnxruntime, 'InferenceSession' | 'Tensor'>;
export type Session = onnxruntime.InferenceSession;
export type RuntimeName = 'native' | 'exact' | 'gpu';

export interface Runtime {
  readonly name: RuntimeName;
  /** A session for the model, and the package whose tensors it takes. */
  open(model: OnnxModel): Promise<Result<OpenSession, readonly LearningDiagnostic[]>>;
}

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
    native: (model) => openNative(model, options),
    exact: (model) => openExact(model, options),
    gpu: (model) => openGpu(model, options),
  };
  return { name, open: opened[name] };
}

function sessionOptions({ threads, profile }: RuntimeOptions): onnxruntime.InferenceSession.SessionOptions {
  return {
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}

async function openNative(model: OnnxModel, options: RuntimeOptions): Promise<Result<OpenSession, never>> {
  const onnx = await import('onnxruntime-node');
  const session = await onnx.InferenceSession.create(encodeModel(model), sessionOptions(options));
  return ok({ session, onnx });
}

/**
 * ONNX Runtime in WebAssembly: IEEE 754 arithmetic in an order that its code and the model alone decide, so the bits do
 * not depend on the machine. (The package's build uses fixed-width SIMD only; relaxed SIMD would break this.)
 */
async function openExact(model: OnnxModel, options: RuntimeOptions): Promise<Result<OpenSession, never>> {
  const onnx = await import('onnxruntime-web');
  const entry = createRequire(import.meta.url).resolve('onnxruntime-web');
  onnx.env.wasm.wasmPaths = `${pathToFileURL(dirname(entry)).href}/`;
  onnx.env.wasm.numThreads = options.threads ?? availableParallelism();
  const session = await onnx.InferenceSession.create(encodeModel(model), sessionOptions(options));
  return ok({ session, onnx: onnx });
}

/** Providers that compute on a device other than the processor, the fastest first. */
const DEVICES = ['cuda', 'coreml', 'dml', 'webgpu'] as const;

async function openGpu(
  model: OnnxModel,
  options: RuntimeOptions,
): Promise<Result<OpenSession, readonly LearningDiagnostic[]>> {
  const onnx = await import('onnxruntime-node');
  const present = new Set(onnx.listSupportedBackends().map(({ name }) => name));
  const bytes = encodeModel(model);
  const reasons: string[] = [];
  for (const device of DEVICES.filter((name) => present.has(name))) {
    try {
      const settings = { ...sessionOptions(options), executionProviders: [device] };
      return ok({ session: await onnx.InferenceSession.create(bytes, settings), onnx });
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
