/** What every command that reads an experiment understands. */
export interface ExperimentOptions {
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly cache?: string;
  readonly json?: boolean;
}
