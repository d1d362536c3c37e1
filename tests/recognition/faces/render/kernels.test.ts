import assert from 'node:assert/strict';
import { createMemory, instantiate } from '../../../../src/plugins/recognition/faces/kernel/module.js';
import { rasterise } from '../../../../src/plugins/recognition/faces/kernel/raster-stage.js';
import { resolveStage } from '../../../../src/plugins/recognition/faces/kernel/resolve-stage.js';
import { NOWHERE } from '../../../../src/plugins/recognition/faces/kernel/vertex-stage.js';
import { FORM_TERMS } from '../../../../src/plugins/recognition/faces/illumination/spherical-harmonics.js';
import { evaluateAlbedo, evaluateShape } from '../../../../src/plugins/recognition/faces/model/evaluate.js';
import { loadEmbeddedModel } from '../../../../src/plugins/recognition/faces/model/embedded.js';
import { DEFAULT_CAMERA, pixelMap } from '../../../../src/plugins/recognition/faces/pose/camera.js';
import {
  FRONTAL,
  modelToEye,
  NO_VIEW,
  rotation,
  transform,
} from '../../../../src/plugins/recognition/faces/pose/pose.js';
import { vertexNormals } from '../../../../src/plugins/recognition/faces/render/normals.js';
import type { RenderScene } from '../../../../src/plugins/recognition/faces/render/renderer.js';
import type { SampleGrid } from '../../../../src/plugins/recognition/faces/render/sample-grid.js';
import { shadeVertices } from '../../../../src/plugins/recognition/faces/render/shading.js';
import { SoftwareRenderer } from '../../../../src/plugins/recognition/faces/render/software.js';
import { PLAIN_COLOUR } from '../../../../src/plugins/recognition/faces/scene/scene.js';
import { stream } from '../../../../src/foundation/numbers/random.js';
import { rasteriseScalar, resolveScalar } from './scalar-raster.js';

const model = loadEmbeddedModel();
const random = stream(4, 'kernels');
const scene: RenderScene = {
  positions: evaluateShape(model, [1, -1, 0.5], [0.3]),
  albedo: evaluateAlbedo(model, [0.4, 1]),
  pose: { ...FRONTAL, yaw: 0.7, pitch: 0.2, roll: -0.1 },
  view: { ...NO_VIEW, roll: 0.05 },
  camera: { ...DEFAULT_CAMERA, principalPoint: [0.1, -0.05] },
  light: Float64Array.from({ length: 27 }, (_, i) => (i < 3 ? 2 : 0.3 * random.normal())),
  colour: PLAIN_COLOUR,
};

/** A grid in a memory of its own, with room for triangles, on which kernels and their scalar twins draw. */
function emptyGrid(
  width: number,
  height: number,
  scale: number,
  vertices: number,
): SampleGrid & { readonly memory: ReturnType<typeof createMemory> } {
  const memory = createMemory(2 ** 20);
  const samples = 65536;
  return {
    memory,
    width,
    height,
    scale,
    places: new Int32Array(memory.buffer, 0, 2 * vertices),
    tones: new Float32Array(memory.buffer, 16384, 4 * vertices),
    samples: new Float32Array(memory.buffer, samples, 4 * width * height),
    faces: new Int32Array(memory.buffer, 2 ** 19, width * height),
  };
}

