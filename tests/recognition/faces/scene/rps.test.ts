import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLight, readLights } from '../../../../src/plugins/recognition/faces/illumination/open-light.js';
import { energy } from '../../../../src/plugins/recognition/faces/illumination/spherical-harmonics.js';
import { drawLight } from '../../../../src/plugins/recognition/faces/illumination/light-source.js';
import { readRps } from '../../../../src/plugins/recognition/faces/scene/read-rps.js';
import { writeRps, type RenderParameters } from '../../../../src/plugins/recognition/faces/scene/rps.js';
import { stream } from '../../../../src/foundation/numbers/random.js';

const DATA = join(process.env.FX_TEST_DATA ?? '../shared/data', 'rps');

const pose = { scaling: 1, translation: [0, 0, -1000], roll: 0.125, yaw: -0.125, pitch: 0.25 };
const view = { translation: [10, 20, 2000], pitch: 0.75, yaw: 1.5, roll: -0.125 };
const sensor = { focalLength: 50, sensorSize: [36, 24], near: 1, far: 100000, orthographic: false };
const camera = { ...sensor, principalPoint: [4 / 720, -8 / 480] };
const coefficients = [
  [0.5, 0.25, 0.125],
  [0.125, 0.25, 0.5],
  [0.25, 0.5, 0.125],
  [0.5, 0.125, 0.25],
];
const momo = { shape: [-1, 0.5, -0.25], color: [1, 0, 0.5], modelURI: 'modelPath1' };
const size = { height: 480, width: 720 };
const colour = { gain: [1, 0.5, 0.25], colorContrast: 1, offset: [0.25, 0.125, 0.75] };
const dark = { ambient: [0, 0, 0], diffuse: [0, 0, 0], specular: [0, 0, 0], direction: [0, 0, 1], shininess: 10 };

/** One scene in each version of the format. */
const VERSIONS: Record<string, object> = {
  'V4.0': {
    version: 'V4.0',
    pose,
    view,
    camera,
    environmentMap: { coefficients },
    directionalLight: { ...dark, '@type': 'DirectionalLight' },
    momo: { ...momo, expression: [] },
    imageSize: size,
    colorTransform: colour,
  },
  'V3.0': {
    version: 'V3.0',
    pose,
    view,
    camera,
    illumination: { coefficients, '@type': 'SphericalHarmonicsLight' },
    renderObject: { ...momo, '@type': 'MoMoInstance' },
    imageSize: size,
    colorTransform: colour,
  },
  'V2.0': {
    version: 'V2.0',
    pose,
    camera: { ...sensor, ...view, principalPoint: [2, -4], skewFactor: 1 },
    illumination: { coefficients, '@type': 'SphericalHarmonicsLight' },
    renderObject: { ...momo, expression: [], '@type': 'MoMoExpressInstance' },
    image: size,
    color: colour,
  },
  V1: {
    pose,
    camera: { ...sensor, ...view, principlePoint: [2, -4], skewFactor: 1 },
    color: { gain: colour.gain, gamma: 1, offset: colour.offset },
    directionalLight: { ambient: [0, 0, 0], diffuse: [0, 0, 0], specular: [0, 0, 0], direction: [0, 0, 1] },
    image: [480, 720],
    morphableModel: {
      shapeCoefficients: momo.shape,
      colorCoefficients: momo.color,
      modelURI: 'modelPath1',
      shininess: 10,
    },
    sphericalHarmonicsLight: [coefficients[0], coefficients[3], coefficients[1], coefficients[2]],
  },
};

function read(json: object): RenderParameters {
  const parameters = readRps(JSON.stringify(json), 'x.rps');
  assert.ok(parameters.ok);
  return parameters.value;
}

