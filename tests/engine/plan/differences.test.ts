import assert from 'node:assert/strict';
import { differences, distance } from '../../../src/engine/plan/differences.js';
import type { JsonObject } from '../../../src/foundation/values/json.js';

describe('how far apart two values are', () => {
  it('is the number of leaves that differ, those that only one has included', () => {
    assert.equal(distance({ a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 2, d: 3 } }), 0);
    assert.equal(distance({ a: 1, b: { c: 2, d: 3 } }, { a: 2, b: { c: 3, d: 3 } }), 2);
    assert.equal(distance({ a: 1 }, { a: 1, b: 2, c: 3 }), 2);
    assert.equal(distance([1, 2, 3], [1, 5, 6]), 2);
    assert.equal(distance([1, 2, 3], [1, 2]), 1);
  });

  it('is one where a thing has another shape, however many leaves that has', () => {
    assert.equal(distance({ type: 'uniform', from: 1, to: 2 }, { type: 'normal', mean: 3, deviation: 4 }), 1);
    assert.equal(distance({ type: 'uniform', from: 1, to: 2 }, { type: 'uniform', from: 3, to: 4 }), 2);
  });
});

describe('what differs between two values', () => {
  const angle = { type: 'number', fx: { quantity: 'angle' } };
  const shape = (word: string, ...names: readonly string[]): JsonObject => ({
    type: 'object',
    properties: { kind: { const: word }, ...Object.fromEntries(names.map((name) => [name, { type: 'number' }])) },
  });
  const schema: JsonObject = {
    type: 'object',
    properties: {
      pose: { type: 'object', properties: { yaw: angle, roll: angle } },
      light: { discriminator: { propertyName: 'kind' }, oneOf: [shape('sun', 'height'), shape('lamp', 'x', 'y')] },
      steps: { type: 'array', items: { type: 'object', properties: { rate: { type: 'number' } } } },
    },
  };
  const paths = (before: JsonObject, after: JsonObject): readonly string[] =>
    differences(schema, before, after).map((each) => each.path);

  it('is told by the places as deep as they go, in lists of objects, too', () => {
    assert.deepEqual(paths({ pose: { yaw: 1, roll: 2 } }, { pose: { yaw: 1, roll: 3 } }), ['pose.roll']);
    assert.deepEqual(paths({ steps: [{ rate: 1 }, { rate: 2 }] }, { steps: [{ rate: 1 }, { rate: 3 }] }), [
      'steps.1.rate',
    ]);
  });

  it('is told key by key for one shape of several, and whole for another', () => {
    const lamp = { kind: 'lamp', x: 1, y: 2 };
    assert.deepEqual(paths({ light: lamp }, { light: { ...lamp, y: 3 } }), ['light.y']);
    assert.deepEqual(paths({ light: lamp }, { light: { kind: 'sun', height: 3 } }), ['light']);
  });
});
