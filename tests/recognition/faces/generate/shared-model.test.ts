import assert from 'node:assert/strict';
import { shareModel, SharedFace } from '../../../../src/plugins/recognition/faces/generate/shared-model.js';
import { evaluateAlbedo, evaluateShape } from '../../../../src/plugins/recognition/faces/model/evaluate.js';
import { landmarkModel } from '../../../../src/plugins/recognition/faces/sample/landmark-model.js';
import { ellipsoidModel } from '../ellipsoid-model.js';

const model = ellipsoidModel(9);
const shape = [0.3, -1.7, 2.2, 0.01, -0.4, 1.1];
const albedo = [1.5, -0.2, 0.7, -2, 0.4];
const expression = [-1, 0.5, 2, 0.125];

describe('a face in shared memory', () => {
  it('has the bits that evaluating the model in JavaScript gives', () => {
    const shared = shareModel(model, { shape: 6, albedo: 5, expression: 4 }, 2);
    for (const thread of [0, 1]) {
      const face = new SharedFace(shared, thread);
      face.setIdentity(shape, albedo);
      face.setExpression(expression);
      assert.deepEqual(Float32Array.from(face.positions), evaluateShape(model, shape, expression));
      assert.deepEqual(Float32Array.from(face.albedo), evaluateAlbedo(model, albedo));
    }
  });

  it('uses the leading components alone where fewer are asked for', () => {
    const face = new SharedFace(shareModel(model, { shape: 2, albedo: 0, expression: 0 }, 1), 0);
    face.setIdentity(shape, albedo);
    face.setExpression([]);
    assert.deepEqual(Float32Array.from(face.positions), evaluateShape(model, shape.slice(0, 2), []));
    assert.deepEqual(Float32Array.from(face.albedo), model.albedo.mean);
  });

  it('keeps threads apart', () => {
    const shared = shareModel(model, { shape: 6, albedo: 5, expression: 4 }, 2);
    const [one, other] = [new SharedFace(shared, 0), new SharedFace(shared, 1)];
    one.setIdentity(shape, albedo);
    one.setExpression(expression);
    const before = Float32Array.from(one.positions);
    other.setIdentity([9, 9, 9], []);
    other.setExpression([5, 5]);
    assert.deepEqual(Float32Array.from(one.positions), before);
  });

  it('has its landmarks where the model at its landmarks says', () => {
    const points = landmarkModel(model);
    const there = evaluateShape(points, shape, expression);
    const whole = evaluateShape(model, shape, expression);
    for (const [name, k] of points.landmarks) {
      const v = model.landmarks.get(name)!;
      assert.deepEqual(there.subarray(3 * k, 3 * k + 3), whole.subarray(3 * v, 3 * v + 3));
    }
  });
});
