import type { Engine } from '../../learning/engines/engine.js';

export const ENGINE_NAMES = ['exact', 'native', 'gpu', 'tfjs:wasm', 'tfjs:cpu', 'tfjs:tensorflow'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Whether an engine gives the same bits on every machine, with any number of threads. */
export function isReproducible(name: EngineName): boolean {
  return name === 'exact' || name === 'tfjs:cpu' || name === 'tfjs:wasm';
}

/** @param threads of the runtime; no bit of `exact` depends on it */
export async function openEngine(name: EngineName, threads: number): Promise<Engine> {
  switch (name) {
    case 'exact':
    case 'native':
    case 'gpu': {
      const { recordedEngine } = await import('../../learning/engines/recorded/engine.js');
      return recordedEngine(name, { threads });
    }
    case 'tfjs:wasm':
    case 'tfjs:cpu':
    case 'tfjs:tensorflow': {
      const { eagerEngine } = await import('../../learning/engines/eager/engine.js');
      return eagerEngine(name.slice(5) as 'wasm' | 'cpu' | 'tensorflow');
    }
  }
}
