import { pathProblem } from '../../artifacts/manifest.js';
import type { Digest } from '../../../foundation/digest.js';

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

/** Left in the folder that a bundle was unpacked into: what is in it came from elsewhere. */
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
  // What would be taken for the user's own: settings, a repository, packages, a cache.
  if (name.split('/').some((segment) => segment.startsWith('.'))) return 'is hidden';
  if (/^(fx\.local\.yaml|node_modules|cache)(\/|$)/.test(name) || /(^|\/)node_modules\//.test(name))
    return 'is what no bundle may bring';
  return { is: 'file' };
}
