import assert from 'node:assert/strict';
import { drawNaturalLight } from '../../../../src/plugins/recognition/faces/illumination/natural-light.js';
import {
  energy,
  evaluateForm,
  shadingForm,
} from '../../../../src/plugins/recognition/faces/illumination/spherical-harmonics.js';
import { stream } from '../../../../src/foundation/numbers/random.js';

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const lights = Array.from({ length: 600 }, (_, i) => drawNaturalLight(stream(9, 'light', i)));

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

describe('natural light', () => {
  it('shades positively, but for the truncation of the harmonics', () => {
    const random = stream(1, 'normals');
    const normals = Array.from({ length: 200 }, () => {
      const n = [random.normal(), random.normal(), random.normal()];
      const length = Math.hypot(...n);
      return n.map((v) => v / length);
    });
    let negative = 0;
    for (const light of lights) {
      const form = shadingForm(light, IDENTITY);
      for (const n of normals) {
        for (let c = 0; c < 3; c += 1) {
          const shading = evaluateForm(form, c, n[0]!, n[1]!, n[2]!);
          assert.ok(shading > -0.35);
          if (shading < 0) negative += 1;
        }
      }
    }
    assert.ok(negative < 0.02 * lights.length * normals.length * 3, `${negative} negative`);
  });

  it('has the energy of photographs: 6.33 and 13.44 are usual', () => {
    const energies = lights.map(energy).sort((a, b) => a - b);
    assert.ok(energies[60]! < 6.33 && energies[540]! > 6.33, `${energies[60]!} to ${energies[540]!}`);
    assert.ok(energies.at(-1)! > 13.44, `at most ${energies.at(-1)!}`);
  });

  it('comes more from above than below, from both sides alike, more from the camera’s side', () => {
    const share = (i: number): number => mean(lights.map((light) => light[3 * i + 1]! / light[1]!));
    assert.ok(share(1) > 0.1);
    assert.ok(Math.abs(share(3)) < 0.05);
    assert.ok(share(2) > 0.05);
  });

  it('varies in all 27 dimensions, and in colour', () => {
    for (let i = 0; i < 27; i += 1) {
      const values = lights.map((light) => light[i]!);
      const m = mean(values);
      assert.ok(Math.sqrt(mean(values.map((v) => (v - m) ** 2))) > 0.02, `coefficient ${i}`);
    }
    const warmth = lights.map((light) => light[0]! / light[2]!);
    assert.ok(Math.max(...warmth) > 1.15 && Math.min(...warmth) < 0.9);
  });
});
