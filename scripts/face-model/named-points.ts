import { earPoint } from './ear.js';
import { eyeCentre, INNER_CORNER, OUTER_CORNER } from './eye.js';
import type { Mesh } from './layout.js';
import type { Part } from './part.js';
import { MOUTH_CORNER, mouthLine, lowerBorder, upperBorder } from './mouth.js';
import type { Vec3 } from './vector.js';

/** Where a landmark is: nearest vertex of a part in the frontal plane (or, for the ear, in space). */
interface Target {
  readonly name: string;
  readonly at: Vec3 | readonly [number, number];
  readonly part: Part;
}

// prettier-ignore
const MIDLINE: readonly Target[] = [
  { name: 'center.chin.tip', at: [0, -71], part: 'skin' },
  { name: 'center.lips.lower.inner', at: [0, mouthLine(0)], part: 'lower-edge' },
  { name: 'center.lips.upper.inner', at: [0, mouthLine(0)], part: 'upper-edge' },
  { name: 'center.lips.lower.outer', at: [0, lowerBorder(0)], part: 'skin' },
  { name: 'center.lips.upper.outer', at: [0, upperBorder(0)], part: 'skin' },
  { name: 'center.nose.tip', at: [0, 4.5], part: 'skin' },
  { name: 'center.front.trichion', at: [0, 85], part: 'skin' },
  { name: 'center.front.glabella', at: [0, 56], part: 'skin' },
];

// prettier-ignore
const PAIRED: readonly Target[] = [
  { name: 'ear.lobule.attachement', at: earPoint(8, -24.5), part: 'skin' },
  { name: 'ear.helix.outer', at: [92, 24, -22], part: 'skin' },
  { name: 'eye.corner_outer', at: OUTER_CORNER, part: 'lid-edge' },
  { name: 'eye.corner_inner', at: INNER_CORNER, part: 'lid-edge' },
  { name: 'eye.pupil.center', at: [eyeCentre[0], eyeCentre[1]], part: 'eye' },
  { name: 'eyebrow.bend.lower', at: [37.5, 54], part: 'skin' },
  { name: 'eyebrow.inner_lower', at: [11.5, 48], part: 'skin' },
  { name: 'lips.corner', at: [MOUTH_CORNER, mouthLine(MOUTH_CORNER)], part: 'upper-edge' },
  { name: 'nose.wing.tip', at: [17.6, -5], part: 'skin' },
];

/** The landmarks of the Basel Face Model that the generator uses, and a few more, on the mean head. */
export function namedPoints(mesh: Mesh): ReadonlyMap<string, number> {
  const landmarks = new Map<string, number>();
  for (const target of MIDLINE)
    landmarks.set(
      target.name,
      nearest(mesh, target, (p) => p[0] === 0),
    );
  for (const target of PAIRED) {
    const left = nearest(mesh, target, (p) => p[0] > 0);
    landmarks.set(`left.${target.name}`, left);
    landmarks.set(`right.${target.name}`, mesh.mirror[left]!);
  }
  return new Map([...landmarks].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nearest(mesh: Mesh, { at, part }: Target, eligible: (p: Vec3) => boolean): number {
  let best = -1;
  let least = Infinity;
  mesh.points.forEach((p, i) => {
    if (mesh.parts[i] !== part || !eligible(p) || (at.length === 2 && p[2] < 60)) return;
    const distance = (p[0] - at[0]) ** 2 + (p[1] - at[1]) ** 2 + (at.length === 3 ? (p[2] - at[2]) ** 2 : 0);
    if (distance < least) {
      least = distance;
      best = i;
    }
  });
  return best;
}
