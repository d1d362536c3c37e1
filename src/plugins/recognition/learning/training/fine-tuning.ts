import { failure } from '../../../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { beginning, type Checkpoint } from '../checkpoint/checkpoint.js';
import type { Model } from '../checkpoint/model.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { Network } from '../network/network.js';
import { everything, initialise, parameters } from '../network/parameters.js';
import { layerRate, type Recipe } from '../step/recipe.js';

export interface StartOptions {
  /** Layers (names or their first words) that begin afresh instead. */
  readonly fresh?: readonly string[];
}

/**
 * Training that starts from another's weights and statistics. Every layer must be there in the same shape, or among
 * those that begin afresh; all that are not are reported at once.
 */
export function startFrom(
  network: Network,
  recipe: Recipe,
  model: Model,
  { fresh = [] }: StartOptions = {},
): Result<Checkpoint, readonly LearningDiagnostic[]> {
  const theirs = new Map(everything(model.network).map((parameter) => [parameter.name, parameter]));
  const isFresh = (layer: string): boolean =>
    fresh.some((prefix) => layer === prefix || layer.startsWith(`${prefix}.`));
  const wrong: LearningDiagnostic[] = [...unknownLayers(network, fresh, 'fresh')];
  const initial = initialise(network, recipe.seed);
  const weights: Record<string, Float32Array> = {};
  const missing = new Set<string>();
  for (const { name, layer, shape } of everything(network)) {
    const found = theirs.get(name);
    if (isFresh(layer)) {
      weights[name] = initial[name]!;
    } else if (found === undefined) {
      missing.add(layer);
    } else if (found.shape.join() !== shape.join()) {
      wrong.push(
        failure(
          'learning/shape-mismatch',
          `${name} is [${found.shape.join(', ')}] in the start (${model.network.name}), [${shape.join(', ')}] in ${network.name}`,
          `reinitialise ${layer} (start.fresh), or train the same network at the same image size`,
        ),
      );
    } else {
      weights[name] = model.weights[name]!;
    }
  }
  if (missing.size > 0) {
    wrong.push(
      failure(
        'learning/weights-of-another-network',
        `the start is a ${model.network.name} and has no ${[...missing].join(', ')}, which ${network.name} needs`,
        `start from a ${network.name}, or reinitialise these layers (start.fresh)`,
      ),
    );
  }
  return wrong.length > 0 ? err(wrong) : ok(beginning(network, recipe, weights));
}

/** Names in a recipe that are no layers of the network, and recipes that leave nothing to train. */
export function checkRecipe(network: Network, recipe: Recipe): LearningDiagnostic[] {
  const wrong = unknownLayers(network, Object.keys(recipe.layerRates), 'layer-rates');
  if (parameters(network).every(({ layer }) => layerRate(recipe, layer) === 0)) {
    wrong.push(
      failure(
        'learning/recipe',
        'every layer is frozen: nothing would be trained',
        'give at least one layer a rate above 0',
      ),
    );
  }
  return wrong;
}

function unknownLayers(network: Network, prefixes: readonly string[], setting: string): LearningDiagnostic[] {
  const layers = [...new Set(parameters(network).map(({ layer }) => layer))];
  return prefixes
    .filter((prefix) => !layers.some((layer) => layer === prefix || layer.startsWith(`${prefix}.`)))
    .map((prefix) =>
      failure(
        'learning/unknown-layer',
        `${setting} names "${prefix}", which is not a layer of ${network.name}`,
        `its layers: ${[...new Set(layers.map((layer) => layer.split('.')[0]))].join(', ')}`,
      ),
    );
}
