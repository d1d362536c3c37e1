import { failure } from '../../foundation/diagnostic.js';
import { isSystemError } from '../../foundation/files.js';
import { spareMemory } from '../../foundation/frugal.js';
import { isJsonObject, type Json } from '../../foundation/json.js';
import { descendants, signalAll, workingIn } from '../../foundation/processes.js';
import type { Result } from '../../foundation/result.js';
import { openCache, publishFolder, type Cache } from '../artifacts/cache.js';
import { heldFiles, ListedFiles } from '../artifacts/listing.js';
import { openExternal, openFiles } from '../artifacts/open.js';
import { writeFailure } from '../artifacts/store.js';
import type { AnyStageKind, Artifact, StageContext, StageReport } from '../stage.js';
import type { FromWorker, SentArtifact, Task, ToWorker } from './protocol.js';

/** The child's side of the conversation: does one task at a time until its parent lets go. */
export function serve(findKind: (name: string) => Promise<AnyStageKind | undefined>): void {
  let current: AbortController | undefined;
  let workspace: string | undefined;
  const say = (message: FromWorker): void => {
    if (process.connected) process.send!(message);
  };
  // Ctrl-C reaches the whole process group; the parent decides what a child does about it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  // The parent is done with this child, or gone: what its stages started goes too.
  process.on('disconnect', () => {
    signalAll([...descendants(process.pid), ...(workspace === undefined ? [] : workingIn(workspace))], 'SIGKILL');
    process.exit(0);
  });
  process.on('message', (message: ToWorker) => {
    if (message.say === 'stop') {
      current?.abort();
      return;
    }
    current = new AbortController();
    ({ workspace } = message.task);
    void work(message.task, findKind, say, current.signal).then((answer) => {
      workspace = undefined;
      say(answer);
    });
  });
}

async function work(
  task: Task,
  findKind: (name: string) => Promise<AnyStageKind | undefined>,
  say: (message: FromWorker) => void,
  signal: AbortSignal,
): Promise<FromWorker> {
  try {
    const kind = await findKind(task.kind);
    if (kind === undefined) throw new Error(`the worker does not know stage kind ${task.kind}`);
    // Until a task of another kind comes: what lies between two of one kind is part of the stream.
    spareMemory(kind.streams ?? false);
    const cache = openCache(task.cache);
    const result = await call(kind, task, cache, say, signal);
    if (!result.ok) return { say: 'failed', diagnostics: result.error };
    const outputs = await publishFolder(cache, task.workspace, { move: true });
    if (!outputs.ok) return { say: 'failed', diagnostics: outputs.error };
    return { say: 'done', files: outputs.value.files, report: result.value };
  } catch (error) {
    // A stage that fills the disk is no bug of the stage.
    if (isSystemError(error, 'ENOSPC', 'EDQUOT')) {
      return { say: 'failed', diagnostics: writeFailure(error, task.cache).error };
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { say: 'failed', diagnostics: [failure('run/threw', `a bug in ${task.kind}: ${text}`)] };
  }
}

async function call(
  kind: AnyStageKind,
  task: Task,
  cache: Cache,
  say: (message: FromWorker) => void,
  signal: AbortSignal,
): Promise<Result<StageReport>> {
  const receive = ({ $artifact: digest, files, count, metrics, outside }: SentArtifact): Artifact => {
    const listed = files === undefined ? new ListedFiles(cache.blobs.locate(digest), count) : heldFiles(files);
    const listing = { digest, files: listed };
    return outside === undefined
      ? openFiles(listing, metrics, cache.blobs)
      : openExternal(listing, outside.root, outside.shape);
  };
  const context: StageContext<unknown> = {
    parameters: receiveParameters(task.parameters, receive),
    workspace: task.workspace,
    cores: task.cores,
    signal,
    log: (line) => say({ say: 'log', line }),
    progress: throttled((done, total, unit) => say({ say: 'progress', done, total, unit })),
  };
  const { division } = kind;
  switch (task.act) {
    case 'run':
      if (kind.run === undefined) throw new Error(`${kind.name} has neither run nor division`);
      return kind.run(context);
    case 'part':
      return division!.run({
        ...context,
        part: task.part!,
        previous: task.previous && receive(task.previous),
      });
    case 'gather': {
      const parts = task.parts!.map((part) => ({ ...part, artifact: part.artifact && receive(part.artifact) }));
      return division!.gather({ ...context, parts });
    }
  }
}

function receiveParameters(value: Json, receive: (sent: SentArtifact) => Artifact): unknown {
  if (Array.isArray(value)) return value.map((item: Json) => receiveParameters(item, receive));
  if (!isJsonObject(value)) return value;
  if ('$artifact' in value) return receive(value as unknown as SentArtifact);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, receiveParameters(item, receive)]));
}

/** At most ten a second, and always the last. */
function throttled(report: (done: number, total: number, unit: string) => void): typeof report {
  let last = 0;
  return (done, total, unit) => {
    const now = performance.now();
    if (done < total && now - last < 100) return;
    last = now;
    report(done, total, unit);
  };
}
