import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginning, loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../learning/checkpoint/checkpoint.js';
import { loadModel, saveModel } from '../../learning/checkpoint/model.js';
import { networkNamed } from '../../learning/network/catalogue.js';
import type { Network } from '../../learning/network/network.js';
import { everything } from '../../learning/network/parameters.js';
import { ADAM } from '../../learning/optimiser/optimiser.js';
import { startFrom } from '../../learning/training/fine-tuning.js';
import type { Recipe } from '../../learning/step/recipe.js';
import { COLLAPSED, Trainer } from '../../learning/training/trainer.js';
import type { Artifact, FinishedPart, GatherContext, LinkContext, StageReport } from '../../../../engine/stage.js';
import type { Diagnostic } from '../../../../foundation/failures/diagnostic.js';
import { canonicalDigest, canonicalText } from '../../../../foundation/values/canonical.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { datasetRecordOf, openImages } from '../datasets/open-images.js';
import { augmentOf } from './augment-parameters.js';
import { openEngine } from './engines.js';
import { checkPrecision, type LearningTrainParameters } from './train-parameters.js';

/** One epoch, from checkpoint to checkpoint. */
export async function trainLink(context: LinkContext<LearningTrainParameters>): Promise<Result<StageReport>> {
  const { parameters: p, previous, workspace, signal, progress, cores, part } = context;
  const network = networkOf(p);
  if (!network.ok) return network;
  const wrong = checkPrecision(p);
  if (wrong !== undefined) return fail(wrong);
  const recipe = recipeOf(p);
  const from = checkpointBefore(p, network.value, recipe, previous);
  if (!from.ok) return from;
  const name = canonicalDigest([part.parameters, p.data.digest, p.start?.digest ?? null, cores]);
  const trainer = await openTrainer(name, p, network.value, recipe, from.value, cores);
  if (!trainer.ok) return trainer;
  const trained = await trainer.value.epoch(from.value, {
    signal,
    onBatch: (done, total) => progress(done, total, 'batches'),
  });
  if (!trained.ok) return trained;
  const { checkpoint, record, speed } = trained.value;
  saveCheckpoint(workspace, network.value, recipe, checkpoint);
  return ok({ metrics: { ...record }, facts: { ...speed } });
}

/** After the last epoch: the trained model, in our form and as ONNX, and what was seen on the way. */
export async function gatherModel(context: GatherContext<LearningTrainParameters>): Promise<Result<StageReport>> {
  const { parameters: p, parts, workspace } = context;
  await closeTrainer();
  const network = networkOf(p);
  if (!network.ok) return network;
  const last = loadCheckpoint(parts.at(-1)!.artifact!.locate, network.value, recipeOf(p));
  if (!last.ok) return last;
  const { arrays, history } = last.value;
  const weights = Object.fromEntries(everything(network.value).map(({ name }) => [name, arrays[name]!]));
  const { exportForward } = await import('../../learning/engines/recorded/engine.js');
  const onnx = await exportForward({ network: network.value, weights });
  if (!onnx.ok) return onnx;
  saveModel(workspace, { network: network.value, weights }, onnx.value);
  writeFileSync(join(workspace, 'epochs.json'), `${canonicalText({ schema: 'fx/epochs@1', epochs: history })}\n`);
  const { loss, active, spread, epoch } = history.at(-1)!;
  // Too short a training for `Trainer` to stop it.
  const message = `all embeddings were one point in the last epoch (mean spread ${spread.toExponential(1)})`;
  const help = 'lower the learning rate, or choose random-within-margin triplets';
  const point: Diagnostic = { code: 'learning/embedding-collapsed', severity: 'warning', message, help };
  const warnings = [...ignoredSizes(p), ...(spread < COLLAPSED.spread ? [point] : [])];
  return ok({
    ...(warnings.length > 0 ? { warnings } : {}),
    metrics: { loss, active, spread, epochs: epoch },
    facts: speedOf(parts.map(({ facts }) => facts)),
  });
}

/** Over all epochs, wherever each was trained. */
function speedOf(epochs: readonly FinishedPart['facts'][]): Record<string, number> {
  let [images, seconds] = [0, 0];
  for (const facts of epochs) {
    if (typeof facts.seconds !== 'number' || typeof facts.imagesPerSecond !== 'number') continue;
    images += facts.imagesPerSecond * facts.seconds;
    seconds += facts.seconds;
  }
  return seconds > 0 ? { imagesPerSecond: images / seconds } : {};
}

/** The trainer of the last link: opening one records a graph, and the next link most often continues the same training. */
let warm: { readonly name: string; readonly trainer: Trainer; readonly close: () => Promise<void> } | undefined;

async function openTrainer(
  name: string,
  p: LearningTrainParameters,
  network: Network,
  recipe: Recipe,
  from: Checkpoint,
  threads: number,
): Promise<Result<Trainer>> {
  if (warm?.name === name) return ok(warm.trainer);
  await closeTrainer();
  const data = openImages(p.data);
  const opened = await Trainer.open({ engine: await openEngine(p.engine, threads), network, recipe, data }, from);
  if (!opened.ok) {
    data.close();
    return opened;
  }
  const trainer = opened.value;
  warm = {
    name,
    trainer,
    close: async () => {
      await trainer.close();
      data.close();
    },
  };
  return ok(trainer);
}

async function closeTrainer(): Promise<void> {
  await warm?.close();
  warm = undefined;
}

function checkpointBefore(
  p: LearningTrainParameters,
  network: Network,
  recipe: Recipe,
  previous: Artifact | undefined,
): Result<Checkpoint> {
  if (previous !== undefined) return loadCheckpoint(previous.locate, network, recipe);
  if (p.start === undefined) return ok(beginning(network, recipe));
  const model = loadModel(p.start.locate);
  return model.ok ? startFrom(network, recipe, model.value, { fresh: p.fresh }) : model;
}

function networkOf(p: LearningTrainParameters): Result<Network> {
  const { height, width } = datasetRecordOf(p.data);
  return networkNamed(
    p.network,
    { height, width },
    {
      ...(p.width === undefined ? {} : { width: p.width }),
      ...(p.embedding === undefined ? {} : { embedding: p.embedding }),
    },
  );
}

/** Sizes that are written for a network whose sizes are the paper's. */
function ignoredSizes(p: LearningTrainParameters): readonly Diagnostic[] {
  if (p.network === 'mini') return [];
  const written = (['width', 'embedding'] as const).filter((name) => p[name] !== undefined);
  return written.map((name) => ({
    code: 'learning/fixed-network',
    severity: 'warning',
    message: `\`${name}\` changes nothing: the sizes of ${p.network} are fixed`,
    help: `take \`${name}\` away, or write \`network: mini\``,
  }));
}

function recipeOf(p: LearningTrainParameters): Recipe {
  const { type: kind, ...schedule } = p.rate;
  return {
    seed: p.seed,
    batch: { people: p.people, images: p.images, flip: p.flip, ...augmentOf(p.augment) },
    batchesPerEpoch: p.batches,
    triplets: { choose: p.triplets, margin: p.margin },
    optimiser: p.optimiser === 'adam' ? ADAM : { kind: 'sgd', momentum: p.momentum },
    resetEachEpoch: p['reset-each-epoch'],
    rate: { kind, ...schedule } as Recipe['rate'],
    weightDecay: p['weight-decay'],
    layerRates: p['layer-rates'],
    ...(p.clip === undefined ? {} : { clip: p.clip }),
    ...(p.precision === undefined ? {} : { precision: p.precision }),
  };
}
