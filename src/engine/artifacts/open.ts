import { join } from 'node:path';
import type { Digest } from '../../foundation/digest.js';
import type { Json } from '../../foundation/json.js';
import type { Artifact, ArtifactFile } from '../stage.js';
import type { LocalBlobStore } from './blob-store.js';
import { manifestDigest, type Manifest } from './manifest.js';
import type { ResultRecord } from './result-record.js';

/** The outputs of a result, read in place from the blobs. */
export function openResult(record: ResultRecord, blobs: LocalBlobStore): Artifact {
  return openFiles(record.outputs, record.artifact, record.metrics, blobs);
}

/** Files in the cache under a given digest: a result's outputs, or the one of them that was asked for. */
export function openFiles(
  files: readonly ArtifactFile[],
  digest: Digest,
  metrics: Readonly<Record<string, Json>>,
  blobs: LocalBlobStore,
): Artifact {
  return view({ files }, digest, metrics, (file) => blobs.locate(file.digest));
}

/** An external input, read where it is. `root`: the folder, or the one file. */
export function openExternal(of: Manifest, root: string, shape: 'file' | 'folder'): Artifact {
  const artifact = view(of, manifestDigest(of), {}, ({ path }) => (shape === 'file' ? root : join(root, path)));
  return { ...artifact, outside: { root, shape } };
}

function view(
  of: Manifest,
  digest: Digest,
  metrics: Readonly<Record<string, Json>>,
  locate: (file: ArtifactFile) => string,
): Artifact {
  // Made at the first question: most results of a run that has nothing to do are never read from.
  let byPath: ReadonlyMap<string, ArtifactFile> | undefined;
  return {
    digest,
    files: of.files,
    metrics,
    locate(path) {
      byPath ??= new Map(of.files.map((file) => [file.path, file]));
      const file = byPath.get(path);
      if (file !== undefined) return locate(file);
      const some = of.files.slice(0, 5).map((file) => file.path);
      throw new Error(`The artifact has no file "${path}". It has ${of.files.length}: ${some.join(', ')}, ...`);
    },
  };
}
