import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { failure } from '../../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../../foundation/failures/result.js';
import type { LearningDiagnostic } from '../../diagnostic.js';
import { loadTensorFlow, type TensorFlow } from '../../../../../compiler/tensorflow.js';
import { registerWasmKernels } from './wasm-kernels.js';

/** TensorFlow.js backends that can be asked for by name. */
export const BACKENDS = ['cpu', 'wasm', 'tensorflow'] as const;
export type BackendName = (typeof BACKENDS)[number];

const loading = new Map<BackendName, Promise<Result<TensorFlow, readonly LearningDiagnostic[]>>>();

/** TensorFlow.js with that backend registered and ready. Fails, saying what to install, where the package is absent. */
export function loadBackend(name: BackendName): Promise<Result<TensorFlow, readonly LearningDiagnostic[]>> {
  let backend = loading.get(name);
  if (backend === undefined) {
    backend = load(name);
    loading.set(name, backend);
  }
  return backend;
}

/** Makes a backend the current one; what follows synchronously runs on it, even if others switch between awaits. */
export async function useBackend(tf: TensorFlow, name: BackendName): Promise<void> {
  while (tf.getBackend() !== name) {
    if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js can't start its backend ${name}`);
  }
}

async function load(name: BackendName): Promise<Result<TensorFlow, readonly LearningDiagnostic[]>> {
  const tf = await loadTensorFlow();
  switch (name) {
    case 'cpu':
      await import('@tensorflow/tfjs-backend-cpu');
      break;
    case 'wasm': {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
      setWasmPaths(`${dirname(entry)}/`);
      registerWasmKernels(tf);
      break;
    }
    case 'tensorflow': {
      const found = await importFirst(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
      if (!found) {
        return fail(
          failure(
            'learning/engine-absent',
            'the engine tfjs:tensorflow needs @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu, and neither loads here',
            'install one of them (npm install @tensorflow/tfjs-node-gpu), or choose tfjs:wasm, exact or native',
          ),
        );
      }
      break;
    }
  }
  await useBackend(tf, name);
  await tf.ready();
  return ok(tf);
}

/** Optional packages, of which the compiler must not know: their names are values. */
async function importFirst(packages: readonly string[]): Promise<boolean> {
  for (const name of packages) {
    try {
      await import(name);
      return true;
    } catch {
      // Absent, or present without its native library: the next one may do.
    }
  }
  return false;
}
