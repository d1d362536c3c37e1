import type { JsonObject } from '../../foundation/values/json.js';
import type { Graph } from '../graph/graph.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';

export type { Channel, ChartEncoding, ChartLayer } from '../schemas/chart-section.js';
export type { Comparison as ComparisonPlan } from '../graph/report-section/claim.js';
export type {
  Claim as ClaimPlan,
  Column as ColumnPlan,
  Figure as FigurePlan,
  Operand as OperandPlan,
  Report as ReportPlan,
  Row as RowPlan,
  Table as TablePlan,
} from '../graph/report-section/report.js';

/**
 * What a finished run says of itself: all that reports, locks and comparisons are made from. No clock and no path of a
 * machine is in it, so that equal runs are equal records.
 */
export interface RunRecord {
  readonly schema: 'fx/run@1';
  readonly experiment: ExperimentFacts;
  /** In the order of the graph. */
  readonly stages: readonly StageRecord[];
  /** The experiment's `report` section with its names tied to stages: a `ReportPlan`, as JSON. */
  readonly report: JsonObject | undefined;
}

export interface ExperimentFacts {
  readonly name: string;
  readonly title: string;
  readonly profile: string;
  readonly parameters: JsonObject;
}

export interface StageRecord {
  readonly id: string;
  readonly name: string;
  readonly coordinates: Readonly<Record<string, string>>;
  readonly kind: string;
  /** Resolved, with stages named in place of their artifacts. */
  readonly parameters: JsonObject;
  /** Ids of the stages it reads, by JSON pointer into the parameters. */
  readonly reads: Readonly<Record<string, string>>;
  readonly key: string;
  readonly preimage: string;
  readonly artifact: string;
  readonly outputs: ResultRecord['outputs'];
  readonly metrics: ResultRecord['metrics'];
  readonly warnings: ResultRecord['warnings'];
  readonly reproducible: boolean;
  /** Of a result of earlier code that was declared to count for today's: why. */
  readonly accepted?: string;
}

/** @param results the result of every stage of the graph, by id */
export function recordOf(graph: Graph, results: ReadonlyMap<string, ResultRecord>): RunRecord {
  return {
    schema: 'fx/run@1',
    experiment: { name: graph.name, title: graph.title, profile: graph.profile, parameters: graph.parameters },
    stages: graph.stages.map((node): StageRecord => {
      const result = results.get(node.id);
      if (result === undefined) throw new Error(`a run record needs the result of ${node.id}`);
      return {
        id: node.id,
        name: node.name,
        coordinates: node.coordinates,
        kind: node.kind.name,
        parameters: node.parameters,
        reads: Object.fromEntries(node.inputs.map(({ pointer, stage }) => [pointer, stage])),
        key: result.key,
        preimage: result.preimage,
        artifact: result.artifact,
        outputs: result.outputs,
        metrics: result.metrics,
        warnings: result.warnings,
        reproducible: result.reproducible,
        ...(result.accepted === undefined ? {} : { accepted: result.accepted.reason }),
      };
    }),
    report: graph.report,
  };
}
