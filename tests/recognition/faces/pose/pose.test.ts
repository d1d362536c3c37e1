import assert from 'node:assert/strict';
import { DEFAULT_CAMERA, pixelMap, windowDepth } from '../../../../src/plugins/recognition/faces/pose/camera.js';
import { projectPoint } from '../../../../src/plugins/recognition/faces/pose/framing.js';
import {
  affineOf,
  FRONTAL,
  modelToEye,
  NO_VIEW,
  rotation,
  transform,
  type Pose,
} from '../../../../src/plugins/recognition/faces/pose/pose.js';

const RIGHT_ANGLE = Math.PI / 2;

function turned(angles: Partial<Pose>, point: readonly [number, number, number]): number[] {
  const out = new Float64Array(3);
  transform(affineOf({ ...NO_VIEW, ...angles }), ...point, out);
  return [...out].map((value) => Math.round(value * 1e9) / 1e9 + 0);
}

describe('pose', () => {
  it('yaws the nose to image right, pitches it down, rolls counter-clockwise', () => {
    assert.deepEqual(turned({ yaw: RIGHT_ANGLE }, [0, 0, 1]), [1, 0, 0]);
    assert.deepEqual(turned({ pitch: RIGHT_ANGLE }, [0, 0, 1]), [0, -1, 0]);
    assert.deepEqual(turned({ roll: RIGHT_ANGLE }, [1, 0, 0]), [0, 1, 0]);
  });

  it('pitches first, then yaws, then rolls', () => {
    // (0, 0, 1) pitched by 90 degrees is (0, -1, 0), which a yaw leaves alone and a roll by 90 degrees takes to (1, 0, 0).
    assert.deepEqual(turned({ pitch: RIGHT_ANGLE, yaw: RIGHT_ANGLE, roll: RIGHT_ANGLE }, [0, 0, 1]), [1, 0, 0]);
    // (1, 0, 0) is left by the pitch, yawed to (0, 0, -1), left by the roll.
    assert.deepEqual(turned({ pitch: RIGHT_ANGLE, yaw: RIGHT_ANGLE, roll: RIGHT_ANGLE }, [1, 0, 0]), [0, 0, -1]);
  });

  it('turns about the model’s origin, scales, then moves', () => {
    assert.deepEqual(turned({ yaw: RIGHT_ANGLE, scaling: 2, translation: [1, 2, 3] }, [0, 0, 5]), [11, 2, 3]);
  });

  it('is undone by a view of the same form', () => {
    const pose: Pose = { scaling: 1.5, translation: [3, -4, 7], yaw: 0.3, pitch: -0.8, roll: 1.1 };
    const { linear, offset } = modelToEye(pose, pose);
    [1, 0, 0, 0, 1, 0, 0, 0, 1].forEach((value, i) => assert.ok(Math.abs(linear[i]! - value) < 1e-15));
    offset.forEach((value) => assert.ok(Math.abs(value) < 1e-14));
  });

  it('is a rotation: orthonormal, right-handed', () => {
    const r = rotation({ yaw: 1, pitch: 2, roll: 3 });
    const row = (i: number): number[] => [...r.subarray(3 * i, 3 * i + 3)];
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    assert.ok(Math.abs(dot(row(0), row(0)) - 1) < 1e-15 && Math.abs(dot(row(0), row(1))) < 1e-15);
    const [a, b, c] = [row(0), row(1), row(2)];
    assert.ok(
      Math.abs(
        a[0]! * (b[1]! * c[2]! - b[2]! * c[1]!) +
          a[1]! * (b[2]! * c[0]! - b[0]! * c[2]!) +
          a[2]! * (b[0]! * c[1]! - b[1]! * c[0]!) -
          1,
      ) < 1e-15,
    );
  });
});

describe('camera', () => {
  const size = { width: 227, height: 227 };

  it('shows the origin of a model at 1 m in the middle and 0.757 pixels a millimetre', () => {
    const view = { camera: DEFAULT_CAMERA, view: NO_VIEW };
    assert.deepEqual(projectPoint([0, 0, 0], FRONTAL, view, size), [113.5, 113.5]);
    const [x, y] = projectPoint([10, 20, 0], FRONTAL, view, size);
    assert.ok(Math.abs(x - 113.5 - 7.5667) < 1e-3);
    assert.ok(Math.abs(113.5 - y - 15.1333) < 1e-3);
  });

  it('moves the image by its principal point, up and right', () => {
    const camera = { ...DEFAULT_CAMERA, principalPoint: [0.5, 0.25] as const };
    const [x, y] = projectPoint([0, 0, 0], FRONTAL, { camera, view: NO_VIEW }, size);
    assert.ok(Math.abs(x - 113.5 * 1.5) < 1e-12 && Math.abs(y - 113.5 * 0.75) < 1e-12);
  });

  it('measures window depth from 0 at the near plane to 1 at the far one', () => {
    assert.equal(windowDepth(DEFAULT_CAMERA, 10), 0);
    assert.equal(windowDepth(DEFAULT_CAMERA, 1e6), 1);
    const map = pixelMap(DEFAULT_CAMERA, { width: 100, height: 50 });
    assert.ok(map.scaleX > 0 && map.scaleY < 0);
  });
});