describe('the kernels of the renderer', () => {
  it('draw any triangles as drawing them sample by sample does, to the bit', () => {
    for (let round = 0; round < 15; round += 1) {
      const vertices = 120;
      const [mine, theirs] = [emptyGrid(36, 28, 2, vertices), emptyGrid(36, 28, 2, vertices)];
      // From slivers and specks to faces that reach far outside of the image, and outside of what is drawn at all.
      const reach = [300, 3000, 20_000, 2 ** 22, 2 ** 25][round % 5]!;
      for (let v = 0; v < vertices; v += 1) {
        mine.places[2 * v] = random.uniform() < 0.02 ? NOWHERE : 4000 + Math.floor(reach * random.normal());
        mine.places[2 * v + 1] = 3000 + Math.floor(reach * random.normal());
        const w = 0.001 + 0.0002 * random.uniform();
        mine.tones.set([w * random.uniform(), w * random.normal(), w, w], 4 * v);
      }
      theirs.places.set(mine.places);
      theirs.tones.set(mine.tones);
      const triangles = Uint32Array.from({ length: 300 }, () => random.integer(vertices));
      rasteriseScalar(triangles, theirs);
      const at = 2 ** 19 + 2 ** 18;
      new Uint32Array(mine.memory.buffer, at, 300).set(triangles);
      const touched = new Int32Array(mine.memory.buffer, at + 8192, 4);
      touched.set([36, 28, -1, -1]);
      const kernel = instantiate({ rasterise, resolve: resolveStage(2) }, mine.memory);
      kernel.rasterise(
        at,
        100,
        mine.places.byteOffset,
        mine.tones.byteOffset,
        mine.samples.byteOffset,
        mine.faces.byteOffset,
        36,
        28,
        touched.byteOffset,
      );
      assert.deepEqual(mine.samples, theirs.samples);
      assert.deepEqual(mine.faces, theirs.faces);
      const image = Uint8Array.from({ length: 18 * 14 * 3 }, () => random.integer(256));
      const pixels = new Uint8Array(mine.memory.buffer, at + 16384, image.length);
      pixels.set(image);
      resolveScalar(theirs, image);
      kernel.resolve(mine.samples.byteOffset, pixels.byteOffset, 18, 14, 18);
      assert.deepEqual(Uint8Array.from(pixels), image);
    }
  });

  it('find normals and colours as arithmetic in double precision does', () => {
    const renderer = new SoftwareRenderer(model.vertices, model.triangles, { width: 32, height: 32 });
    renderer.take(scene);
    renderer.shade(scene);
    const normals = new Float32Array(3 * model.vertices);
    const colours = new Float32Array(3 * model.vertices);
    vertexNormals(scene.positions, model.triangles, normals);
    const form = new Float64Array(3 * FORM_TERMS);
    shadeVertices(scene.albedo, normals, scene.light, rotation(scene.pose), scene.colour, form, colours);
    for (let v = 0; v < model.vertices; v += 1) {
      for (let c = 0; c < 3; c += 1) {
        near(renderer.normals[4 * v + c]!, normals[3 * v + c]!, 1e-4);
        near(renderer.grid.tones[4 * v + c]!, colours[3 * v + c]!, 1e-4);
      }
    }
  });

  it('find where vertices lie as arithmetic in double precision does, to 1/128 of a sample', () => {
    const size = { width: 227, height: 227 };
    const renderer = new SoftwareRenderer(model.vertices, model.triangles, size, 3);
    renderer.take(scene);
    renderer.shade(scene);
    renderer.project(scene);
    const [toEye, map] = [modelToEye(scene.pose, scene.view), pixelMap(scene.camera, size)];
    const eye = new Float64Array(3);
    for (let v = 0; v < model.vertices; v += 1) {
      transform(toEye, ...(scene.positions.subarray(3 * v, 3 * v + 3) as unknown as [number, number, number]), eye);
      const x = (map.scaleX * eye[0]!) / -eye[2]! + map.centreX;
      const y = (map.scaleY * eye[1]!) / -eye[2]! + map.centreY;
      near(renderer.grid.places[2 * v]!, 256 * ((x + 0.5) * 3 - 0.5), 2);
      near(renderer.grid.places[2 * v + 1]!, 256 * ((y + 0.5) * 3 - 0.5), 2);
      near(renderer.grid.tones[4 * v + 3]! * -eye[2]!, 1, 1e-6);
    }
  });

  it('give a vertex without a face no normal, and a face without area no say', () => {
    const positions = Float32Array.of(0, 0, 0, 10, 0, 0, 0, 10, 0, 5, 5, 5, 20, 0, 0);
    const triangles = Uint32Array.of(0, 1, 2, 0, 1, 4);
    const renderer = new SoftwareRenderer(5, triangles, { width: 8, height: 8 });
    renderer.take({ ...scene, positions, albedo: new Float32Array(15) });
    renderer.shade(scene);
    for (const v of [0, 1, 2]) assert.deepEqual([...renderer.normals.subarray(4 * v, 4 * v + 4)], [0, 0, 1, 0]);
    for (const v of [3, 4]) assert.deepEqual([...renderer.normals.subarray(4 * v, 4 * v + 4)], [0, 0, 0, 0]);
  });
});

function near(value: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} for ${expected}`);
}
