import type { Place } from '../../foundation/failures/diagnostic.js';
import type { JsonObject } from '../../foundation/values/json.js';
import type { Value } from '../../foundation/schema/schema.js';
import type { slurmSchema } from '../schemas/experiment-schema.js';
import type { AnyStageKind, Resources } from '../stage.js';

/** An experiment with everything said: parameters and profile filled in, matrices and replicates expanded, references tied. */
export interface Graph {
  readonly name: string;
  readonly title: string;
  /** The experiment file, as the user named it. */
  readonly file: string;
  readonly profile: string;
  /** The experiment's parameters after profile and `--set`, canonical: what reports and explanations name. */
  readonly parameters: JsonObject;
  /** Every stage after those it reads. */
  readonly stages: readonly StageNode[];
  /** The `report` section, validated (engine/schemas/report-section.ts). */
  readonly report: JsonObject | undefined;
  /** What jobs on a Slurm cluster ask for; no part of any key. */
  readonly slurm?: SlurmSettings;
}

/** As the YAML has them; `time` in seconds. */
export type SlurmSettings = Value<typeof slurmSchema>;

export interface StageNode {
  /** Unique: the stage's name, with its matrix and replicate coordinates: `verify-front[model=pretrain-front,benchmark=lfw]`. */
  readonly id: string;
  /** As in the YAML. */
  readonly name: string;
  /** Matrix axes and `replicate`, in the order of the YAML. */
  readonly coordinates: Readonly<Record<string, string>>;
  readonly kind: AnyStageKind;
  /**
   * The resolved `with`, defaults filled in, quantities canonical. In place of a stage stands `{ "stage": id }` (with
   * `"file"` where one file of it was named), in place of an external input `{ "external": name of the file }`.
   */
  readonly parameters: JsonObject;
  readonly inputs: readonly StageInput[];
  readonly externals: readonly ExternalInput[];
  readonly settings: StageSettings;
  readonly place: Place;
  /** Where the value at a JSON pointer into `parameters` was written; the stage's own place where it has none. */
  readonly placeOf: (pointer: string) => Place;
  /** The value at a JSON pointer as the YAML has it (`35 deg`); undefined where a default filled it in. */
  readonly writtenAs: (pointer: string) => string | undefined;
}

export interface StageInput {
  /** JSON pointer into `parameters`: `/data`, `/data/0`. */
  readonly pointer: string;
  /** Id of the stage it reads. */
  readonly stage: string;
  /** The one file of that stage it reads, if named. */
  readonly file?: string;
}

export interface ExternalInput {
  readonly pointer: string;
  /** Absolute. */
  readonly path: string;
  readonly shape: 'file' | 'folder';
  /** What it is and where one gets it. */
  readonly obtain?: string;
  /** There is nothing at the path (empty where none is named): the stage can be planned, not run. */
  readonly missing?: boolean;
}

/** What an experiment may say of how a stage runs. No part of any key. */
export interface StageSettings {
  readonly resources?: Partial<Resources> & {
    /** Bytes: how far the memory is raised where it was not enough. */
    readonly 'memory-at-most'?: number;
  };
  /** Seconds. */
  readonly timeout?: number;
  /** How often a failed run is tried again. Default 0. */
  readonly retries?: number;
}
