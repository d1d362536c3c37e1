import { pathProblem } from '../../../foundation/files/paths.js';
import { SETTINGS_FILE } from '../../document/settings.js';
import type { Digest } from '../../../foundation/files/digest.js';

/**
 * What lies where in a bundle. The root of the zip is a project: the experiment in one file, what it reads, its
 * schemas, its reports with their lock. Beside it the crate's metadata, and under `fx-bundle/` what fills a cache.
 */
export const METADATA = 'ro-crate-metadata.json';
export const PREVIEW = 'ro-crate-preview.html';
export const CITATION = 'CITATION.cff';
const INNER = 'fx-bundle';
export const FACTS = `${INNER}/facts.json`;
const RESULTS = `${INNER}/results/`;
const BLOBS = `${INNER}/blobs/`;

/** Left in the folder that a bundle was unpacked into: what is in it came from another person. */
export const ORIGIN = '.fx-bundle.json';

export function resultName(key: Digest): string {
  return `${RESULTS}${key}.json`;
}

export function blobName(digest: Digest): string {
  return `${BLOBS}${digest}`;
}

/** What an entry of a bundle is. */
export type EntryKind =
  | { readonly is: 'result'; readonly key: Digest }
  | { readonly is: 'blob'; readonly digest: Digest }
  | { readonly is: 'facts' }
  | { readonly is: 'file' };

/** What an entry is by its name, or why it may not be there. */
export function entryKind(name: string): EntryKind | string {
  const problem = pathProblem(name);
  if (problem !== undefined) return problem;
  const result = new RegExp(`^${RESULTS}([0-9a-f]{64})\\.json$`).exec(name)?.[1];
  if (result !== undefined) return { is: 'result', key: result };
  const blob = new RegExp(`^${BLOBS}([0-9a-f]{64})$`).exec(name)?.[1];
  if (blob !== undefined) return { is: 'blob', digest: blob };
  if (name === FACTS) return { is: 'facts' };
  if (name.startsWith(`${INNER}/`)) return 'is no part of a bundle';
  // What would be taken for the user's own: settings, a repository, packages, a cache; and what would make a project of its
  // own of a folder, above which nobody looks for settings, or for where it came from. Whatever the file system's case.
  const segments = name.toLowerCase().split('/');
  if (segments.some((segment) => segment.startsWith('.'))) return 'is hidden';
  if (segments.some((segment) => NOBODYS.has(segment))) return 'must not come in a bundle';
  if (segments.length > 1 && segments.at(-1) === 'package.json') return 'would be a project of its own';
  return { is: 'file' };
}

const NOBODYS: ReadonlySet<string> = new Set([SETTINGS_FILE, 'node_modules', 'cache']);
