import type { Light } from '../illumination/spherical-harmonics.js';
import type { SceneParameters } from './scene.js';

/** The content of an `.rps` file ("render parameters", scalismo-faces). */
export interface RenderParameters extends SceneParameters {
  /** How many coefficients of light the file has: none means that the directional light counts instead. */
  readonly lightCoefficients: number;
  readonly directionalLight: DirectionalLight;
  readonly modelUri: string;
}

export interface DirectionalLight {
  readonly ambient: Triple;
  readonly diffuse: Triple;
  readonly specular: Triple;
  readonly direction: Triple;
  readonly shininess: number;
}

export type Triple = readonly [number, number, number];

export const NO_DIRECTIONAL_LIGHT: DirectionalLight = {
  ambient: [0, 0, 0],
  diffuse: [0, 0, 0],
  specular: [0, 0, 0],
  direction: [0, 0, 1],
  shininess: 10,
};

/** Render parameters of a scene of ours. */
export function renderParameters(scene: SceneParameters): RenderParameters {
  return { ...scene, lightCoefficients: 9, directionalLight: NO_DIRECTIONAL_LIGHT, modelUri: '' };
}

/** The text of an `.rps` file of version V4.0, two-space indented, keys in scalismo-faces' order. */
export function writeRps(scene: RenderParameters): string {
  const { pose, view, camera, directionalLight: sun, face, size, colour } = scene;
  const angles = { roll: pose.roll, yaw: pose.yaw, pitch: pose.pitch };
  const json = {
    pose: { scaling: pose.scaling, translation: pose.translation, ...angles },
    view: { translation: view.translation, pitch: view.pitch, yaw: view.yaw, roll: view.roll },
    camera: {
      focalLength: camera.focalLength,
      principalPoint: camera.principalPoint,
      sensorSize: camera.sensorSize,
      near: camera.near,
      far: camera.far,
      orthographic: camera.orthographic,
    },
    environmentMap: { coefficients: triples(scene.light, scene.lightCoefficients) },
    directionalLight: {
      ambient: sun.ambient,
      diffuse: sun.diffuse,
      specular: sun.specular,
      direction: sun.direction,
      shininess: sun.shininess,
    },
    momo: {
      shape: [...face.shape],
      color: [...face.albedo],
      expression: [...face.expression],
      modelURI: scene.modelUri,
    },
    imageSize: { width: size.width, height: size.height },
    colorTransform: { gain: colour.gain, colorContrast: colour.contrast, offset: colour.offset },
    version: 'V4.0',
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function triples(light: Light, count: number): number[][] {
  return Array.from({ length: count }, (_, i) => [...light.subarray(3 * i, 3 * i + 3)]);
}
