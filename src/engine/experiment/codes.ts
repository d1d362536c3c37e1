import type { ValueCode } from '../values/codes.js';

export type ExperimentCode =
  | ValueCode
  | 'experiment/unsupported-version'
  | 'experiment/extends-missing'
  | 'experiment/extends-outside'
  | 'experiment/extends-loop'
  | 'experiment/unknown-profile'
  | 'experiment/no-profile'
  | 'experiment/bad-setting'
  | 'experiment/unknown-parameter'
  | 'experiment/near-setting'
  | 'experiment/name-taken'
  | 'experiment/reference-loop';
