import { hostname } from 'node:os';
import { milliseconds } from '../../../foundation/machine/clock.js';
import { missingPackage } from '../../../foundation/failures/missing-package.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { spareMemory } from '../../../foundation/machine/frugal.js';
import { isJsonObject, type Json } from '../../../foundation/values/json.js';
import { UnfitFile } from '../../../foundation/files/opening.js';
import { descendants, signalAll, workingIn } from '../../../foundation/machine/processes.js';
import { removed } from '../../../foundation/files/removal.js';
import type { Result } from '../../../foundation/failures/result.js';
import { openCache, publishFolder, type Cache } from '../../artifacts/cache.js';
import { heldFiles, ListedFiles } from '../../artifacts/content/listing.js';
import { openExternal, openFiles } from '../../artifacts/content/open.js';
import { writeFailure } from '../../artifacts/store/store.js';
import { refused } from './refused.js';
import type { AnyStageKind, Artifact, ParameterProblem, StageContext, StageReport } from '../../stage.js';
import { metricNamesProblem, readAnswer, threw, type AnswerCode } from '../../plan/answer.js';
import { askCheck } from '../../plan/kind-answers.js';
import { floodOf, TaskLog } from '../output/log.js';
import type { Answer, FromWorker, SentArtifact, Task, ToWorker } from './protocol.js';

/** Finds the stage kind of a name; of a user's own kind `script` is the script that its code was translated to. */
export type FindKind = (name: string, script?: string) => Promise<AnyStageKind | undefined>;

/** The child's side of the conversation: does one task at a time until its parent lets go. */
export function serve(findKind: FindKind): void {
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
    void removed().then(() => process.exit(0));
  });
  process.on('message', (message: ToWorker) => {
    if (message.say === 'stop') {
      current?.abort();
      return;
    }
    current = new AbortController();
    const { task } = message;
    ({ workspace } = task);
    const idleness = isOwn(task) ? watchForIdleness(task.kind) : undefined;
    void doTask(task, findKind, say, current.signal, idleness?.answer).then((answer) => {
      idleness?.end();
      workspace = undefined;
      say(answer);
    });
  });
}

/** Does one task in this process. @param instead an answer that may come before the work's own */
export async function doTask(
  task: Task,
  findKind: FindKind,
  say: (message: FromWorker) => void,
  signal: AbortSignal,
  instead?: Promise<Answer>,
): Promise<Answer> {
  const log = new TaskLog(floodOf(task.workspace), (line) => say({ say: 'log', line }));
  const working = work(task, findKind, say, signal, log);
  const answer = await Promise.race(instead === undefined ? [working] : [working, instead]);
  log.end();
  const file = log.file();
  return file === undefined ? answer : { ...answer, log: file };
}

/**
 * Fails a user's own stage once nothing is left that could ever settle its promise: no timer, no file, no socket, no thread.
 * Node ends a program of its own there.
 */
function watchForIdleness(kind: string): { readonly answer: Promise<Answer>; readonly end: () => void } {
  let onIdle = (): void => undefined;
  const answer = new Promise<Answer>((resolve) => {
    onIdle = () => {
      process.channel?.ref();
      const help = 'it waits for a promise that nothing resolves: await all that it starts, and call every callback';
      const message = `${kind} never settles: no work is left that it could wait for`;
      resolve({ say: 'failed', diagnostics: [failure<AnswerCode>('run/never-settles', message, help)] });
    };
  });
  process.channel?.unref();
  process.once('beforeExit', onIdle);
  return {
    answer,
    end: () => {
      process.off('beforeExit', onIdle);
      process.channel?.ref();
    },
  };
}

function isOwn(task: Task): boolean {
  return task.kind.includes('#');
}

