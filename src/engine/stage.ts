import type { Diagnostic } from '../foundation/failures/diagnostic.js';
import type { Json, JsonObject } from '../foundation/values/json.js';
import type { Result } from '../foundation/failures/result.js';
import type { Presentation } from './presentation.js';
import { said, type Says, type Schema } from '../foundation/schema/schema.js';

/**
 * The contract every stage kind fulfils. A kind is a plain, light object: its schema and the division of its work are
 * needed for planning, so its module may import nothing heavy; what does the work is reached through `await import()`
 * inside `run`.
 *
 * A run must be a function of its parameters and inputs alone: no clock, no randomness but a seed among the parameters,
 * no files but its inputs and its workspace. Then cached and fresh are equal, which is what the cache rests on.
 */
export interface StageKind<P = never> {
  /** `room/verb`, as in `uses: faces/generate`. */
  readonly name: string;
  /** One sentence, shown by `fx kinds` and editors. */
  readonly says: string;
  /** Schema of `with`. */
  readonly parameters: Schema<P>;
  /** What its artifact is, in a word that `artifact()` parameters of other kinds accept: `images`, `model`, `scores`. */
  readonly produces: string;
  /**
   * The files of its artifact that others may name in a reference (`${stage/file}`), with a sentence each. A name that
   * stands for a folder stands for all files in it.
   */
  readonly outputs?: Readonly<Record<string, string>> | ((parameters: P) => Readonly<Record<string, string>>);
  /**
   * The numbers that a run hands to tables and claims, by name; a kind may declare more than one run hands. Absent: they are
   * known only after a run, so no name can be checked before.
   */
  readonly metrics?: MetricDeclarations | ((parameters: P) => MetricDeclarations | undefined);
  /** How its results are shown, drawn and handed to other programs. No part of a key: nothing is computed from it. */
  readonly shows?: Presentation;
  /** False if the same inputs may give other bits (GPU engines, commands). Recorded in the result. Default true. */
  readonly reproducible?: boolean | ((parameters: P) => boolean);
  /** What the result depends on beyond parameters and inputs: tool versions, declared variables. Part of the key. */
  readonly environment?: (parameters: P) => Promise<JsonObject | undefined>;
  /** Runs programs that the experiment names: for an experiment from another person the user must allow that. */
  readonly runsPrograms?: boolean;
  /**
   * It measures what others made: a `seed` of its own draws what all are measured on alike, and makes no replicate of what is measured.
   * Then a number that no other seed is behind has no noise between replicates.
   */
  readonly measures?: boolean;
  /** False if its `seed` has no effect with these parameters: then it cannot have replicates as it stands. */
  readonly takesSeed?: (parameters: P) => boolean;
  /** What it takes while it runs; an experiment may override. Default: one core, 512 MiB. */
  readonly resources?: Partial<Resources> | ((parameters: P) => Partial<Resources>);
  /** True if its files must not leave this machine: bundles leave them out, as they do the external inputs that it reads. */
  readonly isPrivate?: (parameters: P) => boolean;
  /**
   * It goes through very many short-lived objects: its child process then collects garbage early, which would cost other work a
   * tenth of its time.
   */
  readonly streams?: boolean;
  /**
   * Reports what is wrong with what the stage is given: a file of another format, a number that the file cannot meet. Called before
   * anything runs, and only if the stage's result is not known. Must be quick. `run` cannot rely on it having been called.
   */
  readonly check?: (parameters: P) => Promise<readonly ParameterProblem[]>;
  /**
   * Reports what the machine that does the work lacks: a display, a device, a package. Called here like `check`, or, if the work
   * is done on other machines, on each of those before its first part. Must be quick. `run` cannot rely on it having been called.
   */
  readonly checkMachine?: (parameters: P) => Promise<readonly ParameterProblem[]>;
  /** How the work is divided, if it is: then `run` is not called for the whole. */
  readonly division?: Division<P>;
  /** Does the work. Outputs are the files left in `context.workspace`. Required unless there is a division. */
  readonly run?: (context: StageContext<P>) => Promise<Result<StageReport>>;
}

