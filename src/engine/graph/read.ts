import { dirname, relative, resolve } from 'node:path';
import type { SourceText } from '../../foundation/code-frame.js';
import type { Diagnostic } from '../../foundation/diagnostic.js';
import type { JsonObject } from '../../foundation/json.js';
import { err, ok, type Result } from '../../foundation/result.js';
import type { DocumentCode } from '../document/codes.js';
import type { Files } from '../document/read.js';
import type { Source } from '../document/source.js';
import type { ExperimentCode } from '../experiment/codes.js';
import { compose } from '../experiment/compose.js';
import { experimentSchema, settingsSchema } from '../experiment/experiment-schema.js';
import { toExperiment, type Experiment } from '../experiment/experiment.js';
import { explain } from '../experiment/explain.js';
import { valueText } from '../experiment/parameters.js';
import { reportSchema, type ReportSection } from '../experiment/report-section.js';
import { toChecked } from '../experiment/resolve.js';
import { SchemaChecks, type Precompiled } from '../experiment/schema-check.js';
import { readSettings, SETTINGS_FILE } from '../experiment/settings.js';
import { substituteMap } from '../experiment/substitute.js';
import type { GraphCode } from './codes.js';
import { expand, explainShape, type Expanded, type Misshapen } from './expand.js';
import { Externals } from './externals.js';
import type { Graph } from './graph.js';
import { moduleReferences, type KindRegistry, type ModuleReference } from './kinds.js';
import { inOrder } from './order.js';
import { missingOutputs } from './outputs.js';
import { toReport } from './tie-report.js';
import { toFamilies, type StageFamily } from './stages.js';

/** All that the language can complain of. */
export type LanguageCode = DocumentCode | ExperimentCode | GraphCode;
type Wrong = Diagnostic<LanguageCode>;

export interface ExperimentRequest {
  /** As the user named it. */
  readonly file: string;
  /** Absolute: the directory `fx` was started in. */
  readonly folder: string;
  /** Absolute: nothing outside of it may be read unless a setting says so. Default: {@link findProject}. */
  readonly project?: string;
  readonly files: Files;
  readonly profile?: string | undefined;
  /** `name=value`, from the command line. */
  readonly set?: readonly string[] | undefined;
  /** For `FX_SET_NAME`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `fx`'s own kinds. */
  readonly kinds: KindRegistry;
  /** Loads users' own modules, when an experiment names some: the kinds by {@link ModuleReference.id}. */
  readonly loadModules?: (modules: readonly ModuleReference[]) => Promise<Result<ReadonlyMap<string, KindOf>>>;
  /** Validators made at build time; without them ajv compiles. */
  readonly precompiled?: Precompiled;
}

type KindOf = NonNullable<ReturnType<KindRegistry['get']>>;

export interface ExperimentReading {
  readonly result: Result<GraphReading, readonly Wrong[]>;
  /** The text of every source that a diagnostic may point into. */
  readonly sources: SourceText;
}

export interface GraphReading {
  readonly graph: Graph;
  readonly warnings: readonly Wrong[];
  /** External inputs that are not there, one for each: an error for a run, a list of what to fetch for a plan. */
  readonly missing: readonly Wrong[];
}

/** From the name of a file to the graph of its stages, or everything that is wrong with it. Executes nothing. */
export async function readExperiment(request: ExperimentRequest): Promise<ExperimentReading> {
  const sources: Source[] = [];
  const result = await read(request, sources);
  return { result, sources: (name) => sources.find((source) => source.name === name)?.text };
}

/** Everything there is to say about an experiment, missing inputs included. Nothing wrong: no diagnostics. */
export async function checkExperiment(
  request: ExperimentRequest,
): Promise<{ readonly diagnostics: readonly Wrong[]; readonly sources: SourceText }> {
  const { result, sources } = await readExperiment(request);
  return { diagnostics: result.ok ? [...result.value.missing, ...result.value.warnings] : result.error, sources };
}

/**
 * The project an experiment belongs to: the nearest folder above it that has a settings file, a package or a repository;
 * else its own.
 */
export function findProject(file: string, files: Files): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (['.git', 'package.json', SETTINGS_FILE].some((name) => files.look(resolve(folder, name)) !== undefined))
      return folder;
    if (folder === dirname(folder)) return dirname(file);
  }
}

async function read(request: ExperimentRequest, sources: Source[]): Promise<Result<GraphReading, readonly Wrong[]>> {
  const { files, folder } = request;
  const path = resolve(folder, request.file);
  const project = request.project ?? findProject(path, files);
  const composed = await compose(request.file, folder, project, files, sources);
  if (!composed.ok) return composed as Result<never, readonly Wrong[]>;
  const settings = await readSettings(
    {
      set: request.set ?? [],
      environment: request.environment ?? {},
      project,
      folder,
      shown: relative(folder, project),
    },
    files,
  );
  sources.push(...settings.sources);
  const checks = new SchemaChecks(request.precompiled ?? (() => undefined));
  await checks.prepare([experimentSchema.json, settingsSchema.json, reportSchema.json]);
  const made = await toExperiment(composed.value, { profile: request.profile, project, settings }, checks);
  const wrong = made.wrong as readonly Wrong[];
  if (made.experiment === undefined) return err(wrong);
  // Also of an experiment with mistakes: so that all of them are told at once.
  const graph = await toGraph(made.experiment, request, checks);
  if (!graph.ok || wrong.length > 0) return err(inReadingOrder([...wrong, ...(graph.ok ? [] : graph.error)]));
  return ok({ ...graph.value, warnings: made.warnings as Wrong[] });
}

