/**
 * How fast faces are made, model evaluation and backgrounds included, and where the time goes.
 *
 *     node dist/bench/renderer.js [seconds a row]
 *
 * First a table of images a second for each model and size, on one thread and on all; then, for one thread, each part's
 * milliseconds an image beside a floor: the least that touching its memory takes here, measured in the same run.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { componentCounts } from '../src/domain/faces/generate/layout.js';
import { Generator } from '../src/domain/faces/generate/generator.js';
import { shareModel, SharedFace } from '../src/domain/faces/generate/shared-model.js';
import { drawTexture } from '../src/domain/faces/background/textures.js';
import { readBfmHdf5 } from '../src/domain/faces/model/bfm-hdf5.js';
import { loadEmbeddedModel } from '../src/domain/faces/model/embedded.js';
import type { MorphableModel } from '../src/domain/faces/model/morphable-model.js';
import { DEFAULT_CAMERA, pixelMap } from '../src/domain/faces/pose/camera.js';
import { modelToEye, rotation } from '../src/domain/faces/pose/pose.js';
import { openGlRenderer } from '../src/domain/faces/render/gl.js';
import { vertexNormals } from '../src/domain/faces/render/normals.js';
import { projectVertices, rasterise, resolve } from '../src/domain/faces/render/raster.js';
import { shadeVertices } from '../src/domain/faces/render/shading.js';
import { SoftwareRenderer } from '../src/domain/faces/render/software.js';
import { landmarkModel } from '../src/domain/faces/sample/landmark-model.js';
import type { GeneratorRecipe } from '../src/domain/faces/sample/recipe.js';
import { Sampler } from '../src/domain/faces/sample/sampler.js';
import type { Distribution } from '../src/foundation/distribution.js';

const seconds = Number(process.argv[2] ?? 3);
const RIGHT_ANGLE = Math.PI / 2;

const models: MorphableModel[] = [loadEmbeddedModel()];
const ict = join(process.env.FX_TEST_DATA ?? '../shared/data', 'ict-facekit/ict-facekit-face.h5');
if (existsSync(ict)) {
  const read = await readBfmHdf5(ict);
  if (read.ok) models.push(read.value);
} else console.log(`(no ${ict}: the embedded model alone)`);

function recipe(side: number): GeneratorRecipe {
  const constant = (value: number): Distribution => ({ type: 'constant', value });
  const uniform = (half: number): Distribution => ({ type: 'uniform', low: -half, high: half });
  const normal = { distribution: { type: 'normal', mean: 0, deviation: 1 } } as const;
  return {
    seed: 1,
    identities: 1e6,
    samples: 100,
    mode: 'random',
    size: { width: side, height: side },
    face: { shape: normal, albedo: normal, expression: normal },
    pose: { yaw: uniform(RIGHT_ANGLE), pitch: uniform(RIGHT_ANGLE / 3), roll: uniform(RIGHT_ANGLE / 6) },
    distance: 1000,
    camera: DEFAULT_CAMERA,
    framing: { type: 'aligned', template: 'padded', scaling: constant(1), shift: { x: constant(0), y: constant(0) } },
    light: { from: { type: 'natural' } },
    background: { type: 'procedural' },
    maps: [],
    supersampling: 2,
  };
}

async function rate(model: MorphableModel, side: number, threads: number): Promise<number> {
  const generator = Generator.open(recipe(side), { model, threads });
  if (!generator.ok) throw new Error(generator.error[0]!.message);
  await generator.value.images(0, 200 * threads);
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < 1000 * seconds) {
    await generator.value.images(done, 400);
    done += 400;
  }
  const elapsed = performance.now() - start;
  await generator.value.close();
  return (1000 * done) / elapsed;
}

const SCENES = 40;

/** Milliseconds a call, the least of five rounds. */
function time(call: (k: number) => void): number {
  let best = Infinity;
  for (let round = 0; round < 6; round += 1) {
    const start = performance.now();
    for (let k = 0; k < SCENES; k += 1) call(k);
    if (round > 0) best = Math.min(best, (performance.now() - start) / SCENES);
  }
  return best;
}

