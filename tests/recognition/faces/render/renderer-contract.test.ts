import assert from 'node:assert/strict';
import { ambientAndDirectional } from '../../../../src/plugins/recognition/faces/illumination/spherical-harmonics.js';
import { evaluateAlbedo, evaluateShape } from '../../../../src/plugins/recognition/faces/model/evaluate.js';
import { DEFAULT_CAMERA } from '../../../../src/plugins/recognition/faces/pose/camera.js';
import { FRONTAL, NO_VIEW } from '../../../../src/plugins/recognition/faces/pose/pose.js';
import { openGlRenderer } from '../../../../src/plugins/recognition/faces/render/gl.js';
import type { Renderer, RenderScene } from '../../../../src/plugins/recognition/faces/render/renderer.js';
import { SoftwareRenderer } from '../../../../src/plugins/recognition/faces/render/software.js';
import { PLAIN_COLOUR } from '../../../../src/plugins/recognition/faces/scene/scene.js';
import { ellipsoidModel } from '../ellipsoid-model.js';

const model = ellipsoidModel(20);
const size = { width: 64, height: 48 };
const scenes: RenderScene[] = [0, 1, 2].map((k) => ({
  positions: evaluateShape(model, [k, -k, 0.5], [0.3 * k]),
  albedo: evaluateAlbedo(model, [k, 1]),
  pose: { ...FRONTAL, yaw: 0.6 * k - 0.4, pitch: 0.2 * k, roll: 0.1 * k },
  view: { ...NO_VIEW, roll: 0.05 * k },
  camera: { ...DEFAULT_CAMERA, sensorSize: [16, 12], principalPoint: [0.1 * k, -0.05 * k] },
  light: ambientAndDirectional([0.5, 0.5, 0.5], [0.7, 0.6, 0.5], [0.6, 0, 0.8]),
  colour: PLAIN_COLOUR,
}));

function draw(renderer: Renderer, scene: RenderScene): Uint8Array {
  const image = new Uint8Array(size.width * size.height * 3).map((_, i) => (i * 7) % 256);
  renderer.render(scene, image);
  return image;
}

/** Every implementation of the port; `gl` where it can be had. */
const IMPLEMENTATIONS: Record<string, () => Promise<Renderer | string>> = {
  software: () => Promise.resolve(new SoftwareRenderer(model.vertices, model.triangles, size)),
  gl: () => openGlRenderer(model.vertices, model.triangles, size),
};

for (const [name, open] of Object.entries(IMPLEMENTATIONS)) {
  describe(`the renderer ${name}`, () => {
    let renderer: Renderer;
    before(async function () {
      const opened = await open();
      if (typeof opened === 'string') {
        // Where it was installed for these tests, to skip them would be to fail unseen.
        assert.equal(process.env.FX_TEST_GL, undefined, opened);
        console.log(`      skipped: ${opened}`);
        this.skip();
      }
      renderer = opened;
    });
    after(() => (renderer as Renderer | undefined)?.close());

    it('agrees with the software renderer: one level on the face, coverage at its outline', () => {
      const reference = new SoftwareRenderer(model.vertices, model.triangles, size);
      for (const scene of scenes) {
        const expected = draw(reference, scene);
        const image = draw(renderer, scene);
        let sum = 0;
        let far = 0;
        image.forEach((value, i) => {
          const difference = Math.abs(value - expected[i]!);
          sum += difference;
          if (difference > 2) far += 1;
        });
        assert.ok(sum / image.length < 0.6, `mean difference ${sum / image.length}`);
        assert.ok(far / image.length < 0.01, `${far} of ${image.length} values differ by more than 2`);
      }
    });

    it('leaves no trace of a scene in the next', () => {
      const first = draw(renderer, scenes[0]!);
      draw(renderer, scenes[2]!);
      assert.deepEqual(draw(renderer, scenes[0]!), first);
    });

    it('leaves the background where there is no face', () => {
      const image = draw(renderer, scenes[0]!);
      for (const i of [0, 1, 2, 3 * 63]) assert.equal(image[i], (i * 7) % 256);
    });
  });
}
