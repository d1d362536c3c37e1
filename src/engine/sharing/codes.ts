import type { RemoteCode } from '../artifacts/store.js';

/** Everything that sharing results can complain of. */
export type SharingCode =
  | RemoteCode
  | 'lock/missing'
  | 'lock/unreadable'
  | 'lock/unwritable'
  | 'verify/no-lock'
  | 'verify/unlocked-stage'
  | 'verify/stale-stage'
  | 'verify/changed-code'
  | 'verify/changed-parameters'
  | 'verify/changed-inputs'
  | 'verify/changed-environment'
  | 'verify/changed-key'
  | 'verify/no-result'
  | 'verify/other-result'
  | 'verify/other-report'
  | 'verify/other-bits'
  | 'verify/other-metrics'
  | 'verify/not-recomputed'
  | 'remote/bad-address'
  | 'remote/no-room'
  | 'remote/read-only'
  | 'remote/no-result'
  | 'remote/other-result'
  | 'bundle/unreadable'
  | 'bundle/unsafe'
  | 'bundle/too-large'
  | 'bundle/untrusted'
  | 'bundle/incomplete'
  | 'accept/nothing'
  | 'accept/other-bits';
