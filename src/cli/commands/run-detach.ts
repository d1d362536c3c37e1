import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { readEntry, runIds, runsFolder } from '../../history/history.js';
import { EXIT } from '../program/exit.js';
import { openTerminal } from '../terminal/terminal.js';

/**
 * `fx run --detach`: the same command without it, in a session of its own, so that no end of a terminal ends it. Comes back when the
 * run has begun, or with its words and its exit code where it refused to.
 */
export async function detach(file: string): Promise<number> {
  const terminal = openTerminal();
  const project = findProject(resolve(file), diskFiles);
  mkdirSync(runsFolder(project), { recursive: true });
  const output = join(project, '.fx', `detached-${process.pid}.log`);
  const log = openSync(output, 'w');
  const words = process.argv.slice(2).filter((word) => word !== '--detach');
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...words], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const ended = new Promise<number>((done) => child.once('exit', (code) => done(code ?? EXIT.failed)));
  for (;;) {
    // A run's folder ends in the id of its process; of the same id in another folder the latest is ours.
    const id = runIds(project).find((each) => each.endsWith(`-${child.pid}`) && readEntry(project, each) !== undefined);
    if (id !== undefined) {
      renameSync(output, join(runsFolder(project), id, 'output.log'));
      terminal.say(id);
      terminal.note(terminal.dim(`fx attach ${file} shows it, fx attach ${file} --stop ends it`));
      return EXIT.done;
    }
    const code = await Promise.race([ended, sleep(50)]);
    if (typeof code !== 'number') continue;
    terminal.note(readFileSync(output, 'utf8').trimEnd().split('\n'));
    rmSync(output, { force: true });
    return code;
  }
}
