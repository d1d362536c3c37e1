import { failure } from '../../../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import type { GeneratorDiagnostic } from '../diagnostic.js';
import { LIGHT_LENGTH } from '../illumination/spherical-harmonics.js';
import type { Camera, ImageSize } from '../pose/camera.js';
import type { Pose } from '../pose/pose.js';
import { NO_DIRECTIONAL_LIGHT, type DirectionalLight, type RenderParameters, type Triple } from './rps.js';
import type { ColourTransform, FaceCoefficients } from './scene.js';

/**
 * Reads an `.rps` file of any version: V4.0; V3.0 and V2.0, which name one illumination and one render object by "@type";
 * and V1 (no version, "", "legacy" or "1.0"), with principal points in pixels and coefficients of light in another order.
 *
 * @param file what to call it in a diagnostic
 */
export function readRps(text: string, file: string): Result<RenderParameters, readonly GeneratorDiagnostic[]> {
  try {
    const root = new Node(JSON.parse(text) as unknown, '');
    return ok(readVersion(root));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof Malformed)) throw error;
    return err([failure('faces/rps', `${file} is not render parameters (.rps): ${error.message}`)]);
  }
}

function readVersion(root: Node): RenderParameters {
  const version = root.has('version') ? root.at('version').text() : '';
  switch (version) {
    case 'V4.0':
      return readV4(root);
    case 'V3.0':
      return readV3(root);
    case 'V2.0':
      return readV2(root);
    case '':
    case 'legacy':
    case '1.0':
      return readV1(root);
    default:
      throw new Malformed(`its version is ${JSON.stringify(version)}; V1 to V4.0 are known`);
  }
}

function readV4(root: Node): RenderParameters {
  const momo = root.at('momo');
  return {
    pose: poseOf(root.at('pose')),
    view: viewOf(root.at('view')),
    camera: cameraOf(root.at('camera')),
    ...lightOf(root.at('environmentMap').at('coefficients'), IN_ORDER),
    directionalLight: directionalOf(root.at('directionalLight')),
    face: faceOf(momo),
    modelUri: momo.at('modelURI').text(),
    size: sizeOf(root.at('imageSize')),
    colour: colourOf(root.at('colorTransform')),
  };
}

function readV3(root: Node): RenderParameters {
  return {
    pose: poseOf(root.at('pose')),
    view: viewOf(root.at('view')),
    camera: cameraOf(root.at('camera')),
    ...illuminationOf(root.at('illumination')),
    ...renderObjectOf(root.at('renderObject')),
    size: sizeOf(root.at('imageSize')),
    colour: colourOf(root.at('colorTransform')),
  };
}

function readV2(root: Node): RenderParameters {
  const size = sizeOf(root.at('image'));
  const camera = root.at('camera');
  return {
    pose: poseOf(root.at('pose')),
    view: viewOf(camera),
    camera: inNdc(cameraOf(camera), size),
    ...illuminationOf(root.at('illumination')),
    ...renderObjectOf(root.at('renderObject')),
    size,
    colour: colourOf(root.at('color')),
  };
}

function readV1(root: Node): RenderParameters {
  const [height, width] = root.at('image').numbers(2) as unknown as [number, number];
  const size = { width, height };
  const camera = root.at('camera');
  const near = camera.at('near').number();
  const [sensorX, sensorY] = camera.at('sensorSize').numbers(2) as unknown as [number, number];
  const model = root.at('morphableModel');
  const color = root.at('color');
  const directional = root.has('directionalLight') ? root.at('directionalLight') : undefined;
  return {
    pose: poseOf(root.at('pose')),
    view: viewOf(camera),
    camera: inNdc(
      {
        focalLength: camera.at('focalLength').number(),
        sensorSize: [sensorX / near, sensorY / near],
        principalPoint: camera.at('principlePoint').numbers(2) as unknown as [number, number],
        near,
        far: camera.at('far').number(),
        orthographic: camera.at('orthographic').boolean(),
      },
      size,
    ),
    ...lightOf(root.at('sphericalHarmonicsLight'), V1_ORDER),
    directionalLight: {
      ambient: directional?.at('ambient').triple() ?? [0, 0, 0],
      diffuse: directional?.at('diffuse').triple() ?? [0, 0, 0],
      specular: directional?.at('specular').triple() ?? [0, 0, 0],
      direction: directional?.at('direction').triple() ?? [0, 0, 1],
      shininess: model.at('shininess').number(),
    },
    face: {
      shape: Float64Array.from(model.at('shapeCoefficients').numbers()),
      albedo: Float64Array.from(model.at('colorCoefficients').numbers()),
      expression: new Float64Array(0),
    },
    modelUri: model.at('modelURI').text(),
    size,
    colour: {
      gain: color.at('gain').triple(),
      contrast: color.at('gamma').number(),
      offset: color.at('offset').triple(),
    },
  };
}

const IN_ORDER = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Where in a V1 file each coefficient of today's order stands. */
const V1_ORDER = [0, 2, 3, 1, 7, 5, 4, 6, 8];

