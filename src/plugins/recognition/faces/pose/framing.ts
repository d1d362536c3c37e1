import { atan2 } from '../../../../foundation/numbers/elementary.js';
import { fitFace, type TemplateName } from '../../datasets/alignment/alignment.js';
import { pixelMap, shifted, type Camera, type ImageSize } from './camera.js';
import { modelToEye, NO_VIEW, transform, type Pose } from './pose.js';

/** A camera and the view it is turned by. */
export interface View {
  readonly camera: Camera;
  readonly view: Pose;
}

/** Looks up a named point of the face in model space, millimetres. */
export type LandmarkLookup = (name: string) => readonly [number, number, number];

/** Pixel of a model-space point. */
export function projectPoint(
  point: readonly [number, number, number],
  pose: Pose,
  { camera, view }: View,
  size: ImageSize,
): [number, number] {
  const eye = new Float64Array(3);
  transform(modelToEye(pose, view), point[0], point[1], point[2], eye);
  const map = pixelMap(camera, size);
  return [(map.scaleX * eye[0]!) / -eye[2]! + map.centreX, (map.scaleY * eye[1]!) / -eye[2]! + map.centreY];
}

export const LANDMARK_CENTRING = ['left.eye.pupil.center', 'right.eye.pupil.center', 'center.nose.tip'] as const;

/** Moves the principal point so that the mean of the projected eyes and nose tip falls on (W div 2, H div 2). */
export function centreOnLandmarks(camera: Camera, pose: Pose, size: ImageSize, landmark: LandmarkLookup): Camera {
  let x = 0;
  let y = 0;
  for (const name of LANDMARK_CENTRING) {
    const [px, py] = projectPoint(landmark(name), pose, { camera, view: NO_VIEW }, size);
    x += px / LANDMARK_CENTRING.length;
    y += py / LANDMARK_CENTRING.length;
  }
  return shifted(camera, size, Math.floor(size.width / 2) - x, Math.floor(size.height / 2) - y);
}

const FACEBOX_EXTENT = [
  'left.ear.helix.outer',
  'right.ear.helix.outer',
  'center.nose.tip',
  'center.front.trichion',
  'center.chin.tip',
  'left.eyebrow.bend.lower',
  'right.eyebrow.bend.lower',
] as const;
const FACEBOX_CENTRE = ['left.nose.wing.tip', 'right.nose.wing.tip'] as const;
export const FACEBOX_CENTRING = [...FACEBOX_EXTENT, ...FACEBOX_CENTRE] as const;

/**
 * Crops a square about the nose wings' midpoint whose side is the longer side of the head landmarks' bounding box, by
 * changing sensor size and principal point.
 */
export function centreOnFacebox(camera: Camera, pose: Pose, size: ImageSize, landmark: LandmarkLookup): Camera {
  const view = { camera, view: NO_VIEW };
  const points = FACEBOX_EXTENT.map((name) => projectPoint(landmark(name), pose, view, size));
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const side = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const left = landmark(FACEBOX_CENTRE[0]);
  const right = landmark(FACEBOX_CENTRE[1]);
  const middle = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2, (left[2] + right[2]) / 2] as const;
  const [cx, cy] = projectPoint(middle, pose, view, size);
  const dx = cx - Math.floor(size.width / 2);
  const dy = cy - Math.floor(size.height / 2);
  const f = side / size.width;
  const g = side / size.height;
  const [sx, sy] = camera.sensorSize;
  const [ppx, ppy] = camera.principalPoint;
  return {
    ...camera,
    sensorSize: [sx * f, sy * g],
    principalPoint: [(ppx - (2 * dx) / size.width) / f, (ppy + (2 * dy) / size.height) / g],
  };
}

/** The model's names of the five points, in the order of `FIVE_POINTS`. */
export const FIVE_LANDMARKS = [
  'right.eye.pupil.center',
  'left.eye.pupil.center',
  'center.nose.tip',
  'right.lips.corner',
  'left.lips.corner',
] as const;

/**
 * The camera whose image is the aligned crop: the similarity that carries the five points nearest to the template's is a
 * turn about the optical axis (the view's roll), a zoom (the sensor's size) and a shift (the principal point), so the
 * crop is rendered at its own resolution. Points that the head hides count too, at their true places.
 *
 * @param size square
 * @param zoom about the image's centre, after alignment
 */
export function alignToTemplate(
  camera: Camera,
  pose: Pose,
  size: ImageSize,
  landmark: LandmarkLookup,
  name: TemplateName,
  zoom: number,
): View {
  const eye = new Float64Array(3);
  const map = modelToEye(pose, NO_VIEW);
  const from = new Float64Array(10);
  FIVE_LANDMARKS.forEach((point, k) => {
    transform(map, ...landmark(point), eye);
    from[2 * k] = eye[0]! / -eye[2]!;
    from[2 * k + 1] = eye[1]! / eye[2]!;
  });
  const fit = fitFace(from, name, size.width);
  if (fit === undefined) throw new Error('the five points of the face coincide in the image');
  const scale = Math.sqrt(fit.a * fit.a + fit.b * fit.b) * zoom;
  const middle = (size.width - 1) / 2;
  const x = middle + zoom * (fit.tx - middle);
  const y = middle + zoom * (fit.ty - middle);
  return {
    view: { ...NO_VIEW, roll: atan2(fit.b, fit.a) },
    camera: {
      ...camera,
      sensorSize: [(camera.focalLength * size.width) / scale, (camera.focalLength * size.height) / scale],
      principalPoint: [(2 * x) / size.width - 1, 1 - (2 * y) / size.height],
    },
  };
}
