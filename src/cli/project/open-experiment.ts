import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openCache, strangeFolder, type Cache } from '../../engine/artifacts/cache.js';
import type { Lease } from '../../engine/artifacts/store/leases.js';
import { openExternal } from '../../engine/artifacts/content/open.js';
import { diskFiles } from '../../engine/document/disk.js';
import type { Files } from '../../engine/document/files.js';
import { keptIn, loadPrecompiled } from '../../engine/values/precompiled.js';
import { placeOf } from '../../engine/document/source.js';
import type { Graph, StageNode } from '../../engine/graph/graph.js';
import type { ModuleReference } from '../../engine/graph/kinds.js';
import { findProject, readExperiment } from '../../engine/reading/read-experiment.js';
import { withinQuota } from '../../engine/run/worker/quota.js';
import type { WorkerPool } from '../../engine/run/worker/workers.js';
import { knowledgeOf, type RunServices } from '../../engine/run/services.js';
import type { AnyStageKind } from '../../engine/stage.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import { atEnd } from '../../foundation/machine/at-end.js';
import type { TextOf } from '../../foundation/failures/code-frame.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isSystemError, statIfPresent } from '../../foundation/files/files.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { wrongLimits } from '../../foundation/files/limits.js';
import { privateFolder } from '../../foundation/files/private-folder.js';
import { err, fail, ok, type Result } from '../../foundation/failures/result.js';
import { builtIn, Kinds, userModules } from './kinds.js';
import type { ExperimentOptions } from '../program/options.js';
import { heldByInput } from './held-by-input.js';
import { originOf } from './origin.js';
import { forkOnDemand, type OpenWorkers } from './workers.js';

/** An experiment read, and what the commands that work on it need. */
export interface OpenExperiment {
  readonly graph: Graph;
  readonly warnings: readonly Diagnostic[];
  /** External inputs that are not there: an error for a run, a list of what to fetch for a plan. */
  readonly missing: readonly Diagnostic[];
  readonly sources: TextOf;
  /** Absolute. */
  readonly project: string;
  readonly services: RunServices;
  /** Wherever the work is done: a stranger's run writes no more than its quota. */
  readonly withinQuota: (workers: WorkerPool) => WorkerPool;
  readonly kinds: Kinds;
}

export type Opened =
  | { readonly ok: true; readonly experiment: OpenExperiment }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly sources: TextOf };

/** Whether a file is a bundle, to be unpacked first. */
function isBundle(file: string): boolean {
  return /\.zip$/i.test(file);
}

/**
 * @param warn hears of damage found in the cache
 * @param files what the experiment is read from
 */
export async function openExperiment(
  file: string,
  options: ExperimentOptions,
  warn: (warning: Diagnostic) => void,
  files: Files = diskFiles,
): Promise<Opened> {
  const wrong = wrongLimits(process.env);
  if (wrong.length > 0) return { ok: false, diagnostics: wrong, sources: () => undefined };
  if (isBundle(file)) {
    // Its own options alone: `--to` of a command is not where a bundle goes.
    const { cache, trust } = options;
    const { unpackBundle } = await import('./bundle.js');
    const unpacked = await unpackBundle(file, {
      ...(cache === undefined ? {} : { cache }),
      ...(trust === undefined ? {} : { trust }),
    });
    if (!unpacked.ok) return { ok: false, diagnostics: unpacked.error, sources: () => undefined };
    return openExperiment(unpacked.value.experiment, options, warn, files);
  }
  const folder = process.cwd();
  const project = findProject(resolve(folder, file), diskFiles);
  const usable = usableCache(options, project);
  if (!usable.ok) return { ok: false, diagnostics: usable.error, sources: () => undefined };
  const cache = usable.value;
  const trusted = options.trust ?? originOf(project)?.trusted ?? true;
  const kinds = new Kinds(userModules(project));
  holdLease(cache);
  const { result, sources } = await readExperiment({
    file,
    folder,
    project,
    files,
    strangers: !trusted,
    profile: options.profile,
    set: options.set,
    added: options.added,
    environment: process.env,
    kinds: builtIn,
    loadModules: (modules) => (trusted ? kinds.load(modules) : Promise.resolve(err(modules.map(untrustedModule)))),
    precompiled: trusted ? keptIn(() => join(privateFolder(), 'validators'), loadPrecompiled()) : loadPrecompiled(),
  });
  if (!result.ok) return { ok: false, diagnostics: result.error, sources };
  if (!trusted && options.executesNothing !== true) {
    const programs = result.value.graph.stages.filter(({ kind }) => kind.runsPrograms === true).map(untrustedStage);
    if (programs.length > 0) return { ok: false, diagnostics: programs, sources };
  }
  const { graph, warnings, missing } = result.value;
  const own = servicesOf(cache, kinds, warn, options.openWorkers ?? forkOnDemand);
  const bounded = trusted ? (workers: WorkerPool) => workers : withinQuota;
  const services = { ...own, workers: bounded(own.workers) };
  return {
    ok: true,
    experiment: { graph, warnings, missing, sources, project, kinds, services, withinQuota: bounded },
  };
}

