import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../program/exit.js';
import type { ExperimentOptions } from '../program/options.js';
import { filesRead, marksOf } from '../project/files-read.js';
import { openTerminal } from '../terminal/terminal.js';

/** Milliseconds between two looks at the files. */
const LOOKED_EVERY = 150;

/**
 * `fx watch`: `fx run` in a process of its own, and again whenever one of the files that it read is another. The files are looked at by
 * their paths: an editor that writes a new file and renames it is seen as one that writes in place, on every file system. What is
 * saved while a run goes on starts another after it.
 */
export async function watch(file: string, options: ExperimentOptions): Promise<number> {
  const terminal = openTerminal();
  const stopped = new AbortController();
  let child: ChildProcess | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      stopped.abort();
      // The run stops as at Ctrl-C: it keeps what is finished, and ends at once when asked again.
      child?.kill(name);
    });
  const experiment = resolve(file);
  let files: readonly string[] = [experiment];
  for (;;) {
    // With mistakes in it not all of the files can be known: then those from before count too.
    const read = await filesRead(file, options);
    files = read.whole ? read.files : [...new Set([...files, ...read.files])];
    // From before the run reads them: what is saved later is another state, whatever the run saw of it.
    const before = marksOf(files);
    child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, 'run', ...wordsOf(process.argv)], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // A group of its own: Ctrl-C reaches it once, through this process.
      detached: true,
    });
    const code = await ended(child);
    child = undefined;
    if (stopped.signal.aborted) return code ?? EXIT.interrupted;
    terminal.note(terminal.dim(`watching ${files.length} files; Ctrl-C ends it`));
    const changed = await nextChange(files, before, experiment, stopped.signal);
    if (changed === undefined) return EXIT.done;
    terminal.note(['', terminal.dim(`saved: ${changed}`)]);
  }
}

/** What stands after `watch`. */
function wordsOf(argv: readonly string[]): readonly string[] {
  return argv.slice(argv.indexOf('watch', 2) + 1);
}

function ended(child: ChildProcess): Promise<number | undefined> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? undefined));
  });
}

/** The first file that differs, once nothing changes between two looks and the experiment is there; undefined where it is to end. */
async function nextChange(
  files: readonly string[],
  before: readonly string[],
  experiment: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let last = before; !signal.aborted;) {
    const now = marksOf(files);
    const at = now.findIndex((mark, index) => mark !== before[index]);
    const isQuiet = now.every((mark, index) => mark === last[index]);
    if (at >= 0 && isQuiet && now[files.indexOf(experiment)] !== '') return files[at];
    last = now;
    await sleep(LOOKED_EVERY, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
