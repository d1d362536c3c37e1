import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import type { Manifest } from '../artifacts/content/manifest.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';
import type { IdentifiedPart } from '../plan/identify.js';
import type { Preimage } from '../plan/preimage.js';
import type { Artifact, ArtifactFile, FinishedPart } from '../stage.js';
import type { Task } from './worker/protocol.js';

/** What has a key of its own: a stage, a part of one, or the gathering of its parts. */
export interface Computation {
  readonly key: string;
  readonly preimage: Preimage;
  readonly act: Task['act'];
  readonly part?: IdentifiedPart;
  readonly previous?: Artifact;
  readonly finished?: readonly FinishedPart[];
  /** What shards warned of: the record of the whole has it too. */
  readonly warnings?: readonly Diagnostic[];
}

export type ComputationOutcome =
  | { readonly status: 'reused' | 'executed'; readonly record: ResultRecord }
  | { readonly status: 'failed'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly status: 'interrupted' };

/** A gathered whole of shards holds its parts' files under their own paths, besides what gathering wrote. */
export function withAdopted(
  own: Manifest,
  computation: Computation,
  shape: 'shards' | 'chain' | undefined,
): { ok: true; outputs: Manifest } | { ok: false; error: Diagnostic } {
  if (computation.act !== 'gather' || shape !== 'shards') return { ok: true, outputs: own };
  const all = [...own.files, ...computation.finished!.flatMap((part) => [...part.artifact!.files])];
  all.sort((a, b) => byCodeUnit(a.path, b.path));
  const twice = all.find((file, i) => i > 0 && all[i - 1]!.path === file.path);
  if (twice !== undefined) {
    return { ok: false, error: failure('run/same-path', `two parts of the stage wrote a file ${twice.path}`) };
  }
  const empty = [...(own.folders ?? []), ...computation.finished!.flatMap((part) => part.artifact!.folders ?? [])];
  const folders = empty.length === 0 ? [] : stillEmpty(empty, all);
  return { ok: true, outputs: { files: all, ...(folders.length === 0 ? {} : { folders }) } };
}

/** Where one part left a folder empty, another may have put something. */
function stillEmpty(folders: readonly string[], files: readonly ArtifactFile[]): readonly string[] {
  const all = [...new Set(folders)].sort(byCodeUnit);
  const paths = [...files.map(({ path }) => path), ...all];
  return all.filter((folder) => !paths.some((path) => path.startsWith(`${folder}/`)));
}

export function partName(computation: Computation): { part: string } | Record<string, never> {
  return computation.part === undefined ? {} : { part: computation.part.part.id };
}

/** Whether it ends something that has begun. */
export function goesOn(computation: Computation): boolean {
  return computation.previous !== undefined || computation.act === 'gather';
}
