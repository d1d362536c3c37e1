/**
 * The public face of `fx` for stage kinds that live outside of it: the contract, the functions that
 * declare parameters (`object`, `count`, `angle`, …), results and diagnostics, and the formats that stages hand to one another. Semantic
 * versioning holds for what is exported here and for nothing else; tests/sdk/public-face.test.ts compares it with a committed list.
 */
export type {
  AnyStageKind,
  Artifact,
  ArtifactFile,
  ArtifactFiles,
  Chain,
  Division,
  FinishedPart,
  GatherContext,
  LinkContext,
  MetricDeclaration,
  MetricDeclarations,
  ParameterProblem,
  Part,
  PartContext,
  Resources,
  Shards,
  StageContext,
  StageKind,
  StageReport,
} from '../engine/stage.js';
export { artifact, artifacts, external, onlyFile } from '../engine/stage.js';
export type {
  Case,
  CaseGroup,
  CaseGroups,
  CaseItem,
  Cases,
  Colouring,
  Curves,
  Export,
  FigureType,
  Notice,
  Options,
  Pictures,
  Point,
  PointMap,
  PointMapValues,
  Presentation,
  ResultFiles,
  Series,
  Sheet,
  TracedResult,
} from '../engine/presentation.js';
export type { Diagnostic } from '../foundation/failures/diagnostic.js';
export { failure } from '../foundation/failures/diagnostic.js';
export type { Distribution } from '../foundation/numbers/distribution.js';
export type { Json, JsonObject } from '../foundation/values/json.js';
export { stream } from '../foundation/numbers/random.js';
export type { Result } from '../foundation/failures/result.js';
export { err, fail, ok } from '../foundation/failures/result.js';
export { encodeSafetensors, SafetensorsFile } from '../foundation/formats/safetensors.js';
export type { MetricOutcome, Outcomes, OutcomeWords } from '../foundation/statistics/outcomes.js';
export { encodeOutcomes, meanOutcome, outcomesOf, OUTCOMES_FILE } from '../foundation/statistics/outcomes.js';
export type { Schema, Value } from '../foundation/schema/schema.js';
export {
  angle,
  count,
  distribution,
  duration,
  flag,
  fraction,
  length,
  list,
  map,
  number,
  object,
  optional,
  size,
  table,
  text,
  union,
  word,
} from '../foundation/schema/schema.js';
