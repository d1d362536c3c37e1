import type { Diagnostic } from '../foundation/failures/diagnostic.js';

/** What can go wrong between a recorded computation and a session of ONNX Runtime for reasons that a user can mend. */
export type CompilerCode =
  /** No device or build of ONNX Runtime is there that could run the graph. */
  | 'compiler/runtime-absent'
  /** The device has no arithmetic in half precision. */
  | 'compiler/half-absent'
  /** A kernel that the computation calls has no lowering to ONNX. */
  | 'compiler/kernel-absent';

export type CompilerDiagnostic = Diagnostic<CompilerCode>;
