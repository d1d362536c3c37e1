import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';

/** What can be wrong with a recipe of the generator or with the files it names. */
export type GeneratorCode =
  | 'faces/size'
  | 'faces/count'
  | 'faces/range'
  | 'faces/components'
  | 'faces/landmark'
  | 'faces/camera'
  | 'faces/framing'
  | 'faces/light'
  | 'faces/background'
  | 'faces/renderer'
  | 'faces/rps';

export type GeneratorDiagnostic = Diagnostic<GeneratorCode>;
