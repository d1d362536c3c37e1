export type GraphCode =
  // Kinds
  | 'graph/unknown-kind'
  | 'graph/outside-project'
  // Matrix and replicates
  | 'graph/bad-axis'
  | 'graph/empty-matrix'
  | 'graph/too-many-stages'
  | 'graph/same-value'
  | 'graph/unknown-axis'
  | 'graph/unused-axis'
  | 'graph/no-seed'
  // References between stages
  | 'graph/which-one'
  | 'graph/no-such-stage'
  | 'graph/missing-output'
  | 'graph/wrong-artifact'
  | 'graph/cycle'
  // External inputs
  | 'graph/missing-input'
  | 'graph/wrong-input'
  // The report
  | 'graph/unknown-in-report'
  | 'graph/unclear-in-report'
  | 'graph/bad-claim';
