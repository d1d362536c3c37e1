import { createHash } from 'node:crypto';
import { byCodeUnit } from '../../../foundation/values/json.js';

/**
 * Which code an implementation is: what of our sources it reaches, declaration by declaration, and the packages it
 * reaches. Part of a stage's key by `digest`; the rest is there to explain a difference. docs/keys.md is normative.
 */
export interface CodeIdentity {
  /** sha256, hex: over the format, the entry, the declarations and the packages. */
  readonly digest: string;
  /** Sorted by file, then name. */
  readonly declarations: readonly DeclarationIdentity[];
  /** Sorted by name, then version. */
  readonly packages: readonly PackageIdentity[];
}

export interface DeclarationIdentity {
  /** As declared; {@link MODULE_LEVEL} for what a module does when it is loaded; {@link CONTENT} for a file that is data. */
  readonly name: string;
  /** Relative to the project, with `/`. */
  readonly file: string;
  /** sha256, hex, of the normal form and of what its names refer to. */
  readonly digest: string;
}

export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
}

/** The implementation whose identity is asked for. */
export interface Entry {
  /** Path of the module, relative to the project, with `/`. */
  readonly module: string;
  readonly export: string;
  /**
   * Where the export is an object literal: count only these of its properties. A stage kind's schema and words are not
   * its implementation (the key holds the resolved parameters).
   */
  readonly members?: readonly string[];
}

/** The properties of a stage kind that do its work. */
export const STAGE_MEMBERS: readonly string[] = ['division', 'reproducible', 'run'];

export const MODULE_LEVEL = '(module level)';
export const CONTENT = '(content)';

/** Rises whenever the same sources would give another identity: every key changes with it. */
export const IDENTITY_FORMAT = 'fx/code-identity@1';

export type IdentityCode =
  | 'identity/missing-module'
  | 'identity/missing-export'
  | 'identity/missing-file'
  | 'identity/missing-package'
  | 'identity/leaves-project'
  | 'identity/does-not-load'
  | 'identity/unwritable'
  | 'identity/syntax';

/** Puts the parts in order and digests them. `entry` is the declaration that the entry resolves to. */
export function assembleIdentity(
  entry: string,
  declarations: readonly DeclarationIdentity[],
  packages: readonly PackageIdentity[],
): CodeIdentity {
  const sortedDeclarations = [...declarations].sort((a, b) => byCodeUnit(a.file, b.file) || byCodeUnit(a.name, b.name));
  const sortedPackages = [...packages].sort((a, b) => byCodeUnit(a.name, b.name) || byCodeUnit(a.version, b.version));
  const record = [
    IDENTITY_FORMAT,
    entry,
    sortedDeclarations.map(({ file, name, digest }) => [file, name, digest]),
    sortedPackages.map(({ name, version }) => [name, version]),
  ];
  return { digest: sha256(JSON.stringify(record)), declarations: sortedDeclarations, packages: sortedPackages };
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
