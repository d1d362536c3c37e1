import type { OpenWorkers } from '../project/workers.js';

/** Of commands that ask what a stage needs of the machine that does its work. */
export interface PlaceOptions {
  /** Where stages run; on this machine if it is not given. */
  readonly on?: 'slurm';
}

/** What every command that reads an experiment understands. */
export interface ExperimentOptions {
  readonly profile?: string;
  readonly set?: readonly string[];
  /** Replicates more than the experiment says: `--until decided` adds one a round. */
  readonly added?: number;
  readonly cache?: string;
  readonly json?: boolean;
  /** Commands and modules of an experiment that came in a bundle may run. */
  readonly trust?: boolean;
  /** The command executes nothing, not even to learn versions of tools. */
  readonly executesNothing?: boolean;
  /** Who does the work; child processes, where it is not said. No option of the command line. */
  readonly openWorkers?: OpenWorkers;
}
