/**
 * `fx report` of Table I from scores: every result of `experiments/table1-real-data.yaml` at `mini` is put into a cache of its own,
 * of drawn scores where it is a verification and empty otherwise, and the command is timed.
 *
 *     node dist/bench/report.js [--keep]
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openExperiment } from '../src/cli/project/open-experiment.js';
import { archive, makeWorkspace, publishFolder } from '../src/engine/artifacts/cache.js';
import type { StageNode } from '../src/engine/graph/graph.js';
import { identifyStage } from '../src/engine/plan/plan.js';
import type { Artifact } from '../src/engine/stage.js';
import type { Json, JsonObject } from '../src/foundation/values/json.js';
import { encodeOutcomes, OUTCOMES_FILE } from '../src/foundation/statistics/outcomes.js';
import { outcomesOf } from '../src/plugins/recognition/benchmarks/outcomes.js';
import { prepareScores } from '../src/plugins/recognition/benchmarks/verification/metrics.js';
import { encodeScores, type ScoreSet } from '../src/plugins/recognition/benchmarks/verification/score-set.js';
import { reasonOf } from './child.js';
import { median, noteFigure } from './figure.js';
import { drawWorld } from '../tests/proofs/intervals/world.js';

const FX = resolve('bin/fx.js');
const EXPERIMENT = 'experiments/table1-real-data.yaml';
const METRICS = [
  { kind: 'accuracy' },
  { kind: 'auc' },
  { kind: 'eer' },
  ...[0.1, 0.01, 0.001].map((far) => ({ kind: 'tar', far }) as const),
] as const;
const TRAININGS = 3;
const RUNS = 5;

const project = mkdtempSync(join(tmpdir(), 'fx-bench-report-'));
try {
  cpSync('experiments', join(project, 'experiments'), { recursive: true });
  writeFileSync(join(project, 'fx.local.yaml'), 'set: {}\n');
  process.chdir(project);
  const verifications = await fill();
  console.log(`${verifications} verifications`);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    rmSync(join(project, 'reports'), { recursive: true, force: true });
    rmSync(join(project, 'cache', 'reports'), { recursive: true, force: true });
    const began = performance.now();
    const ended = spawnSync('bash', ['-c', 'time "$0" "$@"', process.execPath, FX, 'report', EXPERIMENT], {
      encoding: 'utf8',
      env: { ...process.env, TIMEFORMAT: 'processor time %U + %S s' },
    });
    if (ended.status !== 0) throw new Error(reasonOf('fx report', ended));
    const seconds = (performance.now() - began) / 1000;
    times.push(seconds);
    console.log(`fx report: ${seconds.toFixed(2)} s, ${ended.stderr.trimEnd().split('\n').at(-1)!}`);
  }
  noteFigure({
    work: `report of Table I, ${verifications} verifications`,
    value: median(times),
    unit: 's',
    bar: { of: 'value', atMost: 3 },
  });
} finally {
  process.chdir(tmpdir());
  if (process.argv.includes('--keep')) console.log(project);
  else rmSync(project, { recursive: true, force: true });
}

/** @returns how many verifications there are */
async function fill(): Promise<number> {
  const opened = await openExperiment(EXPERIMENT, {}, () => undefined);
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join('\n'));
  const { graph, services } = opened.experiment;
  const artifacts = new Map<string, Artifact>();
  const drawn = new Map<string, ScoreSet>();
  let verifications = 0;
  for (const node of graph.stages) {
    const identified = await identifyStage(node, artifacts, services);
    if (!identified.ok) throw new Error(identified.error[0]!.message);
    const workspace = makeWorkspace(services.cache);
    if (!workspace.ok) throw new Error(workspace.error[0]!.message);
    const isVerification = node.kind.name === 'benchmarks/verify';
    if (isVerification) verifications += 1;
    const metrics = isVerification
      ? writeScores(workspace.value, scoresOf(node, drawn))
      : writeNothing(workspace.value, node);
    const outputs = await publishFolder(services.cache, workspace.value, { move: true });
    if (!outputs.ok) throw new Error(outputs.error[0]!.message);
    const finding = {
      key: identified.value.key,
      kind: node.kind.name,
      stage: node.id,
      metrics,
      facts: {},
      warnings: [],
      reproducible: true,
      duration: 0,
      host: { cpu: '', cores: 1, system: '', node: '' },
      finished: new Date(0).toISOString(),
    };
    const archived = archive(
      services.cache,
      finding,
      outputs.value,
      identified.value.preimage as unknown as JsonObject,
    );
    if (!archived.ok) throw new Error(archived.error[0]!.message);
    artifacts.set(node.id, services.open(archived.value));
  }
  return verifications;
}

/** A score set of the stage's benchmark, of a network and a training of its own. */
function scoresOf({ id, coordinates }: StageNode, drawn: Map<string, ScoreSet>): ScoreSet {
  const protocol = (['lfw', 'multipie', 'ijba'] as const).find((name) => id.includes(name))!;
  const key = `${protocol} ${coordinates.model ?? ''} ${coordinates.replicate ?? '1'}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  const model = new Set([...drawn.keys()].map((each) => each.split(' ')[1])).size;
  const options = { protocol, size: 'mini', trainings: TRAININGS, noise: [1 + 0.03 * model], spread: 0.06 } as const;
  drawWorld(options, 1)
    .sets[0]!.slice(1)
    .forEach((scores, t) => {
      drawn.set(`${protocol} ${coordinates.model ?? ''} ${t + 1}`, scores);
    });
  return drawn.get(key)!;
}

function writeScores(folder: string, scores: ScoreSet): Readonly<Record<string, Json>> {
  const outcomes = outcomesOf(prepareScores(scores), METRICS)!;
  writeFileSync(join(folder, 'scores.safetensors'), encodeScores(scores));
  writeFileSync(join(folder, OUTCOMES_FILE), encodeOutcomes(outcomes));
  return {
    ...Object.fromEntries(outcomes.metrics.map(({ name, value }) => [name, value])),
    pairs: scores.score.length,
  };
}

/** What a figure reads of a stage: the epochs of a training. */
function writeNothing(folder: string, node: StageNode): Readonly<Record<string, Json>> {
  mkdirSync(folder, { recursive: true });
  // Named, so that no two stages of a kind have one artifact.
  writeFileSync(join(folder, 'name'), node.id);
  if (node.kind.name !== 'learning/train') return {};
  const epochs = Array.from({ length: 4 }, (_, i) => ({ epoch: i + 1, loss: 0.2 / (i + 1), active: 0.5 }));
  writeFileSync(join(folder, 'epochs.json'), JSON.stringify({ schema: 'fx/epochs@1', epochs }));
  return { loss: 0.05 };
}
