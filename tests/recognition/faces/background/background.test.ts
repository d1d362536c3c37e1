import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { drawTexture } from '../../../../src/plugins/recognition/faces/background/textures.js';
import { resample } from '../../../../src/plugins/recognition/faces/background/triangle-filter.js';

interface Case {
  readonly source: [number, number];
  readonly target: [number, number];
  readonly pixels: number[];
  readonly expected: number[];
}

const cases = JSON.parse(readFileSync('tests/recognition/faces/fixtures/triangle-filter.json', 'utf8')) as Case[];

describe('a background image', () => {
  for (const { source, target, pixels, expected } of cases) {
    it(`of ${source.join('x')} is brought to ${target.join('x')} as by Pillow’s antialiased filter`, () => {
      const out = resample(Uint8Array.from(pixels), ...source, ...target);
      out.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) <= 0.501, `${value} for ${expected[i]!}`));
    });
  }
});

describe('procedural backgrounds', () => {
  const size = { width: 40, height: 30 };
  const texture = (seed: number, index: number): Uint8Array => {
    const out = new Uint8Array(40 * 30 * 3).fill(1);
    drawTexture(seed, [1, index], size, out);
    return out;
  };

  it('are the same for the same seed and address, and differ otherwise', () => {
    assert.deepEqual(texture(1, 4), texture(1, 4));
    assert.notDeepEqual(texture(1, 4), texture(1, 5));
    assert.notDeepEqual(texture(1, 4), texture(2, 4));
  });

  it('vary in brightness and in contrast', () => {
    const textures = Array.from({ length: 120 }, (_, k) => texture(3, k));
    const means = textures.map((t) => t.reduce((a, b) => a + b, 0) / t.length);
    assert.ok(Math.min(...means) < 70 && Math.max(...means) > 180);
    const ranges = textures.map((t) => Math.max(...t) - Math.min(...t));
    assert.ok(Math.min(...ranges) < 60 && Math.max(...ranges) > 150);
  });
});
