import type { AnyStageKind } from '../engine/stage.js';
import { benchmarksProtocol } from './benchmarks/protocol.js';
import { benchmarksVerify } from './benchmarks/verify.js';
import { command } from './command.js';
import { datasetsImport } from './datasets/import.js';
import { facesGenerate } from './faces/generate.js';
import { learningEmbed } from './learning/embed.js';
import { learningTrain } from './learning/train.js';
import { standinCasia } from './standin/casia.js';
import { standinIjba } from './standin/ijba.js';
import { standinLfw } from './standin/lfw.js';
import { standinMultiPie } from './standin/multipie.js';

/** Every stage kind that `fx` brings. Their modules are light; what does the work loads when a stage runs. */
export const builtInKinds: readonly AnyStageKind[] = [
  benchmarksProtocol,
  benchmarksVerify,
  command,
  datasetsImport,
  facesGenerate,
  learningEmbed,
  learningTrain,
  standinCasia,
  standinIjba,
  standinLfw,
  standinMultiPie,
];