/** A kind whatever its parameters: what the engine handles. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- kinds differ in P, which only the kind itself reads
export type AnyStageKind = StageKind<any>;

/**
 * One of `fx`'s own kinds of which some parameters ask for other code. That code is a kind too, with a name and a code identity of
 * its own, so that what is done without it has the keys that it had before.
 */
export interface VariedKind extends AnyStageKind {
  /** What does the work under the resolved parameters, and the parameters that it is given. */
  readonly variant: (parameters: JsonObject) => { readonly kind: AnyStageKind; readonly parameters: JsonObject };
}

/** What is wrong with the parameter at a JSON pointer; the engine adds where that was written. */
export interface ParameterProblem extends Diagnostic {
  readonly pointer: string;
}

export type MetricDeclarations = Readonly<Record<string, MetricDeclaration>>;

export interface MetricDeclaration {
  /** One sentence, shown by `fx kinds`. */
  readonly says: string;
  /** Which of two values is better; absent for a number that only counts or describes. */
  readonly better?: 'higher' | 'lower';
  /** What the head of a table calls it. Default: the name. */
  readonly label?: string;
}

/** What a kind declares of its metrics under some parameters; undefined where it declares none. */
export function metricsOf({ metrics }: AnyStageKind, parameters: unknown): MetricDeclarations | undefined {
  return typeof metrics === 'function' ? metrics(parameters) : metrics;
}

export interface Resources {
  readonly cores: number;
  /** Bytes. A child process that uses more is stopped. */
  readonly memory: number;
  readonly gpus: number;
}

/** What a run returns besides the files that it leaves. */
export interface StageReport {
  /** Numbers for tables and claims: `accuracy`, `loss`, … They are part of the result, so they too must follow from the inputs alone. */
  readonly metrics?: Readonly<Record<string, Json>>;
  /** Facts that may differ from run to run (images per second): kept in the record, outside of what is compared. */
  readonly facts?: Readonly<Record<string, Json>>;
  readonly warnings?: readonly Diagnostic[];
}

export interface StageContext<P> {
  /** Resolved: quantities in canonical units, `artifact()` and `external()` parameters as {@link Artifact}s. */
  readonly parameters: P;
  /** An empty directory. Everything in it when the run succeeds is the result. */
  readonly workspace: string;
  readonly cores: number;
  /** Aborted at Ctrl-C and at a timeout; a run should stop soon after. */
  readonly signal: AbortSignal;
  /** Writes a line to the stage's log. */
  readonly log: (line: string) => void;
  /** Reports that `done` of `total` units are done. `unit` is a plural noun: `images`, `batches`. */
  readonly progress: (done: number, total: number, unit: string) => void;
}

/** Files, by content: the outputs of a stage or an external input. Opened in place and never written to. */
export interface Artifact {
  /** Digest of the manifest: what keys see. */
  readonly digest: string;
  readonly files: ArtifactFiles;
  /** Folders of it in which no file lies, sorted; absent where there are none. */
  readonly folders?: readonly string[];
  /** Metrics of the stage that made it; empty for external inputs. */
  readonly metrics: Readonly<Record<string, Json>>;
  /** The absolute path to read `file` from. Throws if there is no such file. */
  readonly locate: (file: string) => string;
  /** Where an external input lies; absent for what is in the cache. */
  readonly outside?: { readonly root: string; readonly shape: 'file' | 'folder' };
}

/** Files sorted by path, by code unit. For a folder with very many files, each iteration reads a table on disk again. */
export interface ArtifactFiles extends Iterable<ArtifactFile> {
  readonly count: number;
  find(path: string): ArtifactFile | undefined;
}

/** The path, in the artifact, of its one file. Throws if it has none or several. */
export function onlyFile({ files }: Artifact): string {
  const [first] = files;
  if (first === undefined || files.count > 1) throw new Error(`an artifact has ${files.count} files, not one`);
  return first.path;
}

export interface ArtifactFile {
  /** Relative to the artifact, with `/`. */
  readonly path: string;
  /** sha256, hex. */
  readonly digest: string;
  readonly bytes: number;
  /** Whether it may be executed, such as a program that one stage builds and another runs. */
  readonly executable?: true;
}

