import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addExpression,
  addExpressions,
  evaluateAlbedo,
  evaluateIdentity,
  evaluateShape,
  evaluateShapes,
} from '../../../../src/plugins/recognition/faces/model/evaluate.js';
import type { LinearModel } from '../../../../src/plugins/recognition/faces/model/morphable-model.js';
import { coefficients, randomModel } from './random-model.js';

const model = randomModel(1201, 19, 13, 6);

/** The definition, in double precision, one element at a time. */
function defined(parts: readonly (readonly [LinearModel, readonly number[]])[], i: number): number {
  let sum = 0;
  for (const [{ mean, basis, deviation }, c] of parts) {
    sum += mean[i]!;
    c.forEach((value, k) => (sum += deviation[k]! * value * basis[k * mean.length + i]!));
  }
  return sum;
}

describe('evaluating a morphable model', () => {
  it('adds mean and weighted components, of shape and expression together', () => {
    const [shape, expression, albedo] = [coefficients(19, 1), coefficients(13, 2), coefficients(6, 3)];
    const points = evaluateShape(model, shape, expression);
    const colours = evaluateAlbedo(model, albedo);
    for (let i = 0; i < points.length; i += 1) {
      const expected = defined(
        [
          [model.shape, shape],
          [model.expression, expression],
        ],
        i,
      );
      assert.ok(Math.abs(points[i]! - expected) < 1e-5, `point ${i}: ${points[i]!} is not ${expected}`);
      assert.ok(Math.abs(colours[i]! - defined([[model.albedo, albedo]], i)) < 1e-5);
    }
  });

  it('takes short coefficient vectors as followed by zeros', () => {
    const short = [0.5, -1, 2];
    const long = [...short, ...Array<number>(16).fill(0)];
    assert.deepEqual(evaluateShape(model, short, []), evaluateShape(model, long, Array<number>(13).fill(0)));
    assert.deepEqual(evaluateAlbedo(model, []), model.albedo.mean);
  });

  it('gives the same bits alone, through the identity, and in a batch of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 13 }), (faces, used) => {
        const shapes = Array.from({ length: faces }, (_, f) => coefficients(19 - f, f));
        const expressions = Array.from({ length: faces }, (_, f) => coefficients(used, 50 + f));
        const alone = shapes.map((shape, f) => evaluateShape(model, shape, expressions[f]!));
        const outs = shapes.map(() => new Float32Array(3 * model.vertices));
        evaluateShapes(model, shapes, expressions, outs);
        assert.deepEqual(outs, alone);
        const identity = evaluateIdentity(model, shapes[0]!, [1]);
        addExpressions(model, identity.shape, expressions, outs);
        assert.deepEqual(outs[0], alone[0]);
        assert.deepEqual(addExpression(model, identity.shape, expressions[0]!), alone[0]);
        assert.deepEqual(identity.albedo, evaluateAlbedo(model, [1]));
      }),
      { numRuns: 20 },
    );
  });

  it('refuses more coefficients than there are components', () => {
    assert.throws(() => evaluateAlbedo(model, coefficients(7, 0)), /7 coefficients for 6 components/);
  });
});
