import type { ImageSet } from '../../datasets/sets/image-set.js';
import { DEFAULT_CAMERA } from '../pose/camera.js';
import { NO_VIEW } from '../pose/pose.js';
import { renderParameters, type RenderParameters } from '../scene/rps.js';
import { PLAIN_COLOUR } from '../scene/scene.js';

/** What both exports write of one image of a generated set. */
export interface AnnotatedImage {
  readonly identity: number;
  readonly sample: number;
  readonly parameters: RenderParameters;
  readonly landmarks: readonly {
    readonly name: string;
    readonly visible: boolean;
    readonly x: number;
    readonly y: number;
  }[];
  /** Tensor name and pixels of the image and of each map. */
  readonly pictures: readonly Picture[];
}

export interface Picture {
  /** Of the map; '' for the image itself. */
  readonly name: string;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

const NEEDED = [
  'sample',
  'pose',
  'light',
  'camera',
  'placement',
  'coefficients.shape',
  'coefficients.albedo',
  'coefficients.expression',
];
const MAPS = ['depth', 'normals', 'albedo', 'illumination', 'correspondence'];

/** Tensors of a generated set that this set lacks; none where it can be exported. */
export function missingTensors(set: ImageSet): readonly string[] {
  return NEEDED.filter((name) => !set.has(name));
}

export function annotatedImage(set: ImageSet, index: number): AnnotatedImage {
  const row = (name: string): number[] => Array.from(set.readRow(index, name));
  const [yaw, pitch, roll] = row('pose') as [number, number, number];
  const [focalLength, sensorX, sensorY, ppx, ppy, viewRoll] = row('camera') as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [scaling, x, y, z] = row('placement') as [number, number, number, number];
  const { width, height, landmarks = [] } = set.record;
  const points = landmarks.length > 0 ? row('landmarks') : [];
  const visible = landmarks.length > 0 ? row('visible') : [];
  return {
    identity: set.identity[index]!,
    sample: row('sample')[0]!,
    parameters: renderParameters({
      pose: { scaling, translation: [x, y, z], yaw, pitch, roll },
      view: { ...NO_VIEW, roll: viewRoll },
      camera: { ...DEFAULT_CAMERA, focalLength, sensorSize: [sensorX, sensorY], principalPoint: [ppx, ppy] },
      light: Float64Array.from(row('light')),
      face: {
        shape: Float64Array.from(row('coefficients.shape')),
        albedo: Float64Array.from(row('coefficients.albedo')),
        expression: Float64Array.from(row('coefficients.expression')),
      },
      size: { width, height },
      colour: PLAIN_COLOUR,
    }),
    landmarks: landmarks.map((name, k) => ({
      name,
      visible: visible[k] === 1,
      x: points[2 * k]!,
      y: points[2 * k + 1]!,
    })),
    pictures: [
      { name: '', channels: 3, pixels: Uint8Array.from(row('images')) },
      ...MAPS.filter((name) => set.has(`maps.${name}`)).map((name): Picture => {
        const pixels = Uint8Array.from(row(`maps.${name}`));
        return { name, channels: pixels.length === width * height ? 1 : 3, pixels };
      }),
    ],
  };
}

export async function encodePng(picture: Picture, width: number, height: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const raw = { width, height, channels: picture.channels } as const;
  return sharp(picture.pixels, { raw }).png({ compressionLevel: 6, adaptiveFiltering: false }).toBuffer();
}

/** `name visible(0/1) x y` a line; numbers read back as the same doubles. */
export function writeTlms(image: AnnotatedImage): string {
  return image.landmarks
    .map(({ name, visible, x, y }) => `${name} ${visible ? 1 : 0} ${shortest(x)} ${shortest(y)}\n`)
    .join('');
}

/**
 * One row: yaw, pitch, roll (radians), translation, principal point, focal length, sensor size, then the coefficients of
 * shape, colour and expression, then 27 of light (red, green, blue of each harmonic).
 */
export function writeCsv({ parameters }: AnnotatedImage): string {
  const { pose, camera, face, light } = parameters;
  const values = [
    ...[pose.yaw, pose.pitch, pose.roll],
    ...pose.translation,
    ...camera.principalPoint,
    camera.focalLength,
    ...camera.sensorSize,
    ...face.shape,
    ...face.albedo,
    ...face.expression,
    ...light,
  ];
  return `${values.map(shortest).join(',')}\n`;
}

/** The shortest decimal that reads back as the same double. */
function shortest(value: number): string {
  return String(value);
}
