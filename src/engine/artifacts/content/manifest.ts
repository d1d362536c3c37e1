import { isDigest, sha256, type Content, type Digest } from '../../../foundation/files/digest.js';
import { byCodeUnit, isJsonObject } from '../../../foundation/values/json.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../../foundation/failures/result.js';
import { pathProblem } from '../../../foundation/files/paths.js';
import type { ArtifactFile } from '../../stage.js';

/**
 * The content of an artifact: its files by path, digest and size, sorted by path in order of code units, and the folders in
 * which no file lies, sorted likewise.
 */
export interface Manifest {
  readonly files: readonly ArtifactFile[];
  readonly folders?: readonly string[];
}

export type ManifestCode = 'cache/bad-manifest';

export function manifest(files: readonly ArtifactFile[]): Manifest {
  return { files: [...files].sort((a, b) => byCodeUnit(a.path, b.path)) };
}

/** sha256 of {@link manifestText}: the identity of an artifact, what keys see. */
export function manifestDigest(of: Manifest): Digest {
  return sha256(manifestText(of.files, of.folders));
}

/**
 * The text `fx/manifest@1`, then one line per file: digest, size and path (as a JSON string), separated by single spaces,
 * each line ended by a line feed. If a file is executable or a folder is empty, the first line is `fx/manifest@2`: ` x`
 * then ends the line of an executable file, and after the files stands `folder` with the path of each empty folder.
 */
export function manifestText(files: Iterable<ArtifactFile>, folders: readonly string[] = []): string {
  let second = folders.length > 0;
  const lines = Array.from(files, (file) => {
    second ||= file.executable === true;
    return manifestLine(file);
  });
  for (const folder of folders) lines.push(`${FOLDER}${JSON.stringify(folder)}\n`);
  return (second ? MANIFEST_HEAD_2 : MANIFEST_HEAD) + lines.join('');
}

/** Of one length, so that the first file begins at the same place. */
export const MANIFEST_HEAD = 'fx/manifest@1\n';
const MANIFEST_HEAD_2 = 'fx/manifest@2\n';

const FOLDER = 'folder ';

export function manifestLine(file: ArtifactFile): string {
  return `${file.digest} ${file.bytes} ${JSON.stringify(file.path)}${file.executable === true ? ' x' : ''}\n`;
}

/** Whether a line of a manifest's text names an empty folder: it stands after all files. */
export function isFolderLine(line: string): boolean {
  return line.startsWith(FOLDER);
}

/** The file that a line of a manifest's text names. Throws where it is no such line: the text was changed. */
export function readManifestLine(line: string): ArtifactFile {
  const space = line.indexOf(' ', 65);
  const digest = line.slice(0, 64);
  const bytes = Number(line.slice(65, space));
  if (space < 0 || !isDigest(digest) || !Number.isSafeInteger(bytes))
    throw new Error(`not a line of a manifest: ${line}`);
  const executable = line.endsWith('" x');
  const path = JSON.parse(line.slice(space + 1, executable ? -2 : undefined)) as string;
  return { digest, bytes, path, ...(executable ? { executable } : {}) };
}

export function manifestBytes(of: { readonly files: Iterable<ArtifactFile> }): number {
  let sum = 0;
  for (const { bytes } of of.files) sum += bytes;
  return sum;
}

/** Each blob of a manifest once. */
export function contents(of: Manifest): readonly Content[] {
  return [...new Map(of.files.map((file) => [file.digest, file])).values()];
}

/**
 * Reads a manifest's files from untrusted JSON. Refused: fields of a wrong type, paths that are unsafe (see
 * {@link pathProblem}), the same path twice, a path that is both a file and a folder, wrong order.
 */
export function parseFiles(value: unknown): Result<readonly ArtifactFile[], readonly Diagnostic<ManifestCode>[]> {
  const refuse = (what: string) => err([failure<ManifestCode>('cache/bad-manifest', `the manifest ${what}`)]);
  if (!Array.isArray(value)) return refuse('is not a list of files');
  const files: ArtifactFile[] = [];
  const seen = new Set<string>();
  for (const entry of value as unknown[]) {
    if (!isJsonObject(entry)) return refuse('has an entry that is not an object');
    const { path, digest, bytes, executable } = entry;
    if (typeof path !== 'string') return refuse('has a file without a path');
    const problem = pathProblem(path);
    if (problem !== undefined) return refuse(`names ${JSON.stringify(path)}, which ${problem}`);
    if (!isDigest(digest)) return refuse(`gives ${JSON.stringify(path)} no sha256 digest`);
    if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) {
      return refuse(`gives ${JSON.stringify(path)} no size`);
    }
    if (executable !== undefined && executable !== true)
      return refuse(`says of ${JSON.stringify(path)} no valid rights`);
    const last = files.at(-1);
    if (last !== undefined && byCodeUnit(last.path, path) >= 0) {
      return refuse(`names ${JSON.stringify(path)} twice or out of order`);
    }
    files.push({ path, digest, bytes, ...(executable === undefined ? {} : { executable }) });
    seen.add(path);
  }
  let folder = '';
  for (const { path } of files) {
    // Neighbours share their folder: it is looked at once.
    const own = path.slice(0, path.lastIndexOf('/') + 1);
    if (own === folder) continue;
    folder = own;
    for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
      if (seen.has(path.slice(0, cut)))
        return refuse(`has ${JSON.stringify(path.slice(0, cut))} as file and as folder`);
    }
  }
  return ok(files);
}

/** Reads a manifest's empty folders from untrusted JSON: safe paths, in order, at or below or above which no file lies. */
export function areFolders(value: unknown, files: readonly ArtifactFile[]): value is readonly string[] {
  if (!Array.isArray(value)) return false;
  const taken = new Set<string>();
  const addWithAbove = (path: string): void => {
    for (let cut = path.length; cut > 0; cut = path.lastIndexOf('/', cut - 1)) taken.add(path.slice(0, cut));
  };
  const paths = new Set(files.map(({ path }) => path));
  for (const { path } of files) addWithAbove(path);
  let last = '';
  for (const folder of value as unknown[]) {
    if (typeof folder !== 'string' || pathProblem(folder) !== undefined || byCodeUnit(last, folder) >= 0) return false;
    if (taken.has(folder)) return false;
    for (let cut = folder.length; cut > 0; cut = folder.lastIndexOf('/', cut - 1)) {
      if (paths.has(folder.slice(0, cut))) return false;
    }
    addWithAbove(folder);
    last = folder;
  }
  return true;
}