function lightOf(list: Node, order: readonly number[]): Pick<RenderParameters, 'light' | 'lightCoefficients'> {
  const coefficients = list.items().map((item) => item.triple());
  if (coefficients.length > order.length) throw new Malformed(`${list.path} has more than 9 coefficients`);
  const light = new Float64Array(LIGHT_LENGTH);
  let count = 0;
  order.forEach((from, i) => {
    const value = coefficients[from];
    if (value === undefined) return;
    light.set(value, 3 * i);
    count = i + 1;
  });
  return { light, lightCoefficients: count };
}

function illuminationOf(node: Node): Pick<RenderParameters, 'light' | 'lightCoefficients' | 'directionalLight'> {
  const type = node.at('@type').text();
  switch (type) {
    case 'SphericalHarmonicsLight':
      return { ...lightOf(node.at('coefficients'), IN_ORDER), directionalLight: NO_DIRECTIONAL_LIGHT };
    case 'DirectionalLight':
      return { light: new Float64Array(LIGHT_LENGTH), lightCoefficients: 0, directionalLight: directionalOf(node) };
    default:
      throw new Malformed(`its illumination is a ${type}`);
  }
}

function renderObjectOf(node: Node): Pick<RenderParameters, 'face' | 'modelUri'> {
  const type = node.at('@type').text();
  if (type !== 'MoMoInstance' && type !== 'MoMoExpressInstance') throw new Malformed(`its render object is a ${type}`);
  return { face: faceOf(node), modelUri: node.at('modelURI').text() };
}

function directionalOf(node: Node): DirectionalLight {
  return {
    ambient: node.at('ambient').triple(),
    diffuse: node.at('diffuse').triple(),
    specular: node.at('specular').triple(),
    direction: node.at('direction').triple(),
    shininess: node.has('shininess') ? node.at('shininess').number() : NO_DIRECTIONAL_LIGHT.shininess,
  };
}

function faceOf(node: Node): FaceCoefficients {
  return {
    shape: Float64Array.from(node.at('shape').numbers()),
    albedo: Float64Array.from(node.at('color').numbers()),
    expression: Float64Array.from(node.has('expression') ? node.at('expression').numbers() : []),
  };
}

function poseOf(node: Node): Pose {
  return { ...viewOf(node), scaling: node.at('scaling').number() };
}

function viewOf(node: Node): Pose {
  return {
    scaling: 1,
    translation: node.at('translation').triple(),
    yaw: node.at('yaw').number(),
    pitch: node.at('pitch').number(),
    roll: node.at('roll').number(),
  };
}

function cameraOf(node: Node): Camera {
  return {
    focalLength: node.at('focalLength').number(),
    sensorSize: node.at('sensorSize').numbers(2) as unknown as [number, number],
    principalPoint: node.at('principalPoint').numbers(2) as unknown as [number, number],
    near: node.at('near').number(),
    far: node.at('far').number(),
    orthographic: node.at('orthographic').boolean(),
  };
}

/** A camera whose principal point was read in pixels. */
function inNdc(camera: Camera, size: ImageSize): Camera {
  const [x, y] = camera.principalPoint;
  return { ...camera, principalPoint: [(2 * x) / size.width, (2 * y) / size.height] };
}

function sizeOf(node: Node): ImageSize {
  return { width: node.at('width').number(), height: node.at('height').number() };
}

function colourOf(node: Node): ColourTransform {
  return {
    gain: node.at('gain').triple(),
    contrast: node.at('colorContrast').number(),
    offset: node.at('offset').triple(),
  };
}

/** Ends the reading of a file that isn't what it should be. */
class Malformed extends Error {}

/** A place in a JSON value, read with a type in mind. */
class Node {
  readonly path: string;
  readonly #value: unknown;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.path = path;
  }

  has(key: string): boolean {
    return typeof this.#value === 'object' && this.#value !== null && key in this.#value;
  }

  at(key: string): Node {
    const path = this.path === '' ? key : `${this.path}.${key}`;
    if (!this.has(key)) throw new Malformed(`it has no ${path}`);
    return new Node((this.#value as Record<string, unknown>)[key], path);
  }

  number(): number {
    if (typeof this.#value !== 'number') throw new Malformed(`${this.path} is not a number`);
    return this.#value;
  }

  text(): string {
    if (typeof this.#value !== 'string') throw new Malformed(`${this.path} is not a string`);
    return this.#value;
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') throw new Malformed(`${this.path} is not true or false`);
    return this.#value;
  }

  items(): Node[] {
    if (!Array.isArray(this.#value)) throw new Malformed(`${this.path} is not a list`);
    return this.#value.map((item, i) => new Node(item, `${this.path}[${i}]`));
  }

  numbers(count?: number): number[] {
    const values = this.items().map((item) => item.number());
    if (count !== undefined && values.length !== count) throw new Malformed(`${this.path} has not ${count} numbers`);
    return values;
  }

  triple(): Triple {
    return this.numbers(3) as unknown as Triple;
  }
}