export type Division<P> = Shards<P> | Chain<P>;

/** Independent parts: each has its own key, so that a larger whole reuses the parts it shares with a smaller one. */
export interface Shards<P> {
  readonly shape: 'shards';
  /** The parts, in order. Must be quick: planning calls it. What is made as it is asked for need not be in memory at once. */
  readonly parts: (parameters: P) => Iterable<Part>;
  readonly run: (context: PartContext<P>) => Promise<Result<StageReport>>;
  /** After all parts: writes what belongs to the whole. The parts' files are taken over under their own paths. */
  readonly gather: (context: GatherContext<P>) => Promise<Result<StageReport>>;
}

/**
 * A sequence in which each link continues the one before; its key holds the digest of that link's output, so that a longer
 * chain continues a shorter one. Links are not taken over into the whole: `gather` writes what the stage gives out.
 * Only the newest links' files are kept.
 */
export interface Chain<P> {
  readonly shape: 'chain';
  readonly parts: (parameters: P) => readonly Part[];
  readonly run: (context: LinkContext<P>) => Promise<Result<StageReport>>;
  readonly gather: (context: GatherContext<P>) => Promise<Result<StageReport>>;
}

export interface Part {
  /** Unique in the stage, fit for a file name: `identities-00000`, `epoch-0012`. */
  readonly id: string;
  /**
   * All that the part depends on besides its inputs: the stage's parameters without what does not concern this part (the
   * number of identities, the number of epochs), with what does (its range). This is the part's key; leave out nothing.
   */
  readonly parameters: JsonObject;
  /**
   * The files of inputs that the part reads, if it does not read them all: parameter name -> file paths. The key has the
   * digests of these alone, and the run is given no others.
   */
  readonly reads?: Readonly<Record<string, readonly string[]>>;
}

export interface PartContext<P> extends StageContext<P> {
  readonly part: Part;
}

export interface LinkContext<P> extends PartContext<P> {
  /** Undefined for the first link. */
  readonly previous: Artifact | undefined;
}

export interface GatherContext<P> extends StageContext<P> {
  readonly parts: readonly FinishedPart[];
}

/** Of a chain, only the last link has an artifact; of the others the metrics and facts are left. */
export interface FinishedPart {
  readonly id: string;
  readonly artifact: Artifact | undefined;
  readonly metrics: Readonly<Record<string, Json>>;
  /** Facts of the machine that computed the part: only for `facts` of the whole, since no result may depend on them. */
  readonly facts: Readonly<Record<string, Json>>;
}

/** Parameter word: the artifact of another stage, written `${stage}`; `of` lists the accepted `produces`, `*` takes any. */
export function artifact(of: readonly string[], about: Says<Artifact>): Schema<Artifact> {
  return { json: { fx: { artifact: [...of] }, type: 'string', pattern: REFERENCE, ...said(about) } };
}

/** Parameter word: artifacts of several stages, written `[${a}, ${b}]`. */
export function artifacts(of: readonly string[], about: Says<readonly Artifact[]>): Schema<readonly Artifact[]> {
  const item = { fx: { artifact: [...of] }, type: 'string', pattern: REFERENCE };
  return { json: { type: 'array', items: item, minItems: 1, ...said(about) } };
}

/**
 * Parameter word: a file or folder from outside the experiment, written as a path relative to the YAML file. `obtain`
 * says what it is and where to get it, for the message if it is missing. If `from` lists words of `produces`, a
 * stage that produces one of them may stand in its place, written `${stage}`.
 */
export function external(
  shape: 'file' | 'folder',
  about: Says<Artifact> & { readonly obtain?: string; readonly from?: readonly string[] },
): Schema<Artifact> {
  const obtain = about.obtain === undefined ? {} : { obtain: about.obtain };
  const from = about.from === undefined ? {} : { from: [...about.from] };
  return { json: { fx: { external: shape, ...obtain, ...from }, type: 'string', ...said(about) } };
}

const REFERENCE = '^\\$\\{.+\\}$';
