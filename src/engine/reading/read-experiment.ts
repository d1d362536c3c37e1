import { dirname, relative, resolve } from 'node:path';
import type { TextOf } from '../../foundation/failures/code-frame.js';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import type { Files } from '../document/files.js';
import type { Source } from '../document/source.js';
import { compose } from '../document/compose.js';
import { experimentSchema, settingsSchema } from '../schemas/experiment-schema.js';
import { toExperiment } from '../experiment/experiment.js';
import { readSettings } from '../document/read-settings.js';
import { SETTINGS_FILE } from '../document/settings.js';
import type { KindRegistry, ModuleLoader } from '../graph/kinds.js';
import { toGraph, type MadeGraph } from '../graph/to-graph.js';
import { SchemaChecks, type Precompiled } from '../values/schema-check.js';

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
  /** The experiment is another's, which came in a bundle: only what the user sets may lead out of the project. */
  readonly strangers?: boolean;
  /** How many replicates are added to those the experiment says, one a look (`fx run --until decided`): {@link GraphRequest}. */
  readonly added?: number | undefined;
  /** `fx`'s own kinds. */
  readonly kinds: KindRegistry;
  /** Loads users' own modules, when an experiment names some. */
  readonly loadModules?: ModuleLoader;
  /** Validators made at build time; without them ajv compiles. */
  readonly precompiled?: Precompiled;
}

export interface ExperimentReading {
  readonly result: Result<GraphReading>;
  /** The text of every source that a diagnostic may point into. */
  readonly sources: TextOf;
}

export interface GraphReading extends MadeGraph {
  readonly warnings: readonly Diagnostic[];
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
): Promise<{ readonly diagnostics: readonly Diagnostic[]; readonly sources: TextOf }> {
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

/** Document -> Experiment -> Graph. */
async function read(request: ExperimentRequest, sources: Source[]): Promise<Result<GraphReading>> {
  const { file, files, folder, profile } = request;
  const path = resolve(folder, file);
  const project = request.project ?? findProject(path, files);
  const composed = await compose(file, folder, project, files, sources);
  if (!composed.ok) return composed;
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
  const checks = new SchemaChecks(request.precompiled);
  await checks.prepare([experimentSchema.json, settingsSchema.json]);
  const { experiment, wrong, warnings } = await toExperiment(composed.value, { profile, project, settings }, checks);
  if (experiment === undefined) return err(wrong);
  // Also of an experiment with mistakes: so that all of them are reported at once.
  const graph = await toGraph(experiment, request, checks);
  if (!graph.ok || wrong.length > 0) return err(inReadingOrder([...wrong, ...(graph.ok ? [] : graph.error)]));
  return ok({ ...graph.value, warnings });
}

/** By file, then from top to bottom; of two of one code at one place, the first. */
function inReadingOrder(wrong: readonly Diagnostic[]): Diagnostic[] {
  const files = [...new Set(wrong.map(({ place }) => place?.file ?? ''))];
  const byPlace = new Map<string, Diagnostic>();
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
