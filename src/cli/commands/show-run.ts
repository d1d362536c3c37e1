import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { manifestBytes } from '../../engine/artifacts/content/manifest.js';
import type { ResultRecord } from '../../engine/artifacts/content/result-record.js';
import type { StageNode } from '../../engine/graph/graph.js';
import { planGraph, type KnownStage, type PlannedStage } from '../../engine/plan/plan.js';
import type { Artifact } from '../../engine/stage.js';
import type { Sheet } from '../../engine/presentation.js';
import { canonicalDigest } from '../../foundation/values/canonical.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { sayBytes } from '../../foundation/files/files.js';
import { readPlainText } from '../../foundation/files/opening.js';
import type { Json } from '../../foundation/values/json.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { logLine } from '../../foundation/words/terminal.js';
import { parameterLines } from '../known/behind.js';
import { EXIT } from '../program/exit.js';
import { planOne } from '../known/one-stage.js';
import { filesOf } from '../results/result-files.js';
import { optionsFrom } from '../../report/figures/sheet-options.js';
import { knownRun } from '../report/known.js';
import { makeReport } from '../report/write.js';
import { orFault } from '../project/presentation.js';
import { openExperiment, type OpenExperiment } from '../project/open-experiment.js';
import { readFailedLog } from '../results/stage-logs.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { secondsOfWork } from '../known/work.js';
import { sayDuration } from '../../foundation/numbers/duration.js';
import { columns } from '../terminal/table.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { epochsIn } from '../../report/figures/epochs.js';
import { trainingLines } from '../terminal/training.js';
import type { ExperimentOptions } from '../program/options.js';

export interface ShowOptions extends ExperimentOptions {
  readonly log?: boolean;
  readonly cell?: string;
  readonly sheet?: string;
  /** `name=value` each: options of the sheet, as the stage's kind declares them. */
  readonly with?: readonly string[];
}

/** `fx show`: what came out. */
export async function show(file: string, stage: string | undefined, options: ShowOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { experiment } = opened;
  if (options.cell !== undefined) return showCell(options.cell, experiment, terminal, options);
  if (stage === undefined) return showAll(experiment, terminal, options);
  const planned = await planOne(experiment, stage);
  if (!planned.ok) return showDiagnostics(planned.error, experiment.sources, terminal, options);
  if (options.log === true) return showLog(planned.value, experiment, terminal);
  const drawn = await sheetOf(planned.value, experiment, options);
  if (!drawn.ok) {
    showDiagnostics(drawn.error, experiment.sources, terminal, options);
    return EXIT.failed;
  }
  if (options.json === true) terminal.json(asJson(planned.value, experiment));
  else terminal.say(describe(planned.value, experiment, drawn.value, terminal));
  return EXIT.done;
}

async function showAll(experiment: OpenExperiment, terminal: Terminal, options: ShowOptions): Promise<number> {
  const planned = await planGraph(experiment.graph, experiment.services);
  if (!planned.ok) return showDiagnostics(planned.error, experiment.sources, terminal, options);
  const { stages } = planned.value;
  if (options.json === true) {
    terminal.json({ schema: 'fx/show@1', stages: stages.map((stage) => asJson(stage, experiment)) });
    return EXIT.done;
  }
  const { bold, dim, yellow } = terminal.result;
  const rows = stages.map((stage) => {
    const id = bold(stage.node.id);
    if (stage.status !== 'hit') return [id, dim(stage.node.kind.name), yellow('not known'), ''];
    const bytes = sayBytes(manifestBytes({ files: stage.record.outputs }));
    return [id, dim(stage.node.kind.name), bytes, numbersOf(stage.record)];
  });
  terminal.say(columns(rows, [2]));
  return EXIT.done;
}

