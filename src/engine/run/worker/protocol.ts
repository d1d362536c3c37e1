import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isJsonObject, type Json, type JsonObject } from '../../../foundation/values/json.js';
import type { ArtifactFile, FinishedPart, Part, StageReport } from '../../stage.js';

/**
 * What passes between the scheduler and the child process that does the work. A worker gets one resolved task and the
 * place of the blobs, never the graph; it publishes the blobs it makes and answers with their names, and the scheduler
 * publishes the record.
 */
export interface Task {
  /** Name of the stage kind, as its registry knows it. */
  readonly kind: string;
  /** Of a user's own kind: the script to load, which is what the key was made of, whatever became of its source since. */
  readonly script?: string;
  readonly act: 'run' | 'part' | 'gather';
  /** The machine that does it is to be asked whether it has what the kind needs: the run is on another. */
  readonly checksMachine?: true;
  /** Parameters with {@link SentArtifact}s in place of artifacts. */
  readonly parameters: JsonObject;
  readonly part?: Part;
  readonly previous?: SentArtifact;
  readonly parts?: readonly SentPart[];
  readonly workspace: string;
  readonly cores: number;
  /** The cache directory. */
  readonly cache: string;
}

/**
 * An artifact on its way to a worker, which opens blobs by digest, and files from outside below `root`, or as `root` itself
 * where the input is one file.
 */
export interface SentArtifact {
  readonly $artifact: string;
  /** What of it may be read. Where there are too many to send, the text of its manifest is the blob `$artifact`. */
  readonly files?: readonly ArtifactFile[];
  readonly folders?: readonly string[];
  readonly count: number;
  readonly metrics: Readonly<Record<string, Json>>;
  readonly outside?: { readonly root: string; readonly shape: 'file' | 'folder' };
}

export type SentPart = Omit<FinishedPart, 'artifact'> & { readonly artifact: SentArtifact | undefined };

export type ToWorker = { readonly say: 'do'; readonly task: Task } | { readonly say: 'stop' };

export type FromWorker =
  | { readonly say: 'ready' }
  | { readonly say: 'log'; readonly line: string }
  | { readonly say: 'progress'; readonly done: number; readonly total: number; readonly unit: string }
  | {
      readonly say: 'done';
      readonly files: readonly ArtifactFile[];
      readonly folders?: readonly string[];
      readonly report: StageReport;
      /** The file that holds all that was said, if it was too much to be sent. */
      readonly log?: string;
    }
  | { readonly say: 'failed'; readonly diagnostics: readonly Diagnostic[]; readonly log?: string };

/** Whether a message of a child is one of these: a stage's own code may send what it likes. */
export function isFromWorker(message: unknown): message is FromWorker {
  if (!isJsonObject(message)) return false;
  switch (message.say) {
    case 'ready':
      return true;
    case 'log':
      return typeof message.line === 'string';
    case 'progress':
      return Number.isFinite(message.done) && Number.isFinite(message.total) && typeof message.unit === 'string';
    case 'done':
      return Array.isArray(message.files) && isJsonObject(message.report);
    case 'failed':
      return Array.isArray(message.diagnostics);
    default:
      return false;
  }
}

/** How a task ended. */
export type Answer = FromWorker & { readonly say: 'done' | 'failed' };
