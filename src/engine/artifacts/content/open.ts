import { join } from 'node:path';
import type { Json } from '../../../foundation/values/json.js';
import { UnfitFile } from '../../../foundation/files/opening.js';
import type { Artifact, ArtifactFile } from '../../stage.js';
import type { LocalBlobStore } from '../store/blob-store.js';
import { heldFiles, type Listing } from './listing.js';
import type { ResultRecord } from './result-record.js';
import type { Sighting } from '../external/sighting.js';

/** The outputs of a result, read in place from the blobs. */
export function openResult(record: ResultRecord, blobs: LocalBlobStore): Artifact {
  return openFiles(
    { digest: record.artifact, files: heldFiles(record.outputs), ...foldersOf(record) },
    record.metrics,
    blobs,
  );
}

/** Files in the cache under a given digest: a result's outputs, or the one of them that was asked for. */
export function openFiles(of: Listing, metrics: Readonly<Record<string, Json>>, blobs: LocalBlobStore): Artifact {
  return view(of, metrics, (file) => blobs.locate(file.digest));
}

/** An external input, read where it is. `root`: the folder, or the one file. */
export function openExternal(
  of: Listing & { readonly sighting?: Sighting },
  root: string,
  shape: 'file' | 'folder',
): Artifact {
  const artifact: Artifact = {
    ...view(of, {}, ({ path }) => (shape === 'file' ? root : join(root, path))),
    outside: { root, shape },
  };
  if (of.sighting !== undefined) sightings.set(artifact, of.sighting);
  return artifact;
}

/** How the files of an external input looked when its content was read; undefined where that was not in this process. */
export function sightingOf(artifact: Artifact): Sighting | undefined {
  return sightings.get(artifact);
}

const sightings = new WeakMap<Artifact, Sighting>();

function foldersOf({ folders }: { readonly folders?: readonly string[] }): { readonly folders?: readonly string[] } {
  return folders === undefined ? {} : { folders };
}

function view(
  { digest, files, folders }: Listing,
  metrics: Readonly<Record<string, Json>>,
  locate: (file: ArtifactFile) => string,
): Artifact {
  return {
    digest,
    files,
    ...(folders === undefined ? {} : { folders }),
    metrics,
    locate(path) {
      const file = files.find(path);
      if (file !== undefined) return locate(file);
      const some: string[] = [];
      for (const each of files) if (some.push(each.path) === 5) break;
      throw new UnfitFile(
        'EBADMSG',
        path,
        `an artifact without this file: it has ${files.count}, ${some.join(', ')}, ...`,
      );
    },
  };
}
