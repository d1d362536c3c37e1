import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeIdentity } from './identity.js';

/**
 * The identities of the stage kinds that fx brings along, made when fx is built (scripts/build-identities.ts). Two files:
 * planning needs the digests alone, an explanation or a record the rest.
 */
export interface BuiltInDigests {
  readonly schema: 'fx/identities@1';
  /** Kind name -> digest. */
  readonly kinds: Readonly<Record<string, string>>;
}

export interface BuiltInIdentities {
  readonly schema: 'fx/identity-details@1';
  readonly kinds: Readonly<Record<string, CodeIdentity>>;
}

/** In the folder of compiled output. */
export const DIGESTS_FILE = 'identities.json';
export const DETAILS_FILE = 'identity-details.json';

/** Kind name -> digest of its code identity. */
export function builtInDigests(): ReadonlyMap<string, string> {
  digests ??= new Map(Object.entries((read(DIGESTS_FILE) as BuiltInDigests).kinds));
  return digests;
}

/** The whole identity of a kind; undefined for one that fx does not bring along. */
export function builtInIdentity(kind: string): CodeIdentity | undefined {
  details ??= new Map(Object.entries((read(DETAILS_FILE) as BuiltInIdentities).kinds));
  return details.get(kind);
}

let digests: ReadonlyMap<string, string> | undefined;
let details: ReadonlyMap<string, CodeIdentity> | undefined;

const DIST = fileURLToPath(new URL('../../../..', import.meta.url));

function read(file: string): unknown {
  if (isStale()) {
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    const { status, stderr } = spawnSync(process.execPath, [join(DIST, 'scripts/build-identities.js')]);
    if (status !== 0) throw new Error(`The code identities could not be made: ${stderr.toString()}`);
  }
  return JSON.parse(readFileSync(join(DIST, file), 'utf8'));
}

/**
 * Whether the compiler ran after the identities were made: in a checkout that is compiled without `npm run build`,
 * results of the code before would otherwise be taken for results of the code now.
 */
export function isStale(): boolean {
  const made = statSync(join(DIST, DIGESTS_FILE), { throwIfNoEntry: false });
  if (made === undefined) return true;
  const compiled = statSync(join(DIST, '.tsbuildinfo'), { throwIfNoEntry: false });
  return compiled !== undefined && compiled.mtimeMs > made.mtimeMs;
}
