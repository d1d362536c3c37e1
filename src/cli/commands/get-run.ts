import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { materialise } from '../../engine/artifacts/content/materialise.js';
import type { AnyStageKind, Artifact } from '../../engine/stage.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { sayBytes } from '../../foundation/files/files.js';
import { EXIT } from '../program/exit.js';
import { planOne } from '../known/one-stage.js';
import { filesOf } from '../results/result-files.js';
import { orFault } from '../project/presentation.js';
import { openExperiment, type OpenExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';

export interface GetOptions extends ExperimentOptions {
  readonly to?: string;
  readonly force?: boolean;
  readonly link?: boolean;
  /** The name of a form that the stage's kind declares. */
  readonly as?: string;
}

/** `fx get`: the files of a result, copied out of the cache. */
export async function get(file: string, stage: string, path: string | undefined, options: GetOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { experiment } = opened;
  const planned = await planOne(experiment, stage);
  if (!planned.ok) return showDiagnostics(planned.error, experiment.sources, terminal, options);
  if (planned.value.status !== 'hit') {
    const help = `run \`fx run ${file} --only ${stage}\` first`;
    showDiagnostics(
      [failure('get/not-run', `${stage} has no result yet`, help)],
      experiment.sources,
      terminal,
      options,
    );
    return EXIT.failed;
  }
  const { node, artifact } = planned.value;
  if (options.as !== undefined) {
    const folder = options.to ?? node.id.replaceAll('/', '-');
    return exportTo(folder, options.as, node.kind, artifact, experiment, terminal, options);
  }
  const to = options.to ?? (path === undefined ? node.id.replaceAll('/', '-') : '.');
  const destination = path === undefined ? to : isFolder(to) ? join(to, basename(path)) : to;
  const copied = await materialise(artifact, destination, {
    ...(path === undefined ? {} : { file: path }),
    ...(options.force === true ? { replace: true } : {}),
    by: options.link === true ? ['reflink', 'hardlink', 'copy'] : ['reflink', 'copy'],
  });
  if (!copied.ok) {
    showDiagnostics(copied.error, experiment.sources, terminal, options);
    return EXIT.failed;
  }
  const files = path === undefined ? artifact.files.count : 1;
  if (options.json === true) terminal.json({ schema: 'fx/get@1', to: destination, files, bytes: copied.value });
  else terminal.note(`${destination}: ${files} ${files === 1 ? 'file' : 'files'}, ${sayBytes(copied.value)}`);
  return EXIT.done;
}

/** Writes the result in a form of its kind. Fails if the folder already holds something, unless files may be replaced. */
async function exportTo(
  folder: string,
  as: string,
  kind: AnyStageKind,
  artifact: Artifact,
  experiment: OpenExperiment,
  terminal: Terminal,
  options: GetOptions,
): Promise<number> {
  const refuse = (problem: Diagnostic): number => {
    showDiagnostics([problem], experiment.sources, terminal, options);
    return EXIT.failed;
  };
  const forms = kind.shows?.exports ?? {};
  const form = Object.hasOwn(forms, as) ? forms[as] : undefined;
  if (form === undefined) {
    const names = Object.keys(forms);
    const help = names.length === 0 ? `${kind.name} declares no exports` : suggestion(as, names, 'it exports');
    return refuse(failure('get/no-export', `${kind.name} has no export \`${as}\``, help));
  }
  if (options.force !== true && existsSync(folder) && readdirSync(folder).length > 0)
    return refuse(
      failure('get/exists', `${folder} holds files already`, 'name another folder with --to, or use --force'),
    );
  mkdirSync(folder, { recursive: true });
  const answered = await orFault(form.write(filesOf(artifact), folder));
  const written = answered.ok ? answered.value : answered;
  if (!written.ok) {
    showDiagnostics(written.error, experiment.sources, terminal, options);
    return EXIT.failed;
  }
  if (options.json === true) terminal.json({ schema: 'fx/get@1', to: folder, [form.unit]: written.value });
  else terminal.note(`${folder}: ${written.value} ${form.unit}`);
  return EXIT.done;
}

function isFolder(path: string): boolean {
  return path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
