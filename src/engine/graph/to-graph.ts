import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { Problems, type Reporter } from '../../foundation/failures/reporter.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import type { Files } from '../document/files.js';
import type { ExperimentCode } from '../experiment/codes.js';
import type { Experiment } from '../experiment/experiment.js';
import { slurmSchema } from '../schemas/experiment-schema.js';
import { figureTypesOf, reportSchemaOf, type ReportSection } from '../schemas/report-section.js';
import { explain } from '../values/explain.js';
import { resolveValue, toChecked } from '../values/resolve.js';
import type { SchemaChecks } from '../values/schema-check.js';
import { substituteMap } from '../values/substitute.js';
import type { GraphCode } from './codes.js';
import { expand, explainShape, type Expanded, type Misshapen } from './expansion/expand.js';
import { Externals } from './externals.js';
import type { Graph, SlurmSettings } from './graph.js';
import { moduleReferences, withModules, type KindRegistry, type ModuleLoader } from './kinds.js';
import { inOrder } from './order.js';
import { makesOf, missingOutputs } from './outputs.js';
import { measuresOf } from './report-section/metrics.js';
import { toFamilies, type StageFamily } from './expansion/stages.js';
import { toReport } from './report-section/tie-report.js';
import { CellProblems } from './expansion/cell-problems.js';

type Wrong = Diagnostic<ExperimentCode | GraphCode>;

/** What an experiment is made a graph with. */
export interface GraphRequest {
  /** The experiment file, as the user named it. */
  readonly file: string;
  readonly files: Files;
  /** The experiment is another's, which came in a bundle: only what the user sets may lead out of the project. */
  readonly strangers?: boolean;
  /**
   * Replicates more of each stage that says `replicates`, one added after each look at the claims: claims are then judged as at
   * look `added + 1`. Undefined where it is no such run.
   */
  readonly added?: number | undefined;
  /** `fx`'s own kinds. */
  readonly kinds: KindRegistry;
  readonly loadModules?: ModuleLoader;
}

export interface MadeGraph {
  readonly graph: Graph;
  /** External inputs that are not there, one for each: an error for a run, a list of what to fetch for a plan. */
  readonly missing: readonly Wrong[];
}

/** Experiment -> Graph, or everything that is wrong with its stages and its report. */
export async function toGraph(
  experiment: Experiment,
  request: GraphRequest,
  checks: SchemaChecks,
): Promise<Result<MadeGraph>> {
  const wrong = new Problems<string>();
  const modules = moduleReferences(experiment, wrong);
  const registry = await withModules(request.kinds, request.loadModules, [...modules.values()], wrong);
  const families = toFamilies(experiment, registry, { modules, added: request.added ?? 0 }, wrong);
  await checks.prepare(new Set([...families.values()].map((family) => family.kind.parameters.json)));

  const cells = new CellProblems(families);
  const misshapen: Misshapen[] = [];
  const externals = new Externals(experiment, request.files, request.strangers ?? false);
  const expansion = {
    experiment,
    families,
    checks,
    externals,
    misshapen,
    report: (stage: string, found: readonly Wrong[]) => cells.add(stage, found),
    cut: (stage: string) => void cells.cut.add(stage),
  };
  const expanded: Expanded[] = [];
  for (const family of families.values()) expanded.push(...expand(family, expansion));
  // A stage with mistakes may lack the parameters that say what it makes.
  if (misshapen.length === 0 && cells.empty && wrong.count === 0)
    missingOutputs(expanded, (stage, found) => cells.add(stage, [found]));
  for (const one of misshapen) cells.add(one.stage, await explainShape(one, checks));
  wrong.add(...cells.diagnostics());
  // Order and report would miss the cells that were not looked at.
  if (cells.cut.size > 0) return err(wrong.all);

  const ordered = inOrder(expanded, wrong);
  const report = await readReport(experiment, registry, families, expanded, checks, wrong);
  const slurm = await readSlurm(experiment, checks, wrong);
  if (wrong.count > 0) return err(wrong.all);
  return ok({
    graph: {
      name: experiment.name,
      title: experiment.title,
      file: request.file,
      profile: experiment.profile,
      parameters: Object.fromEntries([...experiment.parameters.values()].map((each) => [each.name, each.shown])),
      stages: ordered.map(({ node }) => node),
      report: report === undefined || request.added === undefined ? report : { ...report, look: request.added + 1 },
      ...(slurm === undefined ? {} : { slurm }),
    },
    missing: externals.missing(),
  });
}

async function readReport(
  experiment: Experiment,
  kinds: KindRegistry,
  families: ReadonlyMap<string, StageFamily>,
  expanded: readonly Expanded[],
  checks: SchemaChecks,
  wrong: Reporter<ExperimentCode | GraphCode>,
): Promise<JsonObject | undefined> {
  if (experiment.report === undefined) return undefined;
  const before = wrong.count;
  const node = substituteMap(experiment.report, experiment.scope, wrong);
  const types = figureTypesOf([...kinds.values(), ...expanded.map((stage) => stage.node.kind)]);
  const schema = reportSchemaOf(types).json;
  await checks.prepare([schema]);
  const value = toChecked(schema, node);
  if (!checks.fits(schema, value))
    wrong.add(...explain(await checks.explain(schema, value), { node, at: node, what: 'the report' }));
  const reads = new Map(expanded.map(({ node: { id, inputs } }) => [id, inputs.map(({ stage }) => stage)]));
  const nodes = expanded.map((one) => one.node);
  const known = { measures: measuresOf(nodes), makes: makesOf(nodes) };
  // A stage left out because of its own mistakes would be missed by the report too.
  if (wrong.count > before || families.size < experiment.stages.size) return undefined;
  const report = toReport(value as unknown as ReportSection, node, types, families, reads, known, wrong);
  return JSON.parse(JSON.stringify(report)) as JsonObject;
}

async function readSlurm(
  experiment: Experiment,
  checks: SchemaChecks,
  wrong: Reporter<ExperimentCode | GraphCode>,
): Promise<SlurmSettings | undefined> {
  if (experiment.slurm === undefined) return undefined;
  const node = substituteMap(experiment.slurm, experiment.scope, wrong);
  await checks.prepare([slurmSchema.json]);
  const value = toChecked(slurmSchema.json, node);
  if (!checks.fits(slurmSchema.json, value)) {
    wrong.add(...explain(await checks.explain(slurmSchema.json, value), { node, at: node, what: '`slurm`' }));
    return undefined;
  }
  // Its schema takes no stage and no file.
  const none = (): undefined => undefined;
  return resolveValue(slurmSchema.json, node, '', {
    wrong,
    stage: none,
    stages: () => [],
    external: none,
  }) as SlurmSettings;
}
