import type { ValueCode } from '../values/codes.js';

export type ExperimentCode =
  | ValueCode
  | 'experiment/unsupported-version'
  | 'experiment/unknown-profile'
  | 'experiment/no-profile'
  | 'experiment/unknown-parameter'
  | 'experiment/near-setting'
  | 'experiment/name-taken'
  | 'experiment/reference-loop';
