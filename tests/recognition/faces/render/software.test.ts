import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  ambientAndDirectional,
  basis,
  LAMBERT,
  type Light,
} from '../../../../src/plugins/recognition/faces/illumination/spherical-harmonics.js';
import { DEFAULT_CAMERA } from '../../../../src/plugins/recognition/faces/pose/camera.js';
import { projectPoint } from '../../../../src/plugins/recognition/faces/pose/framing.js';
import { FRONTAL, NO_VIEW, rotation, type Pose } from '../../../../src/plugins/recognition/faces/pose/pose.js';
import { MapRenderer } from '../../../../src/plugins/recognition/faces/render/maps.js';
import type { RenderScene } from '../../../../src/plugins/recognition/faces/render/renderer.js';
import { SoftwareRenderer } from '../../../../src/plugins/recognition/faces/render/software.js';
import { inverseDepthAt } from '../../../../src/plugins/recognition/faces/render/sample-grid.js';
import { isVisible } from '../../../../src/plugins/recognition/faces/render/visibility.js';
import { PLAIN_COLOUR } from '../../../../src/plugins/recognition/faces/scene/scene.js';
import { stream } from '../../../../src/foundation/numbers/random.js';
import { ellipsoidModel } from '../ellipsoid-model.js';

const RADIUS = 90;
const ball = ellipsoidModel(64, [RADIUS, RADIUS, RADIUS]);
const size = { width: 96, height: 96 };
const camera = { ...DEFAULT_CAMERA, sensorSize: [13, 13] as const };

function sceneOf(changes: Partial<RenderScene> = {}): RenderScene {
  return {
    positions: ball.shape.mean,
    albedo: ball.albedo.mean,
    pose: FRONTAL,
    view: NO_VIEW,
    camera,
    light: ambientAndDirectional([0.4, 0.5, 0.6], [0.5, 0.4, 0.3], [0.6, 0.48, 0.64]),
    colour: PLAIN_COLOUR,
    ...changes,
  };
}

function render(
  scene: RenderScene,
  supersampling = 2,
  background = 0,
): { image: Uint8Array; renderer: SoftwareRenderer } {
  const renderer = new SoftwareRenderer(ball.vertices, ball.triangles, size, supersampling);
  const image = new Uint8Array(size.width * size.height * 3).fill(background);
  renderer.render(scene, image);
  return { image, renderer };
}

/** Point of the ball that the ray through a pixel meets first, relative to its centre; undefined beside it. */
function hit(pixelX: number, pixelY: number): [number, number, number] | undefined {
  const dx = ((pixelX / size.width) * 2 - 1) * (13 / 100);
  const dy = (1 - (pixelY / size.height) * 2) * (13 / 100);
  const length = Math.hypot(dx, dy, 1);
  const [ux, uy, uz] = [dx / length, dy / length, -1 / length];
  const along = -uz * 1000;
  const gap = along * along - (1e6 - RADIUS ** 2);
  if (gap < 0) return undefined;
  const t = along - Math.sqrt(gap);
  return [t * ux, t * uy, t * uz + 1000];
}