async function work(
  task: Task,
  findKind: FindKind,
  say: (message: FromWorker) => void,
  signal: AbortSignal,
  log: TaskLog,
): Promise<Answer> {
  let isTheirs = false;
  try {
    const kind = await findKind(task.kind, task.script);
    if (kind === undefined) throw new Error(`the worker does not know stage kind ${task.kind}`);
    // Until a task of another kind comes: what lies between two of one kind is part of the stream.
    spareMemory(kind.streams ?? false);
    const cache = openCache(task.cache);
    const context = contextOf(task, cache, say, signal, log);
    const lacking = await machineProblems(kind, task, context.parameters);
    if (lacking.length > 0) return { say: 'failed', diagnostics: lacking };
    isTheirs = isOwn(task);
    const result = asked(task, await call(kind, task, cache, context));
    isTheirs = false;
    if (!result.ok) return { say: 'failed', diagnostics: result.error };
    const named = metricNamesProblem(task.kind, result.value.metrics ?? {});
    if (named !== undefined) return { say: 'failed', diagnostics: [named] };
    const outputs = await publishFolder(cache, task.workspace, { move: true });
    if (!outputs.ok) return { say: 'failed', diagnostics: outputs.error };
    return { say: 'done', ...outputs.value, report: result.value };
  } catch (error) {
    return { say: 'failed', diagnostics: whatFailed(task, error, isTheirs) };
  }
}

/** @param isTheirs whether a user's module threw it */
function whatFailed(task: Task, error: unknown, isTheirs: boolean): readonly Diagnostic[] {
  try {
    // A stage that fills the disk is no bug of the stage.
    if (isSystemError(error, 'ENOSPC', 'EDQUOT')) return writeFailure(error, task.cache).error;
    // Nor is what its input is.
    if (error instanceof UnfitFile) return [failure('run/unfit-file', error.message)];
    // What a user's module asks of the system is shown with the line that asked.
    const refusal = isTheirs ? undefined : refused(error, task.workspace);
    if (refusal !== undefined) return [refusal];
    const absent = missingPackage(error);
    if (absent !== undefined) {
      const message = `${task.kind} needs the package ${absent}, which is not installed`;
      return [failure('run/missing-package', message, `npm install ${absent}`)];
    }
  } catch (another) {
    // A module may throw a value that cannot even be looked at.
    if (!isOwn(task)) throw another;
  }
  return [threw(task.kind, error, isOwn(task))];
}

/** The compiler sees to what our own kinds give back. */
function asked(task: Task, answer: Result<StageReport>): Result<StageReport> {
  return isOwn(task) ? readAnswer(task.kind, answer) : answer;
}

/** What the kind found of this machine last, and for what: the parts of a stage come one after another. */
let looked: { readonly of: string; readonly problems: Promise<readonly ParameterProblem[]> } | undefined;

/** What this machine lacks for the task, where the run itself is on another. Any machine puts parts together. */
async function machineProblems(
  kind: AnyStageKind,
  { kind: name, script, act, checksMachine, parameters: sent }: Task,
  parameters: unknown,
): Promise<readonly ParameterProblem[]> {
  if (checksMachine !== true || act === 'gather') return [];
  const of = JSON.stringify([name, script, sent]);
  if (looked?.of !== of) looked = { of, problems: askCheck(kind, parameters, 'checkMachine') };
  const problems = await looked.problems;
  return problems.map((problem) => ({ ...problem, message: `on ${hostname()}, ${problem.message}` }));
}

function receiver(cache: Cache): (sent: SentArtifact) => Artifact {
  return ({ $artifact: digest, files, folders, count, metrics, outside }: SentArtifact): Artifact => {
    const listed = files === undefined ? new ListedFiles(cache.blobs.locate(digest), count) : heldFiles(files);
    const listing = { digest, files: listed, ...(folders === undefined ? {} : { folders }) };
    return outside === undefined
      ? openFiles(listing, metrics, cache.blobs)
      : openExternal(listing, outside.root, outside.shape);
  };
}

function contextOf(
  task: Task,
  cache: Cache,
  say: (message: FromWorker) => void,
  signal: AbortSignal,
  log: TaskLog,
): StageContext<unknown> {
  return {
    parameters: receiveParameters(task.parameters, receiver(cache)),
    workspace: task.workspace,
    cores: task.cores,
    signal,
    log: (line) => log.add(line),
    progress: throttled((done, total, unit) => say({ say: 'progress', done, total, unit })),
  };
}

async function call(
  kind: AnyStageKind,
  task: Task,
  cache: Cache,
  context: StageContext<unknown>,
): Promise<Result<StageReport>> {
  const receive = receiver(cache);
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
    const now = milliseconds();
    if (done < total && now - last < 100) return;
    last = now;
    report(done, total, unit);
  };
}
