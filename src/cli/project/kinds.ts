import { relative, resolve } from 'node:path';
import { placeOf } from '../../engine/document/source.js';
import { packageKind, type KindRegistry, type ModuleReference } from '../../engine/graph/kinds.js';
import { builtInDigests, builtInIdentity } from '../../engine/plan/identity/built-in.js';
import { STAGE_MEMBERS, type CodeIdentity, type Entry } from '../../engine/plan/identity/identity.js';
import { packageEntry } from '../../engine/plan/identity/package-module.js';
import { recording, type SourceTree } from '../../engine/plan/identity/source-tree.js';
import {
  identityOfModule,
  loadScript,
  moduleSources,
  translateModule,
  type UserModules,
} from '../../engine/plan/identity/user-module.js';
import { WatchedFiles } from '../../engine/plan/identity/watched-files.js';
import type { AnyStageKind } from '../../engine/stage.js';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { privateFolder } from '../../foundation/files/private-folder.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import { builtInKinds, variants } from '../../plugins/registry.js';
import { guarded, presentationProblem } from './presentation.js';

/** `fx`'s own kinds, by their names. */
export const builtIn: KindRegistry = new Map(
  [...builtInKinds].sort((a, b) => byCodeUnit(a.name, b.name)).map((kind) => [kind.name, kind]),
);

/** With the variants of them, which graphs and records name but no experiment does. */
const ownKinds: KindRegistry = new Map([...builtIn, ...variants.map((kind) => [kind.name, kind] as const)]);

/** The stage kinds of a project: those of `fx`, the user's own modules (`./stages/mine.ts#name`), installed packages (`vision#blur`). */
export class Kinds {
  readonly place: UserModules;
  readonly #own = new Map<string, OwnKind>();
  #watched: WatchedFiles | undefined;
  #read: readonly string[] = [];

  constructor(place: UserModules) {
    this.place = place;
  }

  names(): readonly string[] {
    return [...builtIn.keys()];
  }

  get(name: string): AnyStageKind | undefined {
    return ownKinds.get(name) ?? this.#own.get(name)?.kind;
  }

  /** Digest of the code that does a kind's work. */
  code(name: string): string {
    return this.#own.get(name)?.code.digest ?? builtInDigests().get(name) ?? unknown(name);
  }

  /** What that code is, declaration by declaration. */
  identity(name: string): CodeIdentity | undefined {
    return this.#own.get(name)?.code ?? builtInIdentity(name);
  }

  /** The script of a user's own kind. */
  script(name: string): string | undefined {
    return this.#own.get(name)?.script;
  }

