/** What can be wrong with a value, in whichever phase it is read. The words are those that scripts know. */
export type ValueCode =
  // Shape
  | 'experiment/unknown-key'
  | 'experiment/missing-key'
  | 'experiment/wrong-type'
  | 'experiment/unknown-word'
  | 'experiment/wrong-length'
  | 'experiment/wrong-form'
  | 'experiment/bad-name'
  // Quantities
  | 'experiment/not-a-quantity'
  | 'experiment/missing-unit'
  | 'experiment/unknown-unit'
  | 'experiment/wrong-unit'
  | 'experiment/not-whole'
  | 'experiment/out-of-range'
  | 'experiment/not-ascending'
  | 'experiment/bad-distribution'
  // References
  | 'experiment/bad-reference'
  | 'experiment/unknown-reference'
  | 'experiment/too-large'
  | 'experiment/no-value'
  | 'experiment/not-text';
