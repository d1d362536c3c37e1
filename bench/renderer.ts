/**
 * How fast faces are made, model evaluation and backgrounds included, and where the time goes.
 *
 *     node dist/bench/renderer.js [seconds a row]
 *
 * First a table of images a second for each model and size, on one thread and on all, by the clock and by the processor
 * time used (which other work on the machine disturbs less). Then, for one thread, each part's milliseconds an image
 * beside its floor: the least that reading and writing its bytes once, 16 at a time, takes here, measured in the same run.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { repeat, v128 } from '../src/plugins/recognition/faces/kernel/assembler.js';
import {
  createMemory,
  instantiate,
  kernelFunction,
  type KernelFunction,
} from '../src/plugins/recognition/faces/kernel/module.js';
import { componentCounts } from '../src/plugins/recognition/faces/generate/layout.js';
import { Generator } from '../src/plugins/recognition/faces/generate/generator.js';
import { shareModel, SharedFace } from '../src/plugins/recognition/faces/generate/shared-model.js';
import { drawTexture } from '../src/plugins/recognition/faces/background/textures.js';
import { readBfmHdf5 } from '../src/plugins/recognition/faces/model/bfm-hdf5.js';
import { loadEmbeddedModel } from '../src/plugins/recognition/faces/model/embedded.js';
import type { MorphableModel } from '../src/plugins/recognition/faces/model/morphable-model.js';
import { DEFAULT_CAMERA } from '../src/plugins/recognition/faces/pose/camera.js';
import { openGlRenderer } from '../src/plugins/recognition/faces/render/gl.js';
import type { RenderScene } from '../src/plugins/recognition/faces/render/renderer.js';
import { SoftwareRenderer } from '../src/plugins/recognition/faces/render/software.js';
import { landmarkModel } from '../src/plugins/recognition/faces/sample/landmark-model.js';
import type { GeneratorRecipe } from '../src/plugins/recognition/faces/sample/recipe.js';
import { Sampler } from '../src/plugins/recognition/faces/sample/sampler.js';
import { noteFigure } from './figure.js';
import type { Distribution } from '../src/foundation/numbers/distribution.js';

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

interface Rate {
  readonly byClock: number;
  readonly byProcessor: number;
}

async function rate(model: MorphableModel, side: number, threads: number): Promise<Rate> {
  const generator = Generator.open(recipe(side), { model, threads });
  if (!generator.ok) throw new Error(generator.error[0]!.message);
  await generator.value.images(0, 200 * threads);
  const before = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < 1000 * seconds) {
    await generator.value.images(done, 400);
    done += 400;
  }
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  await generator.value.close();
  return { byClock: (1000 * done) / elapsed, byProcessor: (1e6 * done) / (user + system) };
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

const room = createMemory(64 * 2 ** 20);
const { stream } = instantiate({ stream: streamKernel() }, room);

/** Milliseconds to read so many bytes and write so many. */
function traffic(read: number, written: number): number {
  const vectors = (bytes: number): number => Math.max(Math.ceil(bytes / 16), 1);
  return time(() => stream(0, vectors(read), 2 ** 25, vectors(written)));
}

function streamKernel(): KernelFunction {
  return kernelFunction('stream', ['from', 'reads', 'to', 'writes'], ({ from, reads, to, writes }, local) => {
    const sum = local('v128');
    return [
      repeat(reads, [sum.set(v128.or(sum, v128.load(from))), from.add(16)]),
      repeat(writes, [v128.store(to, sum), to.add(16)]),
    ];
  });
}

async function parts(model: MorphableModel, side: number): Promise<void> {
  const asked = recipe(side);
  const shared = shareModel(model, componentCounts(asked, model), 1);
  const face = new SharedFace(shared, 0);
  const sampler = new Sampler(asked, landmarkModel(model), { from: { type: 'natural' }, colour: true });
  const scenes = Array.from({ length: SCENES }, (_, k) => sampler.scene(0, k));
  const renderer = new SoftwareRenderer(model.vertices, shared.triangles, asked.size, 2);
  const image = new Uint8Array(3 * side * side);
  face.setIdentity(scenes[0]!.face.shape, scenes[0]!.face.albedo);
  face.setExpression(scenes[0]!.face.expression);
  const drawn = (k: number): RenderScene => ({ ...scenes[k]!, positions: face.positions, albedo: face.albedo });

  // Bytes that a part must read and write: the basis, corners and points of faces, vectors of vertices, samples.
  const points = 12 * model.vertices;
  const vectors = 16 * model.vertices;
  const corners = 4 * shared.triangles.length;
  const basis = points * componentCounts(asked, model).expression;
  let covered = 0;
  for (let k = 0; k < SCENES; k += 1) {
    renderer.render(drawn(k), image);
    const { samples } = renderer.grid;
    for (let at = 3; at < samples.length; at += 4) if (samples[at]! > 0) covered += 16 / SCENES;
  }
  // Each stage needs the one before, so it is what the time grows by when it is added.
  const shade = (k: number): void => renderer.shade(drawn(k));
  const project = (k: number): void => {
    shade(k);
    renderer.project(drawn(k));
  };
  const draw = (k: number): void => {
    project(k);
    renderer.draw();
  };
  const resolve = (k: number): void => {
    draw(k);
    renderer.resolve(image);
  };
  const [shading, projection, raster] = [time(shade), time(project), time(draw)];
  const rowsOf: [string, number, number | undefined][] = [
    ['scene', time((k) => sampler.scene(0, k)), undefined],
    ['background', time((k) => drawTexture(1, [1, k], asked.size, image)), traffic(0, image.length)],
    ['linear model', time((k) => face.setExpression(scenes[k]!.face.expression)), traffic(basis + points, points)],
    ['copies of the face', time((k) => renderer.take(drawn(k))), traffic(2 * points, 2 * points)],
    ['normals, shading', shading, traffic(2 * points + corners, 2 * vectors)],
    ['projection', projection - shading, traffic(points + vectors, 1.5 * vectors)],
    ['raster', raster - projection, traffic(corners + 1.5 * vectors, 2 * covered)],
    ['resolve', time(resolve) - raster, traffic(covered + 2 * image.length, 2 * image.length)],
  ];
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
    const [ours, theirs] = [time((k) => renderer.render(drawn(k), image)), time((k) => gl.render(drawn(k), image))];
    console.log(`  a rendering, software ${ours.toFixed(2)}, headless-gl ${theirs.toFixed(2)}`);
    gl.close();
  }
}

const cores = availableParallelism();
console.log(`images/s${' '.repeat(36)}1 thread   ${cores} threads   a processor second`);
for (const model of models) {
  for (const side of [96, 227]) {
    const [one, all] = [await rate(model, side, 1), await rate(model, side, cores)];
    const name = `${model.name} (${model.vertices} vertices), ${side} x ${side}`;
    noteFigure({
      work: `faces, ${name}, ${cores} threads`,
      value: all.byClock,
      unit: 'images/s',
      ...(side === 96 && cores === 2
        ? { bar: { of: 'value', atLeast: model === models[0] ? 1000 : 400 } as const }
        : {}),
    });
    const cells = [one.byClock.toFixed(0).padStart(9), all.byClock.toFixed(0).padStart(11)];
    console.log(`${name.padEnd(42)} ${cells.join(' ')} ${all.byProcessor.toFixed(0).padStart(14)}`);
  }
}
for (const model of models) for (const side of [96, 227]) await parts(model, side);
