import type { AnyStageKind } from '../engine/stage.js';
import { command } from './command.js';

/** Every stage kind that `fx` brings. Their modules are light; what does the work loads when a stage runs. */
export const builtInKinds: readonly AnyStageKind[] = [command];
