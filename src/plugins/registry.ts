import type { AnyStageKind, VariedKind } from '../engine/stage.js';
import type { MachineFact } from '../foundation/machine/machine-fact.js';
import { benchmarksProtocol } from './recognition/kinds/benchmarks/protocol.js';
import { benchmarksVerify } from './recognition/kinds/benchmarks/verify.js';
import { command } from './command/kind.js';
import { datasetsImport } from './recognition/kinds/datasets/import.js';
import { facesGenerate } from './recognition/kinds/faces/generate.js';
import { facesGenerateGl, facesVariant } from './recognition/kinds/faces/generate-gl.js';
import { learningEmbed } from './recognition/kinds/learning/embed.js';
import { learningPixels } from './recognition/kinds/learning/pixels.js';
import { learningTrain } from './recognition/kinds/learning/train.js';
import { standinCasia } from './recognition/kinds/standin/casia.js';
import { standinIjba } from './recognition/kinds/standin/ijba.js';
import { standinLfw } from './recognition/kinds/standin/lfw.js';
import { standinMultiPie } from './recognition/kinds/standin/multipie.js';

const faces: VariedKind = { ...facesGenerate, variant: facesVariant };

/** Every stage kind that `fx` brings. Their modules are light; what does the work loads when a stage runs. */
export const builtInKinds: readonly AnyStageKind[] = [
  benchmarksProtocol,
  benchmarksVerify,
  command,
  datasetsImport,
  faces,
  learningEmbed,
  learningPixels,
  learningTrain,
  standinCasia,
  standinIjba,
  standinLfw,
  standinMultiPie,
];

/** What some parameters of those ask for. An experiment cannot name them. */
export const variants: readonly AnyStageKind[] = [facesGenerateGl];

/** What this machine has of what those kinds can use, for `fx doctor`. */
export async function machineFacts(): Promise<readonly MachineFact[]> {
  return (await import('./recognition/machine-facts.js')).machineFacts();
}
