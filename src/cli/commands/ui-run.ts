import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { openCache } from '../../engine/artifacts/cache.js';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../foundation/files/files.js';
import { spareMemory } from '../../foundation/machine/frugal.js';
import { readPlainText } from '../../foundation/files/opening.js';
import { exportUi } from '../../ui/server/export.js';
import { readPageFile } from '../../ui/server/page-files.js';
import type { UiProject } from '../../ui/server/project.js';
import { serveUi } from '../../ui/server/server.js';
import { commitsOf } from '../results/commits.js';
import { EXIT } from '../program/exit.js';
import { Kinds, userModules } from '../project/kinds.js';
import { otherChanges } from '../report/other-changes.js';
import { usableCache } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';
import { version } from '../program/version.js';

export interface UiOptions {
  readonly port?: number;
  readonly cache?: string;
  readonly export?: string;
  readonly json?: boolean;
}

/** `fx ui`: a page on this machine that shows runs as they go, reports and comparisons. */
export async function ui(file: string | undefined, options: UiOptions): Promise<number> {
  const terminal = openTerminal();
  const root = findProject(resolve(file ?? 'experiment.yaml'), diskFiles);
  if (file !== undefined && !existsSync(file)) {
    const none = failure('document/not-found', `there is no file ${file}`, 'without a name, all runs are shown');
    return showDiagnostics([none], () => undefined, terminal, options);
  }
  const cache = usableCache(options, root);
  if (!cache.ok) return showDiagnostics(cache.error, () => undefined, terminal, options);
  if (readPageFile('index.html') === undefined) {
    const help = 'run npm run build on a platform that esbuild runs on';
    const unbuilt = failure('ui/not-built', 'the page is not part of this build of fx', help);
    return showDiagnostics([unbuilt], () => undefined, terminal, options);
  }
  const experiment = file === undefined ? undefined : nameOf(file);
  const project: UiProject = {
    root,
    name: basename(root),
    version: version(),
    ...(experiment === undefined ? {} : { experiment }),
    cache: openCache(cache.value.root),
    kinds: new Kinds(userModules(root)),
    commits: commitsOf(root),
    explain: otherChanges(cache.value),
  };
  // It stands there for days, and reads files of runs of any size.
  spareMemory(true);
  if (options.export !== undefined) return exportTo(options.export, project);
  try {
    const server = await serveUi(project, { port: options.port ?? 0 });
    if (options.json === true) terminal.json({ schema: 'fx/ui@1', address: server.address, port: server.port });
    else {
      terminal.say(server.address);
      terminal.note(terminal.dim(`shows the runs and reports of ${root}; do not share the address; Ctrl-C stops it`));
    }
    await new Promise<void>((done) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done());
    });
    await server.close();
    return EXIT.done;
  } catch (error) {
    if (!isSystemError(error, 'EADDRINUSE', 'EACCES')) throw error;
    const problem = failure(
      'ui/no-port',
      `cannot listen on port ${String(options.port)}: ${error.message}`,
      'name another with --port',
    );
    return showDiagnostics([problem], () => undefined, terminal, options);
  }
}

async function exportTo(folder: string, project: UiProject): Promise<number> {
  const terminal = openTerminal();
  const exported = await exportUi(project, resolve(folder));
  if (!exported.ok) return showDiagnostics(exported.error, () => undefined, terminal, {});
  terminal.say(join(folder, 'index.html'));
  const { runs, reports, files } = exported.value;
  terminal.note(
    terminal.dim(
      `${counted(runs, 'run')} and ${counted(reports, 'report')} in ${counted(files, 'file')}; no server needed`,
    ),
  );
  return EXIT.done;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** What the experiment of a file is called, for the page to begin with its runs. */
function nameOf(file: string): string | undefined {
  const text = readPlainText(resolve(file), { most: 1 << 24 });
  return /^name:[ \t]*["']?([\w.+-]+)/m.exec(text)?.[1];
}
