import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import { ownFrame } from '../own-frame.js';
import { sha256, type CodeIdentity, type Entry, type IdentityCode } from './identity.js';
import { remembered, writeWhole } from './memo.js';
import { packageOfModule, withFilesOf, withPackageModules } from './package-module.js';
import { diskSources, type SourceTree } from './source-tree.js';
import type { Emitted } from './transpile.js';

/** Where a user's modules lie and where fx may remember what it found out about them. Both are absolute. */
export interface UserModules {
  /** The project: what their paths are relative to. */
  readonly root: string;
  /** A folder where nobody else writes: what is kept there is loaded as code, and says what code a result is of. */
  readonly cache: string;
}

type Exports = Readonly<Record<string, unknown>>;

type IdentityResult<T> = Result<T, readonly Diagnostic<IdentityCode>[]>;

/** What users' modules are made of: the files of the project, and the modules that stand for packages of stage kinds. */
export function moduleSources(root: string): SourceTree {
  return withPackageModules(diskSources(root));
}

/**
 * The code identity of an export of a user's own module, TypeScript or JavaScript. Remembered by the digests of all files
 * it was worked out from; while they are unchanged, no compiler is loaded.
 */
export function identityOfModule(
  place: UserModules,
  entry: Entry,
  tree: SourceTree = moduleSources(place.root),
): Promise<IdentityResult<CodeIdentity>> {
  const specifier = packageOfModule(entry.module);
  const name = sha256(JSON.stringify([place.root, entry.module, entry.export, entry.members ?? null]));
  return remembered(
    join(place.cache, 'identities', `${name}.json`),
    tree,
    async (read) => {
      const found = (await import('./reach.js')).codeIdentity(read, entry);
      return found.ok && specifier !== undefined ? ok(withFilesOf(read, specifier, found.value)) : found;
    },
    (result) => result.ok,
  );
}

/** Loads a user's own module, from the script that it is translated to. */
export async function loadUserModule(place: UserModules, module: string): Promise<IdentityResult<Exports>> {
  const script = await translateModule(place, module);
  return script.ok ? loadScript(script.value, module) : script;
}

/**
 * Translates a user's own module, and what it imports of the project, to JavaScript, into a folder named by their content
 * (docs/decisions/0009); gives the script to import. What runs is what was digested, whatever becomes of the sources, and
 * an edit is seen by a process that loaded the module before. While the sources are unchanged, no compiler is loaded.
 */
export async function translateModule(
  place: UserModules,
  module: string,
  tree: SourceTree = moduleSources(place.root),
): Promise<IdentityResult<string>> {
  const folder = join(place.cache, 'modules');
  const name = sha256(JSON.stringify([place.root, module]));
  return remembered<IdentityResult<string>>(
    join(folder, `${name}.json`),
    tree,
    async (read) => {
      const emitted = (await import('./transpile.js')).transpile(read, place.root, module);
      return emitted.ok ? translated(folder, emitted.value, place.root) : emitted;
    },
    (result) => result.ok && existsSync(result.value),
  );
}

/** Imports the script that a module was translated to. */
export async function loadScript(script: string, module: string): Promise<IdentityResult<Exports>> {
  try {
    return ok((await import(pathToFileURL(script).href)) as Exports);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const at = error instanceof Error ? ownFrame(String(error.stack)) : undefined;
    const message = `${module} does not load: ${reason}${at === undefined ? '' : ` (at ${at})`}`;
    return fail(failure('identity/does-not-load', message));
  }
}

function translated(folder: string, emitted: Emitted, root: string): IdentityResult<string> {
  try {
    return ok(write(folder, emitted, packagesAbove(root)));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `the modules of the project cannot be translated into ${folder}: ${error.message}`;
    return fail(failure('identity/unwritable', message, 'name a folder of your own with XDG_CACHE_HOME'));
  }
}

/** The folders of packages that Node finds from a project, the nearest last. */
function packagesAbove(root: string): readonly string[] {
  const found: string[] = [];
  for (let folder = root; ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    if (existsSync(packages)) found.unshift(packages);
    if (folder === dirname(folder)) return found;
  }
}

/**
 * Writes the files into a folder named by their content and by the packages that they may import; gives the path of the
 * entry. The packages are found as from the project: the files lie as deep as there are folders of packages, each with a link
 * to one of them beside it.
 */
function write(folder: string, { files, entry }: Emitted, packages: readonly string[]): string {
  const content = files.map(({ path, content }) => `${path} ${sha256(content)}`);
  const digest = sha256([...packages.map((path) => JSON.stringify(path)), ...content].join('\n')).slice(0, 32);
  const target = join(folder, digest);
  const inside = packages.map(() => 'in').join('/');
  if (!existsSync(target)) {
    const temporary = `${target}.${process.pid}.tmp`;
    mkdirSync(join(temporary, inside), { recursive: true });
    packages.forEach((path, depth) =>
      symlinkSync(path, join(temporary, ...Array<string>(depth + 1).fill('in'), 'node_modules')),
    );
    for (const { path, content } of files) writeWhole(join(temporary, inside, path), content);
    try {
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      // Another process was faster, with the same content.
      if (!existsSync(target)) throw error;
    }
  }
  return join(target, inside, entry);
}