describe('the software renderer', () => {
  it('shades a ball under directional light as the closed form does, at each pixel', () => {
    const { image } = render(sceneOf(), 1);
    let checked = 0;
    let worst = 0;
    for (let y = 0; y < size.height; y += 1) {
      for (let x = 0; x < size.width; x += 1) {
        const point = hit(x, y);
        const k = 3 * (y * size.width + x);
        // Near the outline the polyhedron lies inside the ball.
        if (point === undefined || point[2] < 0.3 * RADIUS) continue;
        const cosine = (0.6 * point[0] + 0.48 * point[1] + 0.64 * point[2]) / RADIUS;
        [0.4 + 0.5 * cosine, 0.5 + 0.4 * cosine, 0.6 + 0.3 * cosine].forEach((shading, c) => {
          worst = Math.max(worst, Math.abs(image[k + c]! - 255 * 0.5 * Math.max(shading, 0)));
        });
        checked += 1;
      }
    }
    assert.ok(checked > 2000);
    // Truncation to 8 bits takes up to one level.
    assert.ok(worst < 1.2, `differs by ${worst.toFixed(2)} of 255`);
  });

  it('shades by the harmonics of degree 2 too, in world space: light stays when the ball turns', () => {
    const random = stream(3, 'light');
    const light: Light = Float64Array.from({ length: 27 }, (_, i) => (i < 3 ? 2 : 0.3 * random.normal()));
    const upright = render(sceneOf({ light }), 1).image;
    const turned = render(sceneOf({ light, pose: { ...FRONTAL, yaw: 0.9, pitch: 0.4, roll: -0.6 } }), 1).image;
    const values = new Float64Array(9);
    let worst = 0;
    let moved = 0;
    for (let y = 20; y < 76; y += 1) {
      for (let x = 20; x < 76; x += 1) {
        const point = hit(x, y);
        if (point === undefined || point[2] < 0.4 * RADIUS) continue;
        basis(point[0] / RADIUS, point[1] / RADIUS, point[2] / RADIUS, values);
        const k = 3 * (y * size.width + x);
        for (let c = 0; c < 3; c += 1) {
          const shading = values.reduce((sum, value, i) => sum + value * LAMBERT[i]! * light[3 * i + c]!, 0);
          const expected = 255 * 0.5 * Math.min(Math.max(shading, 0), 2);
          worst = Math.max(worst, Math.abs(upright[k + c]! - expected));
          moved = Math.max(moved, Math.abs(upright[k + c]! - turned[k + c]!));
        }
      }
    }
    assert.ok(worst < 1.5, `differs by ${worst.toFixed(2)} of 255`);
    assert.ok(moved <= 2, `turning the ball changed ${moved} of 255`);
  });

  it('draws each vertex that faces the camera where it projects, at its depth', () => {
    const pose: Pose = { ...FRONTAL, yaw: 0.5, pitch: -0.2, roll: 0.3 };
    const { renderer } = render(sceneOf({ pose }), 4);
    const { grid } = renderer;
    let seen = 0;
    for (let v = 0; v < ball.vertices; v += 31) {
      const p = ball.shape.mean.subarray(3 * v, 3 * v + 3);
      const [x, y] = projectPoint([p[0]!, p[1]!, p[2]!], pose, { camera, view: NO_VIEW }, size);
      const r = rotation(pose);
      const depth = 1000 - (r[6]! * p[0]! + r[7]! * p[1]! + r[8]! * p[2]!);
      const facing = depth < 1000 - 0.5 * RADIUS;
      const sample = Math.round((y + 0.5) * 4 - 0.5) * grid.width + Math.round((x + 0.5) * 4 - 0.5);
      const drawn = 1 / grid.samples[4 * sample + 3]!;
      if (facing) {
        seen += 1;
        assert.ok(Math.abs(drawn - depth) < 0.8, `vertex ${v}: drawn at ${drawn}, is at ${depth}`);
      }
      if (facing || depth > 1010) assert.equal(isVisible(grid, x, y, depth), facing);
    }
    assert.ok(seen >= 20);
  });

  it('leaves no hole inside and nothing outside the outline', () => {
    for (const roll of [0, 0.1, 0.77]) {
      const { renderer } = render(sceneOf({ pose: { ...FRONTAL, roll, pitch: roll } }), 3);
      const { grid } = renderer;
      for (let y = 0; y < grid.height; y += 1) {
        for (let x = 0; x < grid.width; x += 1) {
          const px = (x + 0.5) / 3 - 0.5;
          const py = (y + 0.5) / 3 - 0.5;
          const radius = Math.hypot(px - 48, py - 48);
          const drawn = inverseDepthAt(grid, x, y) > 0;
          // Its outline is a circle of 33.37 pixels: f W / s_x R / sqrt(1000^2 - R^2).
          if (radius < 33.2) assert.ok(drawn, `a hole at ${px}, ${py}`);
          if (radius > 33.38) assert.ok(!drawn, `drawn outside at ${px}, ${py}`);
        }
      }
    }
  });

  it('mixes the outline with the background by coverage', () => {
    const white = new Float32Array(ball.albedo.mean.length).fill(1);
    const light = ambientAndDirectional([1, 1, 1], [0, 0, 0], [0, 0, 1]);
    const { image } = render(sceneOf({ albedo: white, light }), 4);
    let area = 0;
    for (let k = 0; k < image.length; k += 3) area += image[k]! / 255;
    const exact = Math.PI * 33.37 ** 2;
    assert.ok(Math.abs(area / exact - 1) < 0.005, `covers ${area.toFixed(1)} of ${exact.toFixed(1)} pixels`);
  });

  it('leaves the background alone where nothing is drawn', () => {
    const { image } = render(sceneOf(), 2, 137);
    for (const at of [0, 95, 96 * 95, 96 * 96 - 1])
      assert.deepEqual([...image.subarray(3 * at, 3 * at + 3)], [137, 137, 137]);
  });

  it('draws nothing of a face behind the camera or inside the near plane', () => {
    for (const z of [500, -60]) {
      const { image } = render(sceneOf({ pose: { ...FRONTAL, translation: [0, 0, z] } }), 1, 9);
      if (z > 0) assert.ok(image.every((value) => value === 9));
    }
  });

  it('applies gain, contrast and offset', () => {
    const light = ambientAndDirectional([1, 1, 1], [0, 0, 0], [0, 0, 1]);
    const colour = { gain: [1, 0.5, 2] as const, contrast: 0.5, offset: [0.1, 0, 0] as const };
    const albedo = ball.albedo.mean.map((_, i) => [0.6, 0.2, 0.3][i % 3]!);
    const { image } = render(sceneOf({ light, colour, albedo }), 1);
    const luminance = 0.3 * 0.6 + 0.59 * 0.2 + 0.11 * 0.3;
    const expected = [0.6, 0.2, 0.3].map(
      (c, i) => 255 * (colour.gain[i]! * (0.5 * c + 0.5 * luminance) + colour.offset[i]!),
    );
    const k = 3 * (48 * 96 + 48);
    expected.forEach((value, c) => assert.ok(Math.abs(image[k + c]! - value) <= 1));
  });

  it('draws maps that agree with the geometry', () => {
    const scene = sceneOf({ pose: { ...FRONTAL, yaw: 0.4 } });
    const { renderer } = render(scene);
    const maps = new MapRenderer(renderer, ball.shape.mean);
    const normals = new Uint8Array(size.width * size.height * 3);
    const depth = new Uint8Array(size.width * size.height);
    const place = new Uint8Array(normals.length);
    const albedo = new Uint8Array(normals.length);
    const shading = new Uint8Array(normals.length);
    maps.draw('normals', scene, normals);
    maps.draw('depth', scene, depth);
    maps.draw('correspondence', scene, place);
    maps.draw('albedo', scene, albedo);
    maps.draw('illumination', scene, shading);
    const nearest = 1000 - RADIUS;
    const reference = 1000 - hit(48, 24)![2];
    const step = (255 - depth[24 * size.width + 48]!) / (1 / nearest - 1 / reference);
    for (let y = 16; y < 80; y += 1) {
      for (let x = 16; x < 80; x += 1) {
        const point = hit(x, y);
        if (point === undefined || point[2] < 0.35 * RADIUS) continue;
        const at = y * size.width + x;
        for (let c = 0; c < 3; c += 1) {
          assert.ok(
            Math.abs(normals[3 * at + c]! - 255 * (0.5 - (0.5 * point[c]!) / RADIUS)) < 2.5,
            `normal at ${x}, ${y}`,
          );
          assert.equal(albedo[3 * at + c], 127);
        }
        // Window depth is affine in 1 / distance, and the map affine in that, 255 at the nearest point.
        const d = 1000 - point[2];
        const expected = 255 - step * (1 / nearest - 1 / d);
        assert.ok(Math.abs(depth[at]! - expected) < 2.5, `depth at ${x}, ${y}: ${depth[at]!} for ${expected}`);
        // Turned back by the yaw, and scaled to the bounding box.
        const [cos, sin] = [Math.cos(0.4), Math.sin(0.4)];
        const own = [cos * point[0] - sin * point[2], point[1], sin * point[0] + cos * point[2]];
        own.forEach((value, c) => assert.ok(Math.abs(place[3 * at + c]! - 255 * (0.5 + value / (2 * RADIUS))) < 2.5));
        const cosine = (0.6 * point[0] + 0.48 * point[1] + 0.64 * point[2]) / RADIUS;
        assert.ok(Math.abs(shading[3 * at]! - 127.5 * Math.max(0.4 + 0.5 * cosine, 0)) < 2.5);
      }
    }
    assert.equal(depth[0], 0);
    assert.equal(Math.max(...depth), 255);
    assert.deepEqual([...normals.subarray(0, 3)], [0, 0, 0]);
  });

  it('renders the bits it always has', () => {
    const { image } = render(sceneOf({ pose: { ...FRONTAL, yaw: 0.5, pitch: 0.1, roll: -0.2 } }), 2, 64);
    const digest = createHash('sha256').update(image).digest('hex');
    assert.equal(digest.slice(0, 16), '74a67ef5c71b8965');
  });
});