/** `--cache`, then FX_CACHE, then `cache/` in the project. A bundle's results stay apart from the user's own. */
export function cacheFolder(options: { readonly cache?: string }, project: string): string {
  const shared = originOf(project) === undefined ? process.env.FX_CACHE : undefined;
  return resolve(options.cache ?? shared ?? join(project, 'cache'));
}

const TRUST = 'read what it does; then allow it with --trust';

function untrustedModule({ id, at }: ModuleReference): Diagnostic<SharingCode> {
  const message = `the experiment came in a bundle: its module ${id} is not run`;
  return { ...failure('bundle/untrusted', message, TRUST), place: placeOf(at) };
}

function untrustedStage({ id, kind, place }: StageNode): Diagnostic<SharingCode> {
  const message = `the experiment came in a bundle: the program of ${id} (${kind.name}) is not run`;
  return { ...failure('bundle/untrusted', message, TRUST), place };
}

/** The cache that the options, settings or project name. What lies there must be a folder, or nothing yet. */
export function usableCache(options: { readonly cache?: string }, project: string): Result<Cache> {
  const folder = cacheFolder(options, project);
  const status = statIfPresent(folder);
  if (status?.isDirectory() === false) {
    const help = 'name a folder with --cache or FX_CACHE; it is created if missing';
    return fail(failure('cache/no-folder', `the cache ${folder} is not a folder`, help));
  }
  const strange = status === undefined ? undefined : strangeFolder(folder);
  if (strange !== undefined) {
    const help = 'fx keeps its files in folders of its own there; remove it, or name another cache with --cache';
    return fail(failure('cache/no-folder', strange, help));
  }
  return ok(openCache(folder));
}

/**
 * Until this process ends, nothing that it may look up in the cache is collected as garbage. A cache that cannot be
 * written to is not collected from here either.
 */
export function holdLease(cache: Cache): void {
  if (!existsSync(cache.root)) return;
  let lease: Lease;
  try {
    lease = cache.leases.reading();
  } catch (error) {
    if (isSystemError(error)) return;
    throw error;
  }
  atEnd(() => lease.release());
}

function servicesOf(
  cache: Cache,
  kinds: Kinds,
  warn: (warning: Diagnostic) => void,
  openWorkers: OpenWorkers,
): RunServices {
  const knowledge = knowledgeOf(cache, {
    code: (kind) => kinds.code(kind.name),
    external: async ({ path, shape }) => {
      const held = shape === 'folder' ? heldByInput(path, cache.root, kinds.place.root) : undefined;
      if (held !== undefined) return fail(held);
      const listing = await cache.externals.read(path, shape);
      return listing.ok ? ok(openExternal(listing.value, path, shape)) : listing;
    },
    warn,
  });
  const kept = new Set<string>();
  const keepCode = ({ name }: AnyStageKind): void => {
    if (kept.has(name)) return;
    kept.add(name);
    const identity = kinds.identity(name);
    if (identity !== undefined) cache.codes.add(identity.digest, identity as unknown as JsonObject);
  };
  const scriptOf = ({ name }: AnyStageKind): string | undefined => kinds.script(name);
  const codeChanged = ({ name }: AnyStageKind): readonly string[] => kinds.changed(name);
  return {
    ...knowledge,
    cache,
    keepCode,
    scriptOf,
    codeChanged,
    workers: openWorkers(kinds.place),
  };
}
