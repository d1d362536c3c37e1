import type { TripletChoice } from '../loss/triplet.js';
import type { Network } from '../network/network.js';
import { parameters, statistics, type Parameter } from '../network/parameters.js';
import { ADAM, memories, type Optimiser } from '../optimiser/optimiser.js';
import { constantRate, type RateSchedule } from '../optimiser/schedule.js';

/** All of how to train, save the data, the network, the engine and the length. */
export interface Recipe {
  readonly seed: number;
  readonly batch: BatchRecipe;
  readonly batchesPerEpoch: number;
  readonly triplets: TripletChoice;
  readonly optimiser: Optimiser;
  /** Forget the optimiser's memories at the start of each epoch, as OpenFace does. */
  readonly resetEachEpoch: boolean;
  readonly rate: RateSchedule;
  /** Added to a kernel's gradient: `decay` times the kernel. */
  readonly weightDecay: number;
  /** Gradients longer than this, all parameters together, are scaled down to it. */
  readonly clip?: number;
  /**
   * Learning rates of layers, as multiples of the schedule's, by layer name or its first words (`conv1`, `4a`, `4a.5x5`);
   * the longest that fits counts. 0 freezes: the layer stays as it is, its batch normalisation at its running statistics.
   */
  readonly layerRates: Readonly<Record<string, number>>;
  /** Maps and products in half precision, with loss scaling (`step/loss-scale.ts`); absent: all in single. */
  readonly precision?: 'half';
}

/**
 * What is done to an image of a batch before it is learnt from: what cameras, lights and detectors do to photographs, and a
 * rendered picture lacks. Every strength is 0 where nothing is done. The paper has none of it; networks that learn from
 * rendered faces alone live by it (Bae et al., "DigiFace-1M", WACV 2023).
 */
export interface AugmentRecipe {
  /** Of the frame: 1 shifts by 2% of the side, turns by 3 degrees, scales by 5% and stretches by 3% (standard deviations). */
  readonly placement: number;
  /** Strength of changes of exposure, contrast, gamma, saturation and colour cast. */
  readonly tone: number;
  /** Strength of a gradient of light across the image. */
  readonly light: number;
  /** Share of images turned to grey. */
  readonly grey: number;
  /** Share of images of which a rectangle is covered, by a colour of its own. */
  readonly occlusion: number;
  /** Longest standard deviation of blur, in hundredths of the side; each image draws its own below it. */
  readonly blur: number;
  /** Greatest standard deviation of noise, in levels of 255; each image draws its own below it. */
  readonly noise: number;
}

export interface BatchRecipe {
  /** P: distinct people. */
  readonly people: number;
  /** K: images of each, without replacement. */
  readonly images: number;
  /** Mirror each image left to right with probability one half. */
  readonly flip: boolean;
  /** What else is done to each; absent: nothing, as in the paper. */
  readonly augment?: AugmentRecipe;
}

/** The part of a recipe that decides what one step computes; an engine prepares a session for it. */
export type StepRecipe = Pick<Recipe, 'triplets' | 'optimiser' | 'weightDecay' | 'clip' | 'layerRates' | 'precision'>;

/** OpenFace's defaults: 15 people, 20 images of each (the paper: 20 people, 15 images). */
export const OPENFACE: Recipe = {
  seed: 0,
  batch: { people: 15, images: 20, flip: true },
  batchesPerEpoch: 250,
  triplets: { choose: 'random-within-margin', margin: 0.2 },
  optimiser: ADAM,
  resetEachEpoch: true,
  rate: constantRate(1e-3),
  weightDecay: 0,
  layerRates: {},
};

/** The multiple of the learning rate at which a layer trains; 0: frozen. */
export function layerRate(recipe: Pick<StepRecipe, 'layerRates'>, layer: string): number {
  let longest = -1;
  let rate = 1;
  for (const [prefix, value] of Object.entries(recipe.layerRates)) {
    if ((layer === prefix || layer.startsWith(`${prefix}.`)) && prefix.length > longest) {
      longest = prefix.length;
      rate = value;
    }
  }
  return rate;
}

export function frozenLayers(network: Network, recipe: Pick<StepRecipe, 'layerRates'>): ReadonlySet<string> {
  const layers = new Set(parameters(network).map(({ layer }) => layer));
  return new Set([...layers].filter((layer) => layerRate(recipe, layer) === 0));
}

/** One array of a training state. */
export interface StateEntry extends Parameter {
  /** Whether a step changes it; the others stay as they came. */
  readonly changes: boolean;
  /** For an optimiser's memory, which one; its `name` is `<memory>/<parameter>`. */
  readonly memory?: string;
}

/** Everything that a step takes and gives: parameters, running statistics, the optimiser's memories. */
export function stateEntries(network: Network, recipe: StepRecipe): StateEntry[] {
  const frozen = frozenLayers(network, recipe);
  const trained = trainedParameters(network, recipe);
  const isTrained = new Set(trained.map(({ name }) => name));
  return [
    ...parameters(network).map((p) => ({ ...p, changes: isTrained.has(p.name) })),
    ...statistics(network).map((p) => ({ ...p, changes: !frozen.has(p.layer) })),
    ...memories(recipe.optimiser).flatMap((memory) =>
      trained.map((p) => ({ ...p, name: `${memory}/${p.name}`, memory, changes: true })),
    ),
  ];
}

/**
 * Parameters that the optimiser changes: those of layers that are not frozen, save the biases in front of a batch
 * normalisation, whose gradient is exactly zero because the batch's mean is subtracted right behind them.
 */
export function trainedParameters(network: Network, recipe: Pick<StepRecipe, 'layerRates'>): Parameter[] {
  const frozen = frozenLayers(network, recipe);
  const all = parameters(network);
  const normalised = new Set(all.filter(({ role }) => role === 'scale').map(({ layer }) => layer));
  return all.filter(({ layer, role }) => !frozen.has(layer) && !(role === 'bias' && normalised.has(layer)));
}
