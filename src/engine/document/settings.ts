import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { DocumentCode, Read } from './codes.js';
import type { Node, ScalarNode } from './node.js';
import type { Located, Source } from './source.js';

/**
 * Values given from outside of the experiment, by name. A later one of these wins over an earlier: the settings file
 * beside the project, the environment, the command line.
 */
export interface Settings {
  readonly values: ReadonlyMap<string, Setting>;
  readonly wrong: readonly Diagnostic<DocumentCode>[];
  readonly sources: readonly Source[];
}

export interface Setting {
  readonly name: string;
  readonly key: Located;
  /** As YAML, or why it is none. */
  readonly value: Read<Node>;
  /** As it was given on the command line or in the environment: what counts for a parameter that is text. */
  readonly text?: ScalarNode;
  /** Whether the user named this experiment with it: then an unknown name is an error. */
  readonly meant: boolean;
}

export const SETTINGS_FILE = 'fx.local.yaml';
/** `FX_SET_BFM=/data/bfm.h5` sets the parameter `bfm`; `FX_SET_REAL_DATA`, `real-data`. */
export const SETTING_VARIABLE = 'FX_SET_';
