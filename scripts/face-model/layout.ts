import { cos as cosine, sin as sine } from '../../src/foundation/numbers/elementary.js';
import { stream } from '../../src/foundation/numbers/random.js';
import { delaunay } from './delaunay.js';
import { earCoordinates, earHeight, earOutline, earPoint, insideEar, raise } from './ear.js';
import {
  eyeCentre,
  eyeDepth,
  inAperture,
  INNER_CORNER,
  IRIS_RADIUS,
  lowerLid,
  OUTER_CORNER,
  PUPIL_RADIUS,
  upperLid,
} from './eye.js';
import type { Part } from './part.js';
import { flipToSurface, type Site } from './flip.js';
import { CENTRE, cast, frontalPoint, radialPoint } from './head.js';
import { brow } from './brow.js';
import { LINING, lowerBorder, MOUTH_CORNER, mouthLine, slit, slitShift, upperBorder } from './mouth.js';
import { add, dot, length, nearestOnStroke, normalise, scale, smoothstep, sub, type Vec3 } from './vector.js';

/** The mean head as a mesh, symmetric in x: vertex i's mirror image is `mirror[i]`. */
export interface Mesh {
  readonly points: readonly Vec3[];
  readonly parts: readonly Part[];
  readonly triangles: Uint32Array;
  readonly mirror: Uint32Array;
}

/** Aimed distance between vertices at a place of the skin, mm. */
function spacing([x, y, z]: Vec3): number {
  const ax = Math.abs(x);
  if (z < 45) {
    const ear = insideEar(...earCoordinates([ax, y, z]));
    if (ax > 55 && ear > -14) return ear > 0 ? 2.3 : 2.6 - ear * 0.35;
    return y < -90 ? 11 : 6.5 + 6 * smoothstep(40, -30, z);
  }
  let h = 3.6 + 4 * smoothstep(90, 55, z) + 1.6 * smoothstep(66, 90, y) + 5 * smoothstep(-84, -110, y);
  const dx = (ax - eyeCentre[0]) / 15;
  const dy = (y - eyeCentre[1]) / 8;
  h = Math.min(h, 1.25 + 1.5 * Math.max(0, Math.sqrt(dx * dx + dy * dy) - 1));
  const bx = ax / 27;
  const by = (y + 36) / 11;
  h = Math.min(h, 1.5 + 2.2 * Math.max(0, Math.sqrt(bx * bx + by * by) - 1));
  const nx = ax / 19;
  const ny = (y + 3) / 13;
  h = Math.min(h, 1.75 + 2.2 * Math.max(0, Math.sqrt(nx * nx + ny * ny) - 1));
  const [square] = nearestOnStroke(brow, ax, y);
  return Math.min(h, 1.5 + 0.4 * Math.max(0, Math.sqrt(square) - 5));
}

/** Builds the mesh: feature contours, then skin points by dart throwing, relaxed; one half, mirrored. */
export function layOut(): Mesh {
  const half = new Half();
  half.eye();
  const mouth = half.mouth();
  half.lips();
  half.ear();
  half.neck();
  half.midline();
  half.scatter();
  half.relax(4);
  return half.mirrored(mouth);
}

interface MouthGrid {
  readonly upper: readonly number[];
  readonly lower: readonly number[];
  readonly corner: number;
}

class Half {
  readonly sites: Site[] = [];
  readonly #cells = new Map<string, number[]>();

