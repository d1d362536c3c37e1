import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diskFiles } from '../../engine/document/disk.js';
import { child, textOf, type MapNode } from '../../engine/document/node.js';
import { compose } from '../../engine/document/compose.js';
import { ownPackage } from '../../engine/plan/identity/packages.js';
import { singleFile, type SingleFile } from '../../engine/sharing/bundle/single.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import { verifyFrozen } from '../../engine/sharing/frozen.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isInside, sayBytes, statIfPresent } from '../../foundation/files/files.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { EXIT } from '../program/exit.js';
import { bundleFiles, sourcesOf, type Chosen } from '../export/files.js';
import { locate } from '../export/results.js';
import { readLock } from '../results/lock.js';
import { chooseRemote, type RemoteChoice } from '../project/remote.js';
import { openExperiment, type OpenExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';

export interface ExportOptions extends ExperimentOptions, RemoteChoice {
  readonly to?: string;
  readonly single?: boolean;
  /** Stages whose files go into the bundle; `all`, `report` or `none`. */
  readonly artifacts?: readonly string[];
}

/** `fx export`: an experiment with what it found as one file: a Workflow Run RO-Crate, or with `--single` the YAML alone. */
export async function exportExperiment(file: string, options: ExportOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { experiment } = opened;
  await experiment.services.workers.close();
  // Of a bundle, the experiment that was unpacked from it.
  const root = await composed(experiment.graph.file, experiment);
  if (!root.ok) return showDiagnostics(root.error, experiment.sources, terminal, options);
  if (options.single === true) return exportSingle(experiment.graph.file, root.value, experiment, terminal, options);
  const target = options.to ?? `${experiment.graph.name}.${experiment.graph.profile}.zip`;
  if (resolve(target) === resolve(file)) {
    const help = 'name another file with --to';
    const itself = failure<SharingCode>('bundle/exists', `${target} would take the place of the bundle itself`, help);
    return showDiagnostics([itself], experiment.sources, terminal, options);
  }
  const made = await exportBundle(root.value, target, experiment, terminal, options);
  if (made.ok) return EXIT.done;
  showDiagnostics(made.error, experiment.sources, terminal, options);
  return EXIT.failed;
}

async function composed(file: string, { project }: OpenExperiment): Promise<Result<MapNode>> {
  const read = await compose(file, process.cwd(), project, diskFiles, []);
  return read.ok ? ok(read.value.root) : read;
}

async function exportSingle(
  file: string,
  root: MapNode,
  { graph, project }: OpenExperiment,
  terminal: Terminal,
  { to }: ExportOptions,
): Promise<number> {
  const folder = dirname(resolve(to ?? file));
  const remark = `# ${graph.name}: one file, with all that it extends. Run it: fx run ${to ?? `${graph.name}.yaml`}\n`;
  const single = await singleFile(root, graph, folder, remark);
  if (to === undefined) terminal.file(single.text);
  else {
    mkdirSync(folder, { recursive: true });
    writeFileSync(to, single.text);
    terminal.note(`${to}: ${sayBytes(Buffer.byteLength(single.text))}`);
  }
  const modules = (await sourcesOf(single, project)).map((path) => resolve(project, path));
  const needs = [...modules, ...single.inputs.map(({ path }) => path)].map((path) => relative(folder, path));
  if (needs.length > 0)
    terminal.note(terminal.yellow(`It also needs these files, by their paths from its folder: ${needs.join(', ')}`));
  return EXIT.done;
}

async function exportBundle(
  root: MapNode,
  target: string,
  experiment: OpenExperiment,
  terminal: Terminal,
  options: ExportOptions,
): Promise<Result<void>> {
  const { graph, project, services } = experiment;
  const lock = await readLock(project, graph);
  if (!lock.ok) return lock;
  const remote = await chooseRemote(options, project);
  if (!remote.ok) return remote;
  const { checks, records } = await verifyFrozen(graph, lock.value, {
    code: (kind) => services.code(kind),
    find: (key, trouble) => locate(services.cache, remote.value, key, trouble),
  });
  const problems = checks.flatMap(({ findings }) => findings.map(({ diagnostic }) => diagnostic));
  for (const note of checks.flatMap(({ notes = [] }) => notes)) terminal.note(terminal.yellow(note));
  if (problems.length > 0) return { ok: false, error: problems };
  const chosen = chooseArtifacts(options.artifacts ?? ['all'], experiment);
  if (!chosen.ok) return chosen;
  const single = await singleFile(
    root,
    graph,
    dirname(resolve(graph.file)),
    `# ${graph.name}, as it was run with profile ${graph.profile}. Run the bundle: fx run BUNDLE.zip\n`,
  );
  const outside = notAlong(single, project);
  for (const path of outside) terminal.note(terminal.yellow(`left out: ${path}`));
  const files = await bundleFiles(experiment, remote.value, records, single, {
    chosen: chosen.value,
    version: ownPackage().version,
    description: textOf(child(root, 'says')) ?? graph.title,
    schemas: fileURLToPath(new URL('../../../../schemas', import.meta.url)),
  });
  if (!files.ok) return files;
  if (existsSync(target) && !statIfPresent(target)!.isFile())
    return fail(failure<SharingCode>('bundle/unwritable', `${target} is no file`));
  const { pack } = await import('../../engine/sharing/bundle/pack.js');
  const packed = await pack(files.value, resolve(target));
  if (!packed.ok) return packed;
  const bytes = statIfPresent(target)!.size;
  if (options.json === true) terminal.json({ schema: 'fx/export@1', file: target, bytes, files: files.value.length });
  else
    terminal.note(`${target}: ${files.value.length} files, ${sayBytes(bytes)}; read or run it with fx run ${target}`);
  return ok(undefined);
}

function chooseArtifacts(names: readonly string[], { graph }: OpenExperiment): Result<Chosen> {
  const [first] = names;
  if (names.length === 1 && (first === 'all' || first === 'none' || first === 'report')) return ok(first);
  const stages = graph.stages.filter(({ id, name }) => names.includes(id) || names.includes(name));
  const unknown = names.filter((each) => !stages.some(({ id, name }) => id === each || name === each));
  if (unknown.length === 0) return ok(new Set(stages.map(({ id }) => id)));
  const problems = unknown.map((name): Diagnostic =>
    failure('select/no-such-stage', `there is no stage ${name}`, 'or: all, report, none'),
  );
  return { ok: false, error: problems };
}

/** Inputs from outside the project (a licensed model, say) stay where they are. */
function notAlong({ inputs }: SingleFile, project: string): readonly string[] {
  return inputs.map(({ path }) => path).filter((path) => !isInside(path, project));
}
