import { writeFileSync } from 'node:fs';
import { openCache } from '../../engine/artifacts/cache.js';
import { storedIn } from '../../engine/artifacts/upkeep/inventory.js';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { otherThan } from '../../engine/sharing/frozen.js';
import type { Lock } from '../../engine/sharing/lock.js';
import { makeSigningKey, openSigner } from '../../engine/sharing/remote/signature.js';
import { pullAll, pushAll, type Moved } from '../../engine/sharing/remote/transfer-all.js';
import type { Remote } from '../../engine/sharing/remote/transfer.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isSystemError, sayBytes } from '../../foundation/files/files.js';
import { EXIT } from '../program/exit.js';
import { readLock } from '../results/lock.js';
import { chooseRemote, type RemoteChoice } from '../project/remote.js';
import { cacheFolder, openExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';

export type TransferOptions = ExperimentOptions & RemoteChoice;

/** `fx cache push`: results to the remote: those of an experiment's lock, or all. Exit code 1 where some did not arrive. */
export async function push(file: string | undefined, options: TransferOptions): Promise<number> {
  return transfer(file, options, (remote, cacheRoot, lock, report) => {
    const cache = openCache(cacheRoot);
    const keys = lock === undefined ? storedIn(cache, 'results').map(({ digest }) => digest) : keysOf(lock);
    return pushAll(remote, cache, keys, report);
  });
}

/** `fx cache pull`: the results of an experiment's lock from the remote into the cache. */
export async function pull(file: string, options: TransferOptions): Promise<number> {
  return transfer(file, options, (remote, cacheRoot, lock, report) => {
    const locked = new Map([...(lock?.stages.values() ?? [])].map((stage) => [stage.key, stage]));
    return pullAll(remote, openCache(cacheRoot), [...locked.keys()], report, (record) =>
      otherThan(locked.get(record.key)!, record),
    );
  });
}

function keysOf({ stages }: Lock): readonly string[] {
  return [...stages.values()].map(({ key }) => key);
}

function helpOn({ code }: NodeJS.ErrnoException): string {
  return code === 'EEXIST'
    ? 'name another file: a key is not written over'
    : 'name a file in a folder that you may write to';
}

/** `fx cache key`: a new key to sign results with; prints the public part. */
export function key(file: string): number {
  const terminal = openTerminal();
  const pem = makeSigningKey();
  try {
    writeFileSync(file, pem, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const problem = failure('cache/no-key', `the key was not written: ${error.message}`, helpOn(error));
    return showDiagnostics([problem], () => undefined, terminal, {});
  }
  terminal.say(openSigner(pem)!.publicKey);
  return EXIT.done;
}

type Act = (
  remote: Remote,
  cacheRoot: string,
  lock: Lock | undefined,
  report: (done: number, total: number) => void,
) => Promise<Moved>;

async function transfer(file: string | undefined, options: TransferOptions, act: Act): Promise<number> {
  const terminal = openTerminal();
  let project = findProject(`${process.cwd()}/x`, diskFiles);
  let locked: Lock | undefined;
  if (file !== undefined) {
    const opened = await openExperiment(file, options, () => undefined);
    if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
    await opened.experiment.services.workers.close();
    project = opened.experiment.project;
    const lock = await readLock(project, opened.experiment.graph);
    if (!lock.ok) return showDiagnostics(lock.error, opened.experiment.sources, terminal, options);
    locked = lock.value;
  }
  const none = (problems: readonly Diagnostic[]): number =>
    showDiagnostics(problems, () => undefined, terminal, options);
  const remote = await chooseRemote(options, project);
  if (!remote.ok) return none(remote.error);
  if (remote.value === undefined) {
    const message = 'no remote is named';
    const help = 'give --remote ADDRESS, set FX_REMOTE, or write `remote:` into fx.local.yaml';
    return none([{ code: 'remote/bad-address', severity: 'error', message, help }]);
  }
  const moved = await act(remote.value, cacheFolder(options, project), locked, progress(terminal));
  tell(moved, remote.value, terminal, options);
  return moved.problems.length > 0 ? EXIT.failed : EXIT.done;
}

function tell(moved: Moved, remote: Remote, terminal: Terminal, options: TransferOptions): void {
  if (options.json === true) {
    terminal.json({ schema: 'fx/transfer@1', remote: remote.name, ...moved });
    return;
  }
  if (moved.problems.length > 0) showDiagnostics(moved.problems, () => undefined, terminal, {});
  const size = moved.bytes > 0 ? ` (${sayBytes(moved.bytes)})` : '';
  terminal.note(
    `${remote.name}: ${moved.moved} results moved${size}, ${moved.there} were there, ${moved.failed} failed`,
  );
}

/** A line that redraws itself on a terminal. */
function progress(terminal: Terminal): (done: number, total: number) => void {
  return (done, total) => terminal.count(done === total ? '' : `${done} of ${total} results`);
}