  #add(point: Vec3, part: Part, fixed: boolean, planePoint: Vec3 = point): number {
    const index = this.sites.length;
    this.sites.push({ point, part, fixed, plane: project(planePoint) });
    this.#remember(point, index);
    return index;
  }

  /** Lid edges as a step of three rings, the iris as rings, and the white between them. */
  eye(): void {
    const contour: (readonly [number, number])[] = [];
    const n = 21;
    for (let i = 0; i <= n; i += 1) contour.push([lidX(i / n), upperLid(lidX(i / n))]);
    for (let i = n - 1; i > 0; i -= 1) contour.push([lidX(i / n), lowerLid(lidX(i / n))]);
    const middle: readonly [number, number] = [31.6, 34];
    const inward = (x: number, y: number, d: number): readonly [number, number] => {
      const dx = middle[0] - x;
      const dy = middle[1] - y;
      const l = Math.sqrt(dx * dx + dy * dy);
      // Mostly vertical, so that the rings stay apart along the lids and meet at the corners.
      return [x + (dx / l) * d, y + (dy / l) * d];
    };
    for (const [x, y] of contour) {
      const skinPoint = frontalPoint(x, y);
      this.#add(skinPoint, 'lid-edge', true);
      const [mx, my] = inward(x, y, 0.35);
      const [qx, qy] = inward(x, y, 0.6);
      this.#add(
        [mx, my, Math.max(eyeDepth(mx, my) + 0.5, Math.min(skinPoint[2] - 0.3, eyeDepth(mx, my) + 1.1))],
        'lid-edge',
        true,
        frontalPoint(...inward(x, y, 0.55)),
      );
      const [px, py] = inward(x, y, 1.1);
      this.#add([qx, qy, eyeDepth(qx, qy)], 'eye', true, frontalPoint(px, py));
    }
    const open = (x: number, y: number): boolean =>
      inAperture(x, y) && contour.every(([cx, cy]) => (cx - x) ** 2 + (cy - y) ** 2 > 1.7 ** 2);
    const put = (x: number, y: number): void => {
      if (open(x, y)) this.#add([x, y, eyeDepth(x, y)], 'eye', true, frontalPoint(x, y));
    };
    put(eyeCentre[0], eyeCentre[1]);
    for (const [radius, count] of [
      [PUPIL_RADIUS - 0.25, 8],
      [PUPIL_RADIUS + 0.35, 10],
      [4.1, 14],
      [IRIS_RADIUS - 0.7, 22],
      [IRIS_RADIUS, 24],
      [IRIS_RADIUS + 0.6, 24],
    ] as const) {
      for (let i = 0; i < count; i += 1) {
        const [c, s] = unitCircle((i + 0.5) / count);
        put(eyeCentre[0] + radius * c, eyeCentre[1] + radius * s);
      }
    }
    for (let x = INNER_CORNER[0] + 1; x < OUTER_CORNER[0]; x += 1.9) {
      for (let y = 28; y < 41; y += 1.9) {
        const r = Math.sqrt((x - eyeCentre[0]) ** 2 + (y - eyeCentre[1]) ** 2);
        if (r > IRIS_RADIUS + 1.6) put(x, y);
      }
    }
  }

  /** The edges of the lips, and the slit between them. */
  mouth(): MouthGrid {
    const upper: number[] = [];
    const lower: number[] = [];
    for (const x of lipStations()) {
      const y = mouthLine(x);
      const at = frontalPoint(x, y);
      upper.push(this.#add([x, y + 0.05, at[2]], 'upper-edge', true, [x, y + slit(x), at[2]]));
      lower.push(this.#add([x, y - 0.05, at[2]], 'lower-edge', true, [x, y - slit(x), at[2]]));
    }
    const corner = this.#add(frontalPoint(MOUTH_CORNER, mouthLine(MOUTH_CORNER)), 'upper-edge', true);
    return { upper, lower, corner };
  }

  /** Rows along the meeting of the lips and on either side of the border of the vermilion, so that its colour has an edge. */
  lips(): void {
    const rows = [
      (x: number): number => mouthLine(x) + 1.3,
      (x: number): number => mouthLine(x) - 1.3,
      (x: number): number => upperBorder(x) + 0.45,
      (x: number): number => upperBorder(x) - 0.55,
      (x: number): number => lowerBorder(x) - 0.45,
      (x: number): number => lowerBorder(x) + 0.55,
    ];
    for (const row of rows) {
      for (const x of lipStations()) {
        const y = row(x);
        if (x < MOUTH_CORNER - 1 && Math.abs(y - mouthLine(x)) > 1.2) this.#skin(frontalPoint(x, y), true, 0.5);
      }
    }
  }

  /** Rings along the outline (two at its foot on the head, its edge, and along the helix), and points spread evenly within. */
  ear(): void {
    for (const offset of [3.2, 1.2, 0, -1.6, -3.3, -5])
      for (const [u, v] of earOutline(1.8, offset)) this.#earSite(u, v);
    const random = stream(3, 'ear');
    const within: [number, number][] = [];
    const far = (u: number, v: number): boolean =>
      within.every(([a, b]) => (a - u) ** 2 + (b - v) ** 2 > EAR_SPACING ** 2);
    for (let i = 0; i < 6000; i += 1) {
      const u = -20 + 36 * random.uniform();
      const v = -31 + 64 * random.uniform();
      if (insideEar(u, v) > 6.6 && far(u, v)) within.push([u, v]);
    }
    spread(within, earOutline(1.8, -5));
    for (const [u, v] of within) this.#earSite(u, v);
  }

  #earSite(u: number, v: number): void {
    const inside = insideEar(u, v);
    const base = cast(add(earPoint(u, v), [80, 0, 0]), [-1, 0, 0]);
    if (base === undefined) throw new Error('the ear has left the head');
    this.#add(inside > -0.6 ? raise(base, earHeight(u, v, inside)) : base, 'skin', true, base);
  }

  /** The lower end of the neck: even rings. */
  neck(): void {
    const count = 20;
    for (let i = 0; i < count; i += 1) {
      const [c, s] = unitCircle(((i + 0.5) / count - 0.5) / 2);
      for (const y of [-126, -133, -139]) {
        const at = cast([200 * c, y, -15 + 200 * s], [-c, 0, -s]);
        if (at === undefined) throw new Error('the neck is too short');
        this.#add(at, 'skin', true);
        if (y === -139) this.#add([at[0] * 0.5, -140, -15 + (at[2] + 15) * 0.5], 'skin', true);
      }
    }
  }

  /** Points on the plane of symmetry, from the back over the crown and the face to the nape; spaced as the skin is. */
  midline(): void {
    let angle = 0.012;
    let before: Vec3 | undefined;
    while (angle < 1 - 0.012) {
      const [c, s] = unitCircle(0.5 - angle);
      const point = radialPoint([0, s, c]);
      const h = spacing(point) * 0.95;
      const gap = before === undefined ? Infinity : length(sub(point, before));
      if (gap >= h) {
        const nearMouth = Math.abs(point[1] - mouthLine(0)) < 1.2 && point[2] > 90;
        if (!nearMouth && !this.#crowded(point, 0.5 * h) && point[1] > -139.5) {
          this.#skin([0, point[1], point[2]], true, 0);
          before = point;
        }
      }
      angle += 0.0006;
    }
  }

  scatter(): void {
    const random = stream(1, 'layout');
    const candidate = (point: Vec3 | undefined): void => {
      if (point === undefined || point[1] < -121) return;
      this.#skin(point, false, 1);
    };
    for (let i = 0; i < 4000; i += 1)
      candidate(cast([15 + 34 * random.uniform(), 22 + 26 * random.uniform(), 160], [0, 0, -1]));
    for (let i = 0; i < 3000; i += 1)
      candidate(cast([30 * random.uniform(), -50 + 26 * random.uniform(), 160], [0, 0, -1]));
    for (let i = 0; i < 4000; i += 1) {
      const z: Vec3 = [0.3 * random.uniform(), 0.15 - 0.5 * random.uniform(), 1];
      candidate(radialPoint(normalise(z)));
    }
    for (let i = 0; i < 9000; i += 1)
      candidate(cast([75 * random.uniform(), -85 + 180 * random.uniform(), 160], [0, 0, -1]));
    for (let i = 0; i < 9000; i += 1) {
      const z = 2 * random.uniform() - 1;
      const [c, s] = unitCircle(random.uniform() / 2 - 0.25);
      const r = Math.sqrt(1 - z * z);
      candidate(radialPoint([r * c, r * s, z]));
    }
  }

  #skin(point: Vec3, fixed: boolean, room: number): void {
    const [x, y, z] = point;
    const h = spacing(point);
    if (!fixed) {
      if (x < 0.5 * h) return;
      if (z > 60 && inAperture(x, y)) return;
      if (z < 45 && x > 55 && insideEar(...earCoordinates(point)) > -4.6) return;
      if (z > 90 && x < MOUTH_CORNER && Math.abs(y - mouthLine(x)) < 0.75) return;
    }
    if (room > 0 && this.#crowded(point, room * h)) return;
    this.#add(point, 'skin', fixed, slitPlace(point));
  }

  #crowded(point: Vec3, h: number): boolean {
    const reach = Math.ceil(h / CELL);
    const [cx, cy, cz] = cellOf(point);
    for (let x = cx - reach; x <= cx + reach; x += 1) {
      for (let y = cy - reach; y <= cy + reach; y += 1) {
        for (let z = cz - reach; z <= cz + reach; z += 1) {
          for (const i of this.#cells.get(`${x},${y},${z}`) ?? []) {
            const d = sub(this.sites[i]!.point, point);
            if (dot(d, d) < h * h) return true;
          }
        }
      }
    }
    return false;
  }

  #remember(point: Vec3, index: number): void {
    const key = cellOf(point).join(',');
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, [index]);
    else cell.push(index);
  }

  /** Moves each free point towards the middle of its neighbours and back onto the skin. */
  relax(rounds: number): void {
    for (let round = 0; round < rounds; round += 1) {
      const triangles = this.#triangulate();
      const sums = this.sites.map((): [number, number, number, number] => [0, 0, 0, 0]);
      for (let t = 0; t < triangles.length; t += 3) {
        for (let c = 0; c < 3; c += 1) {
          const i = triangles[t + c]!;
          const sum = sums[i]!;
          if (this.sites[i]!.fixed) continue;
          for (const other of [triangles[t + ((c + 1) % 3)]!, triangles[t + ((c + 2) % 3)]!]) {
            const p = this.sites[other]!.point;
            sum[0] += p[0];
            sum[1] += p[1];
            sum[2] += p[2];
            sum[3] += 1;
          }
        }
      }
      this.sites.forEach((site, i) => {
        const sum = sums[i]!;
        if (site.fixed || sum[3] === 0) return;
        const middle = scale([sum[0], sum[1], sum[2]], 1 / sum[3]);
        const target = add(scale(site.point, 0.4), scale(middle, 0.6));
        if (target[0] < 0.4 * spacing(site.point)) return;
        const point = radialPoint(normalise(sub(target, CENTRE)));
        if (point[2] > 60 && inAperture(point[0], point[1])) return;
        if (point[2] > 90 && point[0] < MOUTH_CORNER && Math.abs(point[1] - mouthLine(point[0])) < 0.75) return;
        site.point = point;
        site.plane = project(slitPlace(point));
      });
    }
  }

  #triangulate(): Uint32Array {
    const order = this.sites.map((_, i) => i);
    stream(2, 'insertion').shuffle(order);
    const xs = Float64Array.from(order, (i) => this.sites[i]!.plane[0]);
    const ys = Float64Array.from(order, (i) => this.sites[i]!.plane[1]);
    return delaunay(xs, ys).map((i) => order[i]!);
  }

  /** The triangles of the half, closed at the back and lined behind the lips, then mirrored. */
  mirrored(mouth: MouthGrid): Mesh {
    const edge = new Set([...mouth.upper, ...mouth.lower, mouth.corner]);
    const raw = this.#triangulate();
    const kept: number[] = [];
    for (let t = 0; t < raw.length; t += 3) {
      const corners = [raw[t]!, raw[t + 1]!, raw[t + 2]!];
      if (!corners.every((i) => edge.has(i))) kept.push(...corners);
    }
    const triangles = flipToSurface(this.sites, kept);
    const back = this.#add(radialPoint([0, 0, -1]), 'skin', true);
    this.#closeBack(triangles, back);
    this.#lineMouth(triangles, mouth);

    const points = this.sites.map((s): Vec3 => s.point);
    const parts = this.sites.map((s) => s.part);
    const mirror = points.map((p, i) => (p[0] === 0 ? i : -1));
    for (let i = 0, n = points.length; i < n; i += 1) {
      if (mirror[i] !== -1) continue;
      mirror[i] = points.length;
      mirror.push(i);
      points.push([-points[i]![0], points[i]![1], points[i]![2]]);
      parts.push(parts[i]!);
    }
    const all = [...triangles];
    for (let t = 0; t < triangles.length; t += 3) {
      all.push(mirror[triangles[t]!]!, mirror[triangles[t + 2]!]!, mirror[triangles[t + 1]!]!);
    }
    return { points, parts, triangles: Uint32Array.from(all), mirror: Uint32Array.from(mirror) };
  }

  /** Joins the outer boundary of the plane, save the plane of symmetry, to the hindmost point. */
  #closeBack(triangles: number[], back: number): void {
    const edges = new Set<string>();
    for (let t = 0; t < triangles.length; t += 3) {
      for (let c = 0; c < 3; c += 1) edges.add(`${triangles[t + c]!},${triangles[t + ((c + 1) % 3)]!}`);
    }
    const lip = (i: number): boolean => this.sites[i]!.part.endsWith('-edge') && this.sites[i]!.part !== 'lid-edge';
    for (const edge of [...edges]) {
      const [a, b] = edge.split(',').map(Number) as [number, number];
      if (edges.has(`${b},${a}`)) continue;
      if (this.sites[a]!.point[0] === 0 && this.sites[b]!.point[0] === 0) continue;
      if (lip(a) && lip(b)) continue;
      triangles.push(b, a, back);
    }
  }

  #lineMouth(triangles: number[], { upper, lower, corner }: MouthGrid): void {
    const rows: number[][] = [[...upper]];
    for (const { kind, at } of LINING) {
      rows.push(
        upper.map((i) => {
          const [x, , z] = this.sites[i]!.point;
          const fade = 0.25 + 0.75 * smoothstep(MOUTH_CORNER, MOUTH_CORNER - 9, x);
          return this.#add([x * at[0], mouthLine(x) + at[1] * fade, z + at[2] * fade], kind, true);
        }),
      );
    }
    rows.push([...lower]);
    for (let r = 0; r + 1 < rows.length; r += 1) {
      const above = rows[r]!;
      const below = rows[r + 1]!;
      for (let i = 0; i + 1 < above.length; i += 1) {
        triangles.push(above[i]!, below[i]!, below[i + 1]!, above[i]!, below[i + 1]!, above[i + 1]!);
      }
      triangles.push(above.at(-1)!, below.at(-1)!, corner);
    }
  }
}