async function showCell(
  path: string,
  experiment: OpenExperiment,
  terminal: Terminal,
  options: ShowOptions,
): Promise<number> {
  const run = await knownRun(experiment);
  if (!run.ok) return showDiagnostics(run.error, experiment.sources, terminal, options);
  const { walkCell, cellLines } = await import('../../report/tables/cell.js');
  const cell = walkCell((await makeReport(run.value, experiment.services.cache, experiment.kinds)).report, path);
  if (!cell.ok) return showDiagnostics(cell.error, experiment.sources, terminal, options);
  const { Behind } = await import('../known/behind.js');
  const behind = new Behind(experiment);
  if (options.json === true) {
    const inputs = Object.fromEntries(
      cell.value.origins.flatMap(({ stages }) => stages.map((stage) => [stage.id, behind.inputs(stage)])),
    );
    terminal.json({ schema: 'fx/cell@1', ...cell.value, inputs });
  } else terminal.say(cellLines(cell.value, (stage) => behind.lines(stage)));
  return EXIT.done;
}

/** What the stage said: where it failed last, that; else what belongs to its result. */
function showLog({ node, ...planned }: PlannedStage, { services, graph }: OpenExperiment, terminal: Terminal): number {
  const failed = readFailedLog(services.cache.root, node.id);
  const kept = planned.status === 'hit' ? (planned as KnownStage).record.log : undefined;
  const text =
    failed ??
    (kept === undefined
      ? undefined
      : readPlainText(services.cache.blobs.locate(kept.digest), { links: 'refused', most: kept.bytes }));
  if (text === undefined) {
    const message = `${node.id} of ${graph.file} has no log: ${planned.status === 'hit' ? 'it printed nothing' : 'it has not run yet'}`;
    showDiagnostics([failure('show/no-log', message)], () => undefined, terminal, {});
    return EXIT.failed;
  }
  terminal.say(
    text
      .trimEnd()
      .split('\n')
      .map((line) => logLine(line, terminal.result.colour)),
  );
  return EXIT.done;
}

function asJson(stage: PlannedStage, experiment: OpenExperiment) {
  const { node, status } = stage;
  const about = { schema: 'fx/stage@1', id: node.id, kind: node.kind.name, status, parameters: node.parameters };
  if (stage.status === 'pending') return { ...about, waitsFor: stage.waitsFor };
  const { key } = stage.identified;
  if (stage.status === 'run') return { ...about, key };
  const { outputs, artifact, metrics, facts, warnings, reproducible, host, finished } = stage.record;
  return {
    ...about,
    key,
    artifact,
    outputs,
    metrics,
    facts,
    warnings,
    reproducible,
    seconds: secondsOfWork(stage, experiment.services),
    host,
    finished,
  };
}

/** Where the sheet of a stage lies; undefined where it has none. */
async function sheetOf(
  stage: PlannedStage,
  experiment: OpenExperiment,
  options: ShowOptions,
): Promise<Result<string | undefined>> {
  const { name, shows } = stage.node.kind;
  if (options.json === true && options.sheet === undefined) return ok(undefined);
  if (shows?.sheet !== undefined && stage.status === 'hit')
    return writeSheet(shows.sheet, name, stage.artifact, experiment, options);
  if (options.sheet === undefined && options.with === undefined) return ok(undefined);
  return fail(
    shows?.sheet === undefined
      ? failure('show/no-sheet', `${name} has no contact sheet`)
      : failure('show/not-run', `${stage.node.id} has no result yet`, `run \`fx run ${experiment.graph.file}\` first`),
  );
}