describe('an .rps file', () => {
  it('says the same in all four versions', () => {
    const [first, ...others] = Object.values(VERSIONS).map(read);
    assert.deepEqual(first!.camera.principalPoint, [4 / 720, -8 / 480]);
    assert.deepEqual([...first!.light.subarray(0, 12)], coefficients.flat());
    assert.equal(first!.lightCoefficients, 4);
    assert.equal(first!.view.yaw, 1.5);
    for (const other of others) assert.deepEqual(other, first);
  });

  it('reorders all nine coefficients of a V1 file', () => {
    const json = { ...VERSIONS.V1, sphericalHarmonicsLight: Array.from({ length: 9 }, (_, i) => [i, i, i]) };
    assert.deepEqual(
      [...read(json).light].filter((_, i) => i % 3 === 0),
      [0, 2, 3, 1, 7, 5, 4, 6, 8],
    );
  });

  it('is written so that it reads back the same', () => {
    const parameters = read(VERSIONS['V4.0']!);
    const again = readRps(writeRps(parameters), 'again.rps');
    assert.ok(again.ok);
    assert.deepEqual(again.value, parameters);
    assert.equal(writeRps(again.value), writeRps(parameters));
  });

  it('of scalismo-faces reads, in its oldest and newest version alike', function () {
    if (!existsSync(DATA)) {
      console.log(`      skipped: no ${DATA}`);
      this.skip();
    }
    const [oldest, newest] = ['V1', 'V4'].map((v) => {
      const parameters = readRps(readFileSync(join(DATA, `renderParameters${v}.rps`), 'utf8'), v);
      assert.ok(parameters.ok);
      return parameters.value;
    });
    assert.deepEqual({ ...oldest!, directionalLight: 0 }, { ...newest!, directionalLight: 0 });
  });

  it('that is none is named, with what is wrong', () => {
    const problem = (text: string): string => {
      const result = readRps(text, 'bad.rps');
      assert.ok(!result.ok);
      assert.equal(result.error[0]!.code, 'faces/rps');
      return result.error[0]!.message;
    };
    assert.match(problem('{"version": '), /^bad\.rps is not render parameters/);
    assert.match(problem('{"version": "V9.9"}'), /V9\.9/);
    assert.match(problem('{"version": "V4.0"}'), /it has no /);
    const short = structuredClone(VERSIONS['V4.0']) as { camera: { sensorSize: unknown } };
    short.camera.sensorSize = ['a', 2];
    assert.match(problem(JSON.stringify(short)), /camera\.sensorSize\[0\] is not a number/);
  });
});

describe('a folder of .rps files as illumination prior', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fx-bip-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function fill(count: number): number[][] {
    const random = stream(1, 'bip');
    return Array.from({ length: count }, (_, n) => {
      const list = Array.from({ length: 27 }, (_v, i) => (i < 3 ? 2 : 0) + 0.4 * random.normal());
      const triples = Array.from({ length: 9 }, (_t, i) => list.slice(3 * i, 3 * i + 3));
      const json = { ...VERSIONS['V4.0'], environmentMap: { coefficients: triples } };
      writeFileSync(join(folder, `face_${n}.rps`), JSON.stringify(json));
      return list;
    });
  }

  it('gives one of its lights, each in its turn', () => {
    const lights = fill(5).map((light) => light.join());
    const source = openLight({ from: { type: 'folder', path: folder, draw: 'empirical' } });
    assert.ok(source.ok);
    const seen = new Set(Array.from({ length: 60 }, (_, i) => drawLight(source.value, stream(1, 'x', i)).join()));
    assert.deepEqual([...seen].sort(), lights.sort());
  });

  it('gives lights of its mean and covariance', () => {
    const lights = fill(60);
    const source = openLight({ from: { type: 'folder', path: folder, draw: 'normal' } });
    assert.ok(source.ok);
    const drawn = Array.from({ length: 6000 }, (_, i) => drawLight(source.value, stream(2, 'x', i)));
    const covariance = (rows: ArrayLike<number>[], a: number, b: number): number => {
      const mean = (k: number): number => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length;
      const [ma, mb] = [mean(a), mean(b)];
      return rows.reduce((sum, row) => sum + (row[a]! - ma) * (row[b]! - mb), 0) / (rows.length - 1);
    };
    for (const [a, b] of [
      [0, 0],
      [3, 3],
      [0, 4],
      [20, 26],
      [26, 26],
    ] as const) {
      assert.ok(Math.abs(covariance(drawn, a, b) - covariance(lights, a, b)) < 0.02);
    }
  });

  it('of fewer lights than dimensions still gives finite ones', () => {
    fill(3);
    const source = openLight({ from: { type: 'folder', path: folder, draw: 'normal' }, energy: 6.33, colour: false });
    assert.ok(source.ok);
    const light = drawLight(source.value, stream(2, 'x'));
    assert.ok(Math.abs(energy(light) - 6.33) < 1e-9);
    assert.equal(light[0], light[2]);
  });

  it('that is missing, empty or broken is named', () => {
    const message = (path: string): string => {
      const lights = readLights(path);
      assert.ok(!lights.ok);
      return lights.error[0]!.message;
    };
    assert.match(message(join(folder, 'nowhere')), /no folder/);
    assert.match(message(folder), /holds no \.rps/);
    fill(2);
    writeFileSync(join(folder, 'face_0.rps'), 'not json');
    assert.match(message(folder), /face_0\.rps is not render parameters/);
  });
});