/** x of the rows along the lips, closer towards the corner. */
function lipStations(): readonly number[] {
  const count = 15;
  return Array.from({ length: count }, (_, i) => MOUTH_CORNER * (i / count) * (1.25 - (0.25 * i) / count));
}

const EAR_SPACING = 1.8;

/** Evens out points of a plane that push each other apart, held in by others. */
function spread(points: [number, number][], fence: readonly (readonly [number, number])[]): void {
  const reach = 1.35 * EAR_SPACING;
  for (let round = 0; round < 12; round += 1) {
    for (const point of points) {
      let [du, dv] = [0, 0];
      for (const other of [...points, ...fence]) {
        const a = point[0] - other[0];
        const b = point[1] - other[1];
        const d = Math.sqrt(a * a + b * b);
        if (d === 0 || d >= reach) continue;
        du += (a / d) * (reach - d);
        dv += (b / d) * (reach - d);
      }
      const [u, v] = [point[0] + 0.2 * du, point[1] + 0.2 * dv];
      if (insideEar(u, v) > 6.2) [point[0], point[1]] = [u, v];
    }
  }
}

const CELL = 4;
const cellOf = (p: Vec3): readonly [number, number, number] => [
  Math.floor(p[0] / CELL),
  Math.floor(p[1] / CELL),
  Math.floor(p[2] / CELL),
];

/** Lids are sampled more densely towards the corners. */
const lidX = (t: number): number =>
  INNER_CORNER[0] + (OUTER_CORNER[0] - INNER_CORNER[0]) * (0.35 * t * t * (3 - 2 * t) + 0.65 * t);

/** Stereographic projection of the direction from the centre, from the back: conformal, so Delaunay stays Delaunay. */
function project(p: Vec3): readonly [number, number] {
  const d = normalise(sub(p, CENTRE));
  const s = 200 / (1 + d[2]);
  return [d[0] * s, d[1] * s];
}

function slitPlace(p: Vec3): Vec3 {
  return p[2] > 80 && Math.abs(p[0]) < MOUTH_CORNER ? [p[0], p[1] + slitShift(Math.abs(p[0]), p[1]), p[2]] : p;
}

/** (cos, sin) of a turn's fraction, by the tangent of the half angle: rational, exact in symmetry. */
function unitCircle(turn: number): readonly [number, number] {
  const angle = 2 * Math.PI * turn;
  return [cosine(angle), sine(angle)];
}
