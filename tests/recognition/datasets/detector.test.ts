import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  alignFace,
  ALIGNED_BY,
  DEFAULT_ALIGNMENT,
} from '../../../src/plugins/recognition/datasets/alignment/align-face.js';
import {
  chooseDetection,
  openOnnxDetector,
  overlap,
  type Detection,
} from '../../../src/plugins/recognition/datasets/alignment/detector.js';
import { LIMITS } from '../../../src/foundation/files/limits.js';
import { PixelBudget } from '../../../src/plugins/recognition/datasets/images/pixel-budget.js';
import { value } from '../../engine/artifacts/value.js';
import { constant, model, node, tensor } from './onnx-file.js';

/** A model that finds its faces in every image, as sure as the image's greatest value is bright. */
function tinyDetector(
  boxes: readonly number[],
  points: readonly number[],
  outputs = ['boxes', 'scores', 'points'],
): Buffer {
  return model(
    [1, node('ReduceMax', ['image'], 'brightest')],
    [1, node('Reshape', ['brightest', 'one'], 'value')],
    [1, node('Div', ['value', 'white'], outputs[1]!)],
    [1, node('Identity', ['the-boxes'], outputs[0]!)],
    [1, node('Identity', ['the-points'], outputs[2]!)],
    [2, 'tiny'],
    [5, constant('one', [1], [1], 7)],
    [5, constant('white', [1], [255])],
    [5, constant('the-boxes', [1, 4], boxes)],
    [5, constant('the-points', [1, 5, 2], points)],
    [11, tensor('image', [1, 3, 'h', 'w'])],
    [12, tensor(outputs[0]!, [1, 4])],
    [12, tensor(outputs[1]!, [1])],
    [12, tensor(outputs[2]!, [1, 5, 2])],
  );
}

const POINTS = [30, 40, 60, 40, 45, 55, 33, 70, 57, 70];

function plain(width: number, height: number, level: number) {
  return { width, height, left: 0, top: 0, data: new Uint8Array(width * height * 3).fill(level) };
}

describe('a face detector', () => {
  it('is any ONNX model from an image to boxes, scores and points', async () => {
    const opened = await openOnnxDetector(tinyDetector([20, 25, 70, 85], POINTS));
    assert.ok(opened.ok);
    const detector = opened.value;
    const [found, ...more] = value(await detector.detect(plain(100, 120, 255)));
    assert.equal(more.length, 0);
    assert.deepEqual(found!.box, { x: 20, y: 25, width: 50, height: 60 });
    assert.deepEqual(Array.from(found!.points), POINTS);
    assert.deepEqual(value(await detector.detect(plain(100, 120, 100))), [], 'a score below the least wanted');
    // An image of twice the longest side is halved before, and what is found is told in its own pixels.
    const [large] = value(await detector.detect(plain(2048, 100, 255)));
    assert.deepEqual(large!.box, { x: 40, y: 50, width: 100, height: 120 });
    assert.equal(large!.points[0], 60.5);
    await detector.close();
  });

  it('aligns faces before their boxes do, and leaves those without a detection to them', async () => {
    const bytes = readFileSync('tests/recognition/datasets/fixtures/folder/ann/1.png');
    const entry = {
      name: 'x',
      file: 'x',
      identity: 'x',
      person: 0,
      sample: 0,
      box: { x: 30, y: 20, width: 80, height: 80 },
    };
    const out = new Uint8Array(96 * 96 * 3);
    const opened = await openOnnxDetector(tinyDetector([30, 20, 110, 100], POINTS));
    assert.ok(opened.ok);
    const align = (box: typeof entry.box) => {
      const budget = new PixelBudget(1);
      return alignFace(
        { ...entry, box },
        bytes,
        DEFAULT_ALIGNMENT,
        opened.value,
        LIMITS['image-pixels'].is,
        budget,
        out,
      );
    };
    const by = async (box: typeof entry.box) => {
      const face = await align(box);
      return face.ok ? face.value.alignedBy : face.error[0]!.message;
    };
    assert.equal(await by(entry.box), 'detector');
    assert.equal(await by({ x: 140, y: 90, width: 20, height: 20 }), 'box', 'the detection is another face');
    assert.match(await by({ x: 900, y: 90, width: 20, height: 20 }), /x cannot be aligned: .*outside the image/);
    assert.ok(ALIGNED_BY.includes('detector'));
    await opened.value.close();
  });

  it('that is no model, or one of other outputs, is refused in words', async () => {
    const missing = await openOnnxDetector(join('tests', 'no-such.onnx'));
    assert.ok(!missing.ok && missing.error[0]!.code === 'datasets/detector');
    const other = await openOnnxDetector(tinyDetector([0, 0, 1, 1], POINTS, ['bbox', 'conf', 'points']));
    assert.ok(!other.ok);
    assert.match(other.error[0]!.message, /outputs boxes, scores and points; it has inputs image; outputs bbox, conf/);
  });
});

describe('of several detections', () => {
  const at = (x: number, y: number): Detection => ({ box: { x, y, width: 10, height: 10 }, score: 1, points: [] });
  const image = { width: 100, height: 100 };

  it('the one that overlaps the known box is taken, or none', () => {
    const detections = [at(45, 45), at(0, 0), at(3, 0)];
    assert.equal(chooseDetection(detections, image, { x: 4, y: 0, width: 10, height: 10 }), detections[2]);
    assert.equal(chooseDetection(detections, image, { x: 70, y: 70, width: 10, height: 10 }), undefined);
    assert.equal(overlap(detections[1]!.box, detections[2]!.box), 70 / 130);
  });

  it('the one nearest to the middle is taken where no box is known', () => {
    const detections = [at(0, 0), at(50, 40), at(90, 90)];
    assert.equal(chooseDetection(detections, image, undefined), detections[1]);
    assert.equal(chooseDetection([], image, undefined), undefined);
  });
});