/** Experiment -> Graph. */
async function toGraph(
  experiment: Experiment,
  request: ExperimentRequest,
  checks: SchemaChecks,
): Promise<Result<Omit<GraphReading, 'warnings'>, readonly Wrong[]>> {
  const wrong: Wrong[] = [];
  const modules = moduleReferences(experiment, wrong as Diagnostic<GraphCode>[]);
  const registry = await withModules(request, [...modules.values()], wrong);
  const families = toFamilies(experiment, registry, modules, wrong as Diagnostic<ExperimentCode | GraphCode>[]);
  await checks.prepare(new Set([...families.values()].map((family) => family.kind.parameters.json)));

  const told = new Told(families);
  const misshapen: Misshapen[] = [];
  const externals = new Externals(experiment, request.files);
  const expansion = {
    experiment,
    families,
    checks,
    externals,
    misshapen,
    report: (stage: string, found: readonly Wrong[]) => told.add(stage, found),
  };
  const expanded: Expanded[] = [];
  for (const family of families.values()) expanded.push(...expand(family, expansion));
  // A stage with mistakes may lack the parameters that say what it makes.
  if (misshapen.length === 0 && told.empty && wrong.length === 0)
    missingOutputs(expanded, (stage, found) => told.add(stage, [found]));
  for (const one of misshapen) told.add(one.stage, await explainShape(one, checks));
  wrong.push(...told.diagnostics());

  const ordered = inOrder(expanded, wrong as Diagnostic<GraphCode>[]);
  const report = await readReport(experiment, families, expanded, checks, wrong);
  if (wrong.length > 0) return err(wrong);
  return ok({
    graph: {
      name: experiment.name,
      title: experiment.title,
      file: request.file,
      profile: experiment.profile,
      parameters: Object.fromEntries([...experiment.parameters.values()].map((each) => [each.name, valueText(each)])),
      stages: ordered.map(({ node }) => node),
      report,
    },
    missing: externals.missing(),
  });
}

async function withModules(
  request: ExperimentRequest,
  modules: readonly ModuleReference[],
  wrong: Wrong[],
): Promise<KindRegistry> {
  if (modules.length === 0 || request.loadModules === undefined) return request.kinds;
  const loaded = await request.loadModules(modules);
  if (!loaded.ok) wrong.push(...(loaded.error as readonly Wrong[]));
  const own = loaded.ok ? loaded.value : new Map<string, KindOf>();
  return { names: () => request.kinds.names(), get: (name) => own.get(name) ?? request.kinds.get(name) };
}

async function readReport(
  experiment: Experiment,
  families: ReadonlyMap<string, StageFamily>,
  expanded: readonly Expanded[],
  checks: SchemaChecks,
  wrong: Wrong[],
): Promise<JsonObject | undefined> {
  if (experiment.report === undefined) return undefined;
  const before = wrong.length;
  const node = substituteMap(experiment.report, experiment.scope, wrong as Diagnostic<ExperimentCode>[]);
  const value = toChecked(reportSchema.json, node);
  if (!checks.fits(reportSchema.json, value))
    wrong.push(...explain(await checks.explain(reportSchema.json, value), { node, at: node, what: 'the report' }));
  const reads = new Map(expanded.map(({ node: { id, inputs } }) => [id, inputs.map(({ stage }) => stage)]));
  // A stage left out because of its own mistakes would be missed by the report too.
  if (wrong.length > before || families.size < experiment.stages.size) return undefined;
  const report = toReport(value as unknown as ReportSection, node, families, reads, wrong as Diagnostic<GraphCode>[]);
  return JSON.parse(JSON.stringify(report)) as JsonObject;
}

/** Collects what is wrong in the cells of matrices, and tells what is wrong in many of them once. */
class Told {
  readonly #families: ReadonlyMap<string, StageFamily>;
  readonly #found = new Map<string, { readonly diagnostic: Wrong; readonly stages: string[] }>();

  constructor(families: ReadonlyMap<string, StageFamily>) {
    this.#families = families;
  }

  add(stage: string, diagnostics: readonly Wrong[]): void {
    for (const diagnostic of diagnostics) {
      const { code, message, place } = diagnostic;
      const key = JSON.stringify([code, message, place]);
      const known = this.#found.get(key);
      if (known === undefined) this.#found.set(key, { diagnostic, stages: [stage] });
      else if (!known.stages.includes(stage)) known.stages.push(stage);
    }
  }

  get empty(): boolean {
    return this.#found.size === 0;
  }

  diagnostics(): Wrong[] {
    return [...this.#found.values()].map(({ diagnostic, stages }) => {
      const [first, ...others] = stages;
      if (!first!.includes('[')) return diagnostic;
      const family = this.#families.get(first!.replace(/\[.*$/, ''));
      let where = others.length === 0 ? first! : `${first!} and ${others.length} more`;
      if (family !== undefined && family.cells.size > 1 && stages.length === family.cells.size)
        where = `all ${stages.length} of ${family.declaration.name}`;
      return { ...diagnostic, message: `${diagnostic.message} (in ${where})` };
    });
  }
}

/** By file, then from top to bottom; of two of one code at one place, the first. */
function inReadingOrder(wrong: readonly Wrong[]): Wrong[] {
  const files = [...new Set(wrong.map(({ place }) => place?.file ?? ''))];
  const byPlace = new Map<string, Wrong>();
  for (const one of wrong) {
    const key = JSON.stringify(one.place === undefined ? one : [one.code, one.place]);
    if (!byPlace.has(key)) byPlace.set(key, one);
  }
  return [...byPlace.values()].sort(
    (a, b) =>
      files.indexOf(a.place?.file ?? '') - files.indexOf(b.place?.file ?? '') ||
      (a.place?.start.line ?? 0) - (b.place?.start.line ?? 0) ||
      (a.place?.start.column ?? 0) - (b.place?.start.column ?? 0),
  );
}
