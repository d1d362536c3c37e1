import type { CompilerCode } from '../../../compiler/diagnostic.js';
import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';

/** What can go wrong in learning for reasons that a user can mend. */
export type LearningCode =
  | CompilerCode
  | 'learning/input-too-small'
  | 'learning/unknown-network'
  | 'learning/unknown-engine'
  | 'learning/engine-absent'
  | 'learning/engine-lacks'
  | 'learning/loss-not-finite'
  | 'learning/embedding-collapsed'
  | 'learning/too-few-identities'
  | 'learning/image-size'
  | 'learning/weights-of-another-network'
  | 'learning/shape-mismatch'
  | 'learning/unknown-layer'
  | 'learning/checkpoint-mismatch'
  | 'learning/damaged-file'
  | 'learning/fixed-network'
  | 'learning/memory'
  | 'learning/recipe';

export type LearningDiagnostic = Diagnostic<LearningCode>;