function describe(
  stage: PlannedStage,
  experiment: OpenExperiment,
  sheet: string | undefined,
  terminal: Terminal,
): readonly string[] {
  const { bold, dim, green, yellow } = terminal.result;
  const { node } = stage;
  const state = { hit: green('known'), run: yellow('to run'), pending: yellow('waits for others') }[stage.status];
  const lines = [`${bold(node.id)} ${dim(node.kind.name)} ${state}`, dim(node.kind.says)];
  const section = (title: string, content: readonly string[]): void => {
    if (content.length > 0) lines.push('', bold(title), ...content.map((line) => `  ${line}`));
  };
  section('parameters', parameterLines(node));
  if (stage.status === 'pending') return lines;
  section('inputs', inputLines(node, stage.identified.inputs));
  if (stage.status === 'run') {
    lines.push('', dim(`key ${stage.identified.key}`));
    return lines;
  }
  const { record, artifact } = stage;
  section(
    'files',
    columns(
      record.outputs.map(({ path, bytes, digest }) => [path, sayBytes(bytes), dim(digest.slice(0, 12))]),
      [1],
    ),
  );
  section('metrics', metricLines(record));
  const has = (path: string): boolean => artifact.files.find(path) !== undefined;
  const training = has('epochs.json') ? trainingLines(epochsIn(artifact.locate('epochs.json')) ?? []) : [];
  if (training.length > 0) section('training', training);
  if (sheet !== undefined) section('sheet', [sheet]);
  section('made', [
    `${record.finished.slice(0, 16).replace('T', ' ')} UTC in ${sayDuration(secondsOfWork(stage, experiment.services))} on ${record.host.cpu}`,
    ...(record.stage === node.id ? [] : [`as ${record.stage}`]),
    ...(record.reproducible ? [] : ['not bit-reproducible: a rerun may give other bits']),
    ...record.warnings.map(({ message }) => yellow(message)),
    dim(`key ${record.key}`),
  ]);
  const failed = readFailedLog(experiment.services.cache.root, node.id) !== undefined;
  if (failed || record.log !== undefined)
    lines.push('', dim(`the log: fx show ${experiment.graph.file} '${node.id}' --log`));
  return lines;
}

function inputLines(node: StageNode, inputs: ReadonlyMap<string, Artifact>): readonly string[] {
  const rows = [...inputs].map(([pointer, artifact]) => {
    const input = node.inputs.find((each) => each.pointer === pointer);
    const external = node.externals.find((each) => each.pointer === pointer);
    const from = input === undefined ? external!.path : [input.stage, input.file].filter((each) => each).join('/');
    const { files } = artifact;
    const size = `${files.count} ${files.count === 1 ? 'file' : 'files'}, ${sayBytes(manifestBytes({ files }))}`;
    return [pointer.slice(1).replaceAll('/', '.'), from, size, artifact.digest.slice(0, 12)];
  });
  return columns(rows);
}

function metricLines(record: ResultRecord): readonly string[] {
  const rows = Object.entries({ ...record.metrics, ...record.facts }).map(([name, value]) => [name, sayMetric(value)]);
  return columns(rows);
}

/** Numbers on one line, as many as a glance takes in. */
function numbersOf({ metrics }: ResultRecord): string {
  return Object.entries(metrics)
    .filter(([, value]) => typeof value === 'number')
    .slice(0, 4)
    .map(([name, value]) => `${name} ${sayMetric(value)}`)
    .join('  ');
}

function sayMetric(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 72 ? `${text.slice(0, 69)}...` : text;
}

/** Drawn once for each result and way to show it (a user's kind each time: how it draws is in no key); where it lies. */
async function writeSheet(
  sheet: Sheet,
  kind: string,
  artifact: Artifact,
  { services }: OpenExperiment,
  options: ShowOptions,
): Promise<Result<string>> {
  const chosen = optionsFrom(sheet.options, options.with ?? []);
  if (!chosen.ok) return chosen;
  const name = `${artifact.digest.slice(0, 32)}-${canonicalDigest(chosen.value).slice(0, 12)}.png`;
  const kept = join(services.cache.root, 'sheets', name);
  const target = options.sheet ?? kept;
  if (options.sheet === undefined && !kind.includes('#') && existsSync(kept)) return ok(relative(process.cwd(), kept));
  const png = await orFault(sheet.draw(filesOf(artifact), chosen.value));
  if (!png.ok) return png;
  if (png.value === undefined) return ok('nothing to show');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, png.value);
  return ok(relative(process.cwd(), target));
}
