import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openOnnxDetector } from '../../../src/plugins/recognition/datasets/alignment/detector.js';

interface Fixture {
  /** The graph and the pixels, in base 64. */
  readonly model: string;
  readonly image: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly (readonly number[])[];
  readonly scores: readonly number[];
  readonly points: readonly (readonly (readonly number[])[])[];
}

const url = new URL('../../../../tests/recognition/datasets/fixtures/mtcnn.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

describe('MTCNN as one graph', () => {
  it('finds the faces that its three nets find when they are run apart, in NumPy (scripts/fixtures/mtcnn.py)', async () => {
    const detector = await openOnnxDetector(bytes(fixture.model), { minScore: 0, longestSide: 1024 });
    assert.ok(detector.ok);
    const { width, height } = fixture;
    const detected = await detector.value.detect({ data: bytes(fixture.image), width, height, left: 0, top: 0 });
    assert.ok(detected.ok);
    const found = detected.value;
    assert.equal(found.length, fixture.scores.length);
    assert.ok(found.length > 10);
    found.forEach(({ box, score, points }, i) => {
      assert.ok(Math.abs(score - fixture.scores[i]!) < 1e-4, `score ${score}, expected ${fixture.scores[i]!}`);
      const [x1, y1, x2, y2] = fixture.boxes[i]!;
      const off = [box.x - x1!, box.y - y1!, box.x + box.width - x2!, box.y + box.height - y2!];
      assert.ok(Math.max(...off.map(Math.abs)) < 2e-2, `face ${i}: its box is off by ${off.join(', ')}`);
      fixture.points[i]!.flat().forEach((value, k) =>
        assert.ok(Math.abs(points[k]! - value) < 2e-2, `face ${i}, point ${k}: ${points[k]!}, expected ${value}`),
      );
    });
    await detector.value.close();
  });

  it('finds nothing, and fails at nothing, in images that are blank or smaller than a face', async () => {
    const detector = await openOnnxDetector(bytes(fixture.model), { minScore: 1.1, longestSide: 1024 });
    assert.ok(detector.ok);
    for (const [width, height] of [
      [1, 1],
      [12, 30],
      [64, 64],
    ] as const) {
      const image = { data: new Uint8Array(width * height * 3), width, height, left: 0, top: 0 };
      assert.deepEqual(await detector.value.detect(image), { ok: true, value: [] });
    }
    await detector.value.close();
  });
});
