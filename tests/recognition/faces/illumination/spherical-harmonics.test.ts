import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  ambientAndDirectional,
  basis,
  energy,
  evaluateForm,
  LAMBERT,
  shadingForm,
  uniformLight,
  withEnergy,
  withoutColour,
} from '../../../../src/plugins/recognition/faces/illumination/spherical-harmonics.js';
import { rotation } from '../../../../src/plugins/recognition/faces/pose/pose.js';

interface Fixture {
  readonly directions: [number, number, number][];
  readonly basis: number[][];
  readonly kernel: number[];
  readonly light: number[][];
  readonly shading: number[][];
}

const fixture = JSON.parse(
  readFileSync('tests/recognition/faces/fixtures/spherical-harmonics.json', 'utf8'),
) as Fixture;
const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

describe('spherical harmonics', () => {
  it('have the values that SciPy gives, in the order l^2 + l + m', () => {
    const values = new Float64Array(9);
    fixture.directions.forEach((d, n) => {
      basis(...d, values);
      values.forEach((value, i) => assert.ok(Math.abs(value - fixture.basis[n]![i]!) < 1e-12, `Y${i} at ${d.join()}`));
    });
  });

  it('have the clamped cosine’s factors that quadrature gives', () => {
    LAMBERT.forEach((value, i) => assert.ok(Math.abs(value - fixture.kernel[i]!) < 1e-9));
  });

  it('shade a body as SciPy’s sum does, also one that is turned', () => {
    const light = Float64Array.from(fixture.light.flat());
    const turn = rotation({ yaw: 0.7, pitch: -0.4, roll: 2.1 });
    const upright = shadingForm(light, IDENTITY);
    const turned = shadingForm(light, turn);
    fixture.directions.forEach(([x, y, z], n) => {
      // The body's own normal is R^T n where the world's is n.
      const own = [0, 1, 2].map((m) => turn[m]! * x + turn[3 + m]! * y + turn[6 + m]! * z);
      for (let c = 0; c < 3; c += 1) {
        const expected = fixture.shading[n]![c]!;
        assert.ok(Math.abs(evaluateForm(upright, c, x, y, z) - expected) < 1e-9);
        assert.ok(Math.abs(evaluateForm(turned, c, own[0]!, own[1]!, own[2]!) - expected) < 1e-9);
      }
    });
  });

  it('turn ambient and directional light into the published static light', () => {
    const light = ambientAndDirectional([0.8, 0.8, 0.8], [0.2, 0.2, 0.2], [0, 0, 1]);
    assert.ok(Math.abs(light[0]! - 0.902703) < 5e-7);
    assert.ok(Math.abs(light[6]! - 0.195441) < 5e-7);
    assert.equal(light.filter((value) => value !== 0).length, 6);
    assert.ok(Math.abs(uniformLight()[0]! - 1.128379) < 5e-7);
  });

  it('keep their proportions when the energy is fixed, and lose their colour when asked', () => {
    const light = Float64Array.from(fixture.light.flat());
    const fixed = withEnergy(light, 6.33);
    assert.ok(Math.abs(energy(fixed) - 6.33) < 1e-12);
    assert.ok(Math.abs(fixed[4]! / fixed[13]! - light[4]! / light[13]!) < 1e-12);
    const grey = withoutColour(light);
    assert.equal(grey[3], grey[5]);
    assert.ok(Math.abs(grey[3]! - (light[3]! + light[4]! + light[5]!) / 3) < 1e-15);
    assert.deepEqual([...withEnergy(new Float64Array(27), 5)], new Array(27).fill(0));
  });
});