  /** Files besides the script that a user's own kind depends on and that changed since it was loaded. */
  changed(name: string): readonly string[] {
    const own = this.#own.get(name);
    return own === undefined ? [] : (this.#watched?.changed(own.code) ?? []);
  }

  /** Files, absolute, that the modules of the experiment were read from. */
  filesRead(): readonly string[] {
    return this.#read.map((path) => resolve(this.place.root, path));
  }

  async load(modules: readonly ModuleReference[]): Promise<Result<ReadonlyMap<string, AnyStageKind>>> {
    // Each file is read once: what is run is what was digested, also while someone edits it.
    const recorder = recording(moduleSources(this.place.root));
    const { tree } = recorder;
    const problems: Diagnostic[] = [];
    const found = new Map<string, AnyStageKind>();
    for (const reference of modules) {
      const entry = entryOf(this.place, reference);
      // What is installed is known before it is loaded: a package that is not there is reported as that.
      const installed = 'package' in reference.module ? await identityOfModule(this.place, entry, tree) : undefined;
      if (installed?.ok === false) {
        problems.push(...placed(installed.error, reference));
        continue;
      }
      const kind = await loadKind(this.place, reference.id, entry, tree);
      if (!kind.ok) {
        problems.push(...placed(kind.error, reference));
        continue;
      }
      const code = installed ?? (await identityOfModule(this.place, entry, tree));
      if (!code.ok) {
        problems.push(...placed(code.error, reference));
        continue;
      }
      this.#own.set(reference.id, { ...kind.value, code: code.value });
      found.set(reference.id, kind.value.kind);
    }
    const readings = recorder.readings();
    this.#watched = new WatchedFiles(this.place.root, readings);
    this.#read = Object.entries(readings.files).flatMap(([path, digest]) => (digest === null ? [] : [path]));
    return problems.length > 0 ? err(problems) : ok(found);
  }
}

function entryOf({ root }: UserModules, { module, exported }: ModuleReference): Entry {
  if ('package' in module) return packageEntry(module.package, exported);
  const path = relative(root, module.path).replaceAll('\\', '/');
  return { module: path, export: exported, members: STAGE_MEMBERS };
}

interface OwnKind {
  readonly kind: AnyStageKind;
  readonly code: CodeIdentity;
  readonly script: string;
}

/** Problems of a module stand where the experiment names it, unless they stand in a module of the project. */
function placed(problems: readonly Diagnostic[], { at, module }: ModuleReference): readonly Diagnostic[] {
  return problems.map((one) => ({ ...one, place: ('path' in module ? one.place : undefined) ?? placeOf(at) }));
}

/** What is made of a project's modules is code: never in the cache, where others may write. The folder is made on demand. */
export function userModules(root: string): UserModules {
  return {
    root,
    get cache() {
      return privateFolder();
    },
  };
}

/** In a worker: the kind of a name that the parent has already looked at. */
export async function findKind(place: UserModules, name: string, script?: string): Promise<AnyStageKind | undefined> {
  const known = ownKinds.get(name);
  if (known !== undefined) return known;
  const [module, exported] = name.split('#');
  if (exported === undefined) return undefined;
  const installed = packageKind(name);
  const entry: Entry =
    installed === undefined
      ? { module: module!.replace(/^\.\//, ''), export: exported }
      : packageEntry(installed.specifier, exported);
  const kind = await (script === undefined ? loadKind(place, name, entry) : kindOf(script, name, entry));
  return kind.ok ? kind.value.kind : undefined;
}

async function loadKind(
  place: UserModules,
  name: string,
  entry: Entry,
  tree?: SourceTree,
): Promise<Result<Omit<OwnKind, 'code'>>> {
  const script = await translateModule(place, entry.module, tree);
  return script.ok ? kindOf(script.value, name, entry) : script;
}

async function kindOf(script: string, name: string, entry: Entry): Promise<Result<Omit<OwnKind, 'code'>>> {
  const file = packageKind(name)?.specifier ?? entry.module;
  const module = await loadScript(script, file);
  if (!module.ok) return module;
  const exports = module.value;
  const kind = exports[entry.export];
  if (isStageKind(kind)) {
    const wrong = presentationProblem(kind.shows);
    if (wrong !== undefined)
      return err([
        { code: 'kinds/bad-presentation', severity: 'error', message: `${entry.export} of ${file}: ${wrong}` },
      ]);
    const shows = kind.shows === undefined ? {} : { shows: guarded(name, kind.shows) };
    return ok({ kind: { ...kind, name, ...shows }, script });
  }
  // What stands for a package exports the one name, whatever the package exports.
  const message = !(entry.export in exports)
    ? `${file} exports no ${entry.export}; it exports ${Object.keys(exports).join(', ') || 'nothing'}`
    : kind === undefined
      ? `${file} exports no ${entry.export}`
      : `${entry.export} of ${file} is not a stage kind: it needs \`parameters\`, \`produces\` and \`run\` or \`division\``;
  return err([{ code: 'kinds/no-kind', severity: 'error', message }]);
}

function isStageKind(value: unknown): value is AnyStageKind {
  if (typeof value !== 'object' || value === null) return false;
  return 'parameters' in value && 'produces' in value && ('run' in value || 'division' in value);
}

function unknown(name: string): never {
  throw new Error(`no code identity of ${name}: run npm run build`);
}