async function parts(model: MorphableModel, side: number): Promise<void> {
  const asked = recipe(side);
  const shared = shareModel(model, componentCounts(asked, model), 1);
  const face = new SharedFace(shared, 0);
  const sampler = new Sampler(asked, landmarkModel(model), { from: { type: 'natural' }, colour: true });
  const scenes = Array.from({ length: SCENES }, (_, k) => sampler.scene(0, k));
  const renderer = new SoftwareRenderer(model.vertices, shared.triangles, asked.size, 2);
  const colours = new Float32Array(3 * model.vertices);
  const form = new Float64Array(30);
  const image = new Uint8Array(3 * side * side);
  const { grid, normals, screen } = renderer;
  const screens: Float64Array[] = [];
  face.setIdentity(scenes[0]!.face.shape, scenes[0]!.face.albedo);
  const project = (k: number): void => {
    const { pose, view, camera } = scenes[k]!;
    const eye = modelToEye(pose, view);
    const map = pixelMap(camera, asked.size);
    const [columns, rows] = [
      [map.scaleX, map.centreX],
      [map.scaleY, map.centreY],
    ] as const;
    projectVertices(face.positions, eye.linear, eye.offset, columns, rows, camera.near, 2, screen);
  };
  const basis = new Uint8Array(model.expression.basis.buffer, 0, model.expression.basis.byteLength);
  const elsewhere = new Uint8Array(basis.length);
  const read = (): void => {
    // The indices and corners of each face, and a sum at each corner: normals without their arithmetic.
    const { positions } = face;
    const { triangles } = shared;
    for (let k = 0; k < triangles.length; k += 1) {
      const at = 3 * triangles[k]!;
      normals[at] = normals[at]! + positions[at]!;
    }
  };
  const areas = (k: number): void => {
    const at = screens[k]!;
    const { triangles } = shared;
    let front = 0;
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
      if (
        (at[2 * b]! - at[2 * a]!) * (at[2 * c + 1]! - at[2 * a + 1]!) <
        (at[2 * b + 1]! - at[2 * a + 1]!) * (at[2 * c]! - at[2 * a]!)
      )
        front += 1;
    }
    if (front === 0) throw new Error('nothing faces the camera');
  };
  const rowsOf: [string, number, number | undefined][] = [
    ['scene', time((k) => sampler.scene(0, k)), undefined],
    ['background', time((k) => drawTexture(1, [1, k], asked.size, image)), time(() => image.fill(7))],
    ['linear model', time((k) => face.setExpression(scenes[k]!.face.expression)), time(() => elsewhere.set(basis))],
    ['normals', time(() => vertexNormals(face.positions, shared.triangles, normals)), time(read)],
    [
      'shading',
      time((k) =>
        shadeVertices(
          face.albedo,
          normals,
          scenes[k]!.light,
          rotation(scenes[k]!.pose),
          scenes[k]!.colour,
          form,
          colours,
        ),
      ),
      time(() => colours.set(normals)),
    ],
    ['projection', time(project), time(() => colours.set(face.positions))],
  ];
  for (let k = 0; k < SCENES; k += 1) {
    project(k);
    screens.push(screen.at.slice());
  }
  const { inverseDepth } = screen;
  const draw = (k: number): void => {
    grid.clear();
    rasterise(shared.triangles, { at: screens[k]!, inverseDepth }, colours, grid);
  };
  rowsOf.push(['raster', time(draw), time(areas) + time(() => grid.clear())]);
  draw(0);
  rowsOf.push([
    'resolve',
    time(() => resolve(grid, image)),
    time(() => elsewhere.set(image.subarray(0, Math.min(image.length, elsewhere.length)))),
  ]);
  console.log(`\n${model.name}, ${side} x ${side}, one thread          ms   floor`);
  for (const [name, ms, floor] of rowsOf) {
    console.log(
      `  ${name.padEnd(26)} ${ms.toFixed(3).padStart(7)} ${floor === undefined ? '' : floor.toFixed(3).padStart(7)}`,
    );
  }
  const whole = rowsOf.reduce((sum, [, ms]) => sum + ms, 0);
  console.log(`  ${'in all'.padEnd(26)} ${whole.toFixed(3).padStart(7)}   (${(1000 / whole).toFixed(0)} images/s)`);
  const gl = await openGlRenderer(model.vertices, shared.triangles, asked.size, 2);
  if (typeof gl === 'string') console.log(`  (headless-gl: ${gl})`);
  else {
    const drawn = (k: number) => ({ ...scenes[k]!, positions: face.positions, albedo: face.albedo });
    const [ours, theirs] = [time((k) => renderer.render(drawn(k), image)), time((k) => gl.render(drawn(k), image))];
    console.log(`  a rendering, software ${ours.toFixed(2)}, headless-gl ${theirs.toFixed(2)}`);
    gl.close();
  }
}

const cores = availableParallelism();
console.log(`images/s${' '.repeat(36)}1 thread   ${cores} threads`);
for (const model of models) {
  for (const side of [96, 227]) {
    const [one, all] = [await rate(model, side, 1), await rate(model, side, cores)];
    const name = `${model.name} (${model.vertices} vertices), ${side} x ${side}`;
    console.log(`${name.padEnd(42)} ${one.toFixed(0).padStart(9)} ${all.toFixed(0).padStart(11)}`);
  }
}
for (const model of models) for (const side of [96, 227]) await parts(model, side);
