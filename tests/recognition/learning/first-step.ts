import assert from 'node:assert/strict';
import type { Engine } from '../../../src/plugins/recognition/learning/engines/engine.js';
import { ADAM } from '../../../src/plugins/recognition/learning/optimiser/optimiser.js';
import { oracle, relativeError, type Fixture, type OracleName } from './oracle.js';

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A bias in front of a batch normalisation has no gradient but rounding noise, and we leave it as it is. */
export const isIdle = (name: string): boolean => name.endsWith('.bias') && name !== 'embedding.bias';

export interface FirstStep {
  readonly fixture: Fixture;
  /** Relative errors against PyTorch in float64: of the loss, of the worst gradient and of the median one. */
  readonly loss: number;
  readonly worst: number;
  readonly median: number;
  readonly selected: number;
}

/** Of a step in half precision. */
export interface HalfStep {
  readonly precision: 'half';
  /** What the loss is scaled by. */
  readonly scale: number;
}

/** The loss and the gradients of an engine's first step, the latter from the mean of Adam, which is a tenth of them. */
export async function firstStep(engine: Engine, name: OracleName, half?: HalfStep): Promise<FirstStep> {
  const { network, fixture, recipe, shape, state, batch, scalars } = oracle(name);
  const session = await engine.prepareTraining(
    network,
    { ...recipe, ...(half && { precision: half.precision }) },
    shape,
    state,
  );
  assert.ok(session.ok, session.ok ? '' : session.error[0]?.message);
  const metrics = await session.value.step(batch(0), { ...scalars(0), ...(half && { scale: half.scale }) });
  const after = await session.value.state();
  await session.value.dispose();
  const errors = Object.entries(fixture.gradients)
    .filter(([parameter]) => !isIdle(parameter))
    .map(([parameter, summary]) => {
      const gradient = after[`adam.mean/${parameter}`]!.map((value) => value / (1 - ADAM.beta1));
      return relativeError(parameter, gradient, summary);
    });
  return {
    fixture,
    loss: Math.abs(metrics.loss / fixture.losses[0]! - 1),
    worst: Math.max(...errors),
    median: median(errors),
    selected: metrics.selected,
  };
}
