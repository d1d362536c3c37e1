import { spawn, type ChildProcess } from 'node:child_process';
import { atEnd } from '../../foundation/machine/at-end.js';

/** Seconds that a tool may take to say its version. */
const PATIENCE = 300;

/** Bytes of output that are looked at; a tool that prints more is stopped. */
const HEAD = 1 << 16;

/** Milliseconds for which output is read after the command's end: what it left in the background may hold it open. */
const DRAINED_AFTER_MS = 1000;

/** Milliseconds that commands have after a signal to a run, which ends by itself. */
const STOPPED_AFTER_MS = 2000;

const LINE_FEED = 0x0a;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * First line that each version command prints, or `absent`: part of the key of a command stage. What a command started ends with
 * it, and all of them with this process.
 */
export async function toolVersions(commands: readonly (readonly string[])[]): Promise<Record<string, string>> {
  const lines = commands.map((words) => words.join(' '));
  const versions = commands.map(async (words, i) => {
    // `[a, "b c"]` and `["a b", c]` are two commands that read as one.
    const isFirst = lines.indexOf(lines[i]!) === i;
    return [isFirst ? lines[i]! : JSON.stringify(words), await firstLine(words)] as const;
  });
  return Object.fromEntries(await Promise.all(versions));
}

async function firstLine([program, ...words]: readonly string[]): Promise<string> {
  // Before it begins: a signal that comes meanwhile would end this process and leave that one.
  const running = listen();
  let child: ChildProcess;
  try {
    // A group of its own, so that all of it can be ended.
    child = spawn(program!, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch {
    running.end();
    return 'absent';
  }
  running.began(child);
  const head: Buffer[] = [];
  let bytes = 0;
  let stopped: 'late' | 'long' | undefined;
  const stop = (why: 'late' | 'long'): void => {
    stopped ??= why;
    endGroup(child);
  };
  const timer = setTimeout(() => stop('late'), 1000 * PATIENCE);
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      if (bytes > HEAD) return;
      head.push(chunk);
      bytes += chunk.length;
      if (bytes > HEAD) stop('long');
    });
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
    child.once('exit', () => {
      endGroup(child);
      const drained = setTimeout(() => {
        child.stdout!.destroy();
        child.stderr!.destroy();
      }, DRAINED_AFTER_MS);
      child.once('close', () => clearTimeout(drained));
    });
  });
  clearTimeout(timer);
  running.end();
  // On a machine with too much to do, a tool that is there must not seem to be gone.
  if (stopped === 'late') return `no answer in ${PATIENCE} s`;
  if (stopped === undefined && status !== 0) return 'absent';
  const said = Buffer.concat(head).subarray(0, HEAD);
  const end = said.indexOf(LINE_FEED);
  if (stopped === 'long' && end < 0) return `a line of more than ${HEAD} bytes`;
  return said.toString('utf8', 0, end < 0 ? said.length : end).trim();
}

/** The commands that are being asked. A group of its own hears of no signal to ours: what ends this process ends them too. */
const asked = new Set<ChildProcess>();
let listening = 0;
let forget = (): void => undefined;

function listen(): { readonly began: (child: ChildProcess) => void; readonly end: () => void } {
  if (listening === 0) {
    forget = atEnd(endAll);
    for (const signal of SIGNALS) process.on(signal, hear);
  }
  listening += 1;
  let own: ChildProcess | undefined;
  return {
    began: (child) => {
      own = child;
      asked.add(child);
    },
    end: () => {
      if (own !== undefined) asked.delete(own);
      listening -= 1;
      if (listening > 0) return;
      forget();
      for (const signal of SIGNALS) process.off(signal, hear);
    },
  };
}

function hear(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) {
    // A run that stops keeps what is finished, and asks for versions once more to know that it may.
    setTimeout(endAll, STOPPED_AFTER_MS).unref();
    return;
  }
  endAll();
  for (const each of SIGNALS) process.off(each, hear);
  process.kill(process.pid, signal);
}

function endAll(): void {
  for (const child of asked) endGroup(child);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
