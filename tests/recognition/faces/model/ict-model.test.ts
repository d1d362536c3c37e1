import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBfmHdf5 } from '../../../../src/plugins/recognition/faces/model/bfm-hdf5.js';
import { evaluateAlbedo, evaluateShape } from '../../../../src/plugins/recognition/faces/model/evaluate.js';
import type { MorphableModel } from '../../../../src/plugins/recognition/faces/model/morphable-model.js';

const PATH = join(process.env.FX_TEST_DATA ?? '../shared/data', 'ict-facekit/ict-facekit-face.h5');

interface Fixture {
  readonly vertices: readonly number[];
  readonly instances: readonly {
    readonly shape: number[];
    readonly albedo: number[];
    readonly expression: number[];
    readonly points: readonly (readonly number[])[];
    readonly colours: readonly (readonly number[])[];
    readonly meanPoint: readonly number[];
  }[];
  readonly landmarks: Readonly<Record<string, number>>;
  readonly triangles: { readonly count: number; readonly first: number[]; readonly last: number[] };
}

describe('a model of real heads, against h5py and NumPy', () => {
  const fixture = JSON.parse(
    readFileSync('tests/recognition/faces/model/fixtures/ict-instances.json', 'utf8'),
  ) as Fixture;
  let model: MorphableModel;

  before(async function () {
    if (!existsSync(PATH)) {
      console.log(`      skipped: ${PATH} is not there`);
      this.skip();
    }
    const result = await readBfmHdf5(PATH);
    assert.ok(result.ok);
    model = result.value;
  });

  it('has the same triangles and landmarks', () => {
    const { count, first, last } = fixture.triangles;
    assert.equal(model.triangles.length, 3 * count);
    assert.deepEqual([...model.triangles.subarray(0, 3)], first);
    assert.deepEqual([...model.triangles.subarray(3 * count - 3)], last);
    assert.deepEqual(Object.fromEntries(model.landmarks), fixture.landmarks);
  });

  it('gives the same instances to a micrometre', () => {
    for (const instance of fixture.instances) {
      const points = evaluateShape(model, instance.shape, instance.expression);
      const colours = evaluateAlbedo(model, instance.albedo);
      fixture.vertices.forEach((vertex, i) => {
        for (let c = 0; c < 3; c += 1) {
          const [x, r] = [points[3 * vertex + c]!, colours[3 * vertex + c]!];
          assert.ok(Math.abs(x - instance.points[i]![c]!) < 1e-3, `${x} is not ${instance.points[i]![c]!}`);
          assert.ok(Math.abs(r - instance.colours[i]![c]!) < 1e-5);
        }
      });
      for (let c = 0; c < 3; c += 1) {
        let sum = 0;
        for (let v = 0; v < model.vertices; v += 1) sum += points[3 * v + c]!;
        assert.ok(Math.abs(sum / model.vertices - instance.meanPoint[c]!) < 1e-4);
      }
    }
  });
});
