import type { Batch } from '../../../../src/plugins/recognition/learning/batches/batch.js';
import type { StepScalars } from '../../../../src/plugins/recognition/learning/engines/engine.js';
import type { BatchShape } from '../../../../src/plugins/recognition/learning/step/step.js';
import type { Network } from '../../../../src/plugins/recognition/learning/network/network.js';
import { initialise, sizeOf, type Arrays } from '../../../../src/plugins/recognition/learning/network/parameters.js';
import { ADAM, stepSize } from '../../../../src/plugins/recognition/learning/optimiser/optimiser.js';
import { stateEntries, type StepRecipe } from '../../../../src/plugins/recognition/learning/step/recipe.js';
import { stream } from '../../../../src/foundation/numbers/random.js';

/** People who each have a colour and a gradient of their own, in noise. */
export function batch(network: Network, people: number, each: number): { batch: Batch; shape: BatchShape } {
  const { height, width } = network.input;
  const images = people * each;
  const pairs = (people * each * (each - 1)) / 2;
  const noise = stream(5, 'recorded/noise');
  const pixels = Uint8Array.from({ length: images * height * width * 3 }, (_, i) => {
    const person = Math.floor(i / (each * height * width * 3));
    const row = Math.floor(i / (width * 3)) % height;
    const tint = ((person * 37 + (i % 3) * 59) % 120) + (person % 2 === 0 ? row : height - row);
    return Math.min(255, Math.floor(tint + noise.uniform() * 100));
  });
  const pair = { anchor: new Float32Array(pairs), positive: new Float32Array(pairs) };
  let at = 0;
  for (let person = 0; person < people; person += 1) {
    for (let i = 0; i < each; i += 1) {
      for (let j = i + 1; j < each; j += 1) {
        pair.anchor[at] = person * each + i;
        pair.positive[at] = person * each + j;
        at += 1;
      }
    }
  }
  const draws = stream(5, 'recorded/draws');
  return {
    batch: {
      images: pixels,
      identity: Float32Array.from({ length: images }, (_, i) => Math.floor(i / each)),
      ...pair,
      pair: new Float32Array(pairs).fill(1),
      uniform: Float32Array.from({ length: pairs }, () => draws.uniform()),
    },
    shape: { images, pairs },
  };
}

export function freshState(network: Network, recipe: StepRecipe): Arrays {
  const weights = initialise(network, 1);
  const entries = stateEntries(network, recipe).map(({ name, memory, shape }) => {
    return [name, memory === undefined ? weights[name]! : new Float32Array(sizeOf(shape))] as const;
  });
  return Object.fromEntries(entries);
}

/** OpenFace's rate, `update` from 1. */
export function scalars(update: number): StepScalars {
  return stepSize(ADAM, 1e-3, update);
}
