import {
  block,
  branchIf,
  f32,
  f32x4,
  i32,
  i32x4,
  i64,
  i64x2,
  loop,
  repeat,
  select,
  v128,
  when,
  spread,
} from './assembler.js';
import type { Code, Local } from './assembler.js';
import { kernelFunction, type KernelFunction } from './module.js';

/**
 * Drawing faces on the grid of samples. A sample is four f32: red, green, blue and the reciprocal of the depth of what it
 * shows, 1/mm; all 0 where it shows nothing.
 *
 * Most faces cover a handful of samples, so that what costs is not the samples but finding them: branches that no
 * processor predicts. A small face is therefore tested in tiles of 8 x 8 samples, without a branch, into a mask of 64
 * bits, whose ones are then drawn one after another. A large face, whose edge functions don't fit 32 bits, is walked row
 * by row. Both give the same bits.
 */

/** Places are whole multiples of 1/256 of a sample, so that edge functions are exact and no crack opens. */
export const SUBSAMPLE = 256;
/** A face that reaches farther than so many places from the first sample is not drawn; products stay within 64 bits. */
const GUARD = 2 ** 24;
/** A face is small up to this extent in places: its edge functions stay within 32 bits. */
const SMALL = 2 ** 14;
const TILE = 8;

interface Corner {
  readonly index: Local;
  /** x, y, 0, 0 */
  readonly place: Local;
  /** Red, green, blue, 1, each over depth and twice the face's area. */
  readonly tone: Local;
}

/**
 * Draws the faces that are seen from outside: a sample counts as covered on an edge too, and the nearer surface wins (the
 * first one at equality).
 *
 * - `triangles` [count, 3] i32; `places` [N, 2] i32, y down; `tones` [N, 4] f32: `projectVertices`
 * - `samples` [height, width, 4] f32, changed; `faces` [height, width] i32, changed: the face that a sample shows
 * - `touched` [4] i32, changed: widened to the columns and rows drawn on, in samples: least column, least row, greatest
 *   column, greatest row
 */
export const rasterise: KernelFunction = kernelFunction(
  'rasterise',
  ['triangles', 'count', 'places', 'tones', 'samples', 'faces', 'width', 'height', 'touched'],
  ({ triangles, count, places, tones, samples, faces, width, height, touched }, local) => {
    const corner = (): Corner => ({ index: local('i32'), place: local('v128'), tone: local('v128') });
    const corners = [corner(), corner(), corner()] as const;
    const [c0, c1, c2] = corners;
    const [low, high, limit, least, greatest] = [
      local('v128'),
      local('v128'),
      local('v128'),
      local('v128'),
      local('v128'),
    ];
    const [face, area, rowBytes, at] = [local('i32'), local('i64'), local('i32'), local('i32')];
    const [sides, sample, q] = [local('v128'), local('v128'), local('f32')];

    const readPlace = ({ index, place }: Corner, offset: number): Code => [
      index.set(i32.load(triangles, offset)),
      place.set(v128.loadPair(i32.add(places, i32.shiftLeft(index, 3)))),
    ];
    /** Twice the area, from the exact products of the sides' components; positive where seen from outside. */
    const findArea: Code = [
      sides.set(i32x4.sub(c1.place, c0.place)),
      sides.set(i64x2.products(sides, v128.shuffle(i32x4.sub(c2.place, c0.place), i32x4.splat(0), [1, 0, 4, 4]))),
      area.set(i64.sub(i64x2.lane(sides, 0), i64x2.lane(sides, 1))),
    ];
    const findBox: Code = [
      low.set(i32x4.min(i32x4.min(c0.place, c1.place), c2.place)),
      high.set(i32x4.max(i32x4.max(c0.place, c1.place), c2.place)),
    ];
    const outsideGuard: Code = v128.anyTrue(
      v128.or(i32x4.lessThan(low, i32x4.splat(-GUARD)), i32x4.greaterThan(high, i32x4.splat(GUARD))),
    );
    const large = local('i32');
    const findSize: Code = large.set(v128.anyTrue(i32x4.greaterThan(i32x4.sub(high, low), i32x4.splat(SMALL))));
    /** From places to the samples of the box that lie in the image. */
    const clipBox: Code = [
      low.set(i32x4.add(low, i32x4.of(SUBSAMPLE - 1, SUBSAMPLE - 1, 0, 0))),
      low.set(i32x4.max(i32x4.shiftRight(low, 8), i32x4.splat(0))),
      high.set(i32x4.min(i32x4.shiftRight(high, 8), limit)),
    ];
    const readTones: Code = [
      sample.set(f32x4.splat(f32.div(1, f32.ofI64(area)))),
      corners.map(({ index, tone }) => tone.set(f32x4.mul(v128.load(i32.add(tones, i32.shiftLeft(index, 4))), sample))),
    ];
    /** Draws the sample at `at` from the three edge functions there, f32 vectors of equal lanes. */
    const drawSample = (e0: Code, e1: Code, e2: Code): Code => [
      sample.set(f32x4.add(f32x4.add(f32x4.mul(e0, c0.tone), f32x4.mul(e1, c1.tone)), f32x4.mul(e2, c2.tone))),
      q.set(f32x4.lane(sample, 3)),
      when(f32.greaterThan(q, f32.load(at, 12)), [
        v128.store(at, f32x4.withLane(f32x4.mul(sample, f32x4.splat(f32.div(1, q))), 3, q)),
        i32.store(i32.add(faces, i32.shiftRight(i32.sub(at, samples), 2)), face),
      ]),
    ];
    const context = { corners, low, high, area, samples, width, rowBytes, at, local, readTones, drawSample };
    return [
      rowBytes.set(i32.shiftLeft(width, 4)),
      limit.set(i32x4.withLane(i32x4.withLane(i32x4.splat(0), 0, i32.sub(width, 1)), 1, i32.sub(height, 1))),
      least.set(v128.loadPair(touched)),
      greatest.set(v128.loadPair(touched, 8)),
      repeat(count, [
        block((next) => [
          // Rows run down, so that a face counter-clockwise in space is clockwise here; the exchange makes its area
          // positive.
          readPlace(c0, 0),
          readPlace(c1, 8),
          readPlace(c2, 4),
          findArea,
          branchIf(next, i64.atLeast(0, area)),
          findBox,
          branchIf(next, outsideGuard),
          findSize,
          clipBox,
          branchIf(next, v128.anyTrue(i32x4.greaterThan(low, high))),
          least.set(i32x4.min(least, low)),
          greatest.set(i32x4.max(greatest, high)),
          when(large, drawLarge(context), drawSmall(context)),
        ]),
        triangles.add(12),
        face.add(1),
      ]),
      v128.storePair(touched, least),
      v128.storePair(i32.add(touched, 8), greatest),
    ];
  },
);

/** What the two ways of drawing a face are given: its corners, its box in samples, and code that they share. */
interface FaceContext {
  readonly corners: readonly [Corner, Corner, Corner];
  readonly low: Local;
  readonly high: Local;
  readonly area: Local;
  readonly samples: Local;
  readonly width: Local;
  readonly rowBytes: Local;
  readonly at: Local;
  readonly local: (type: 'i32' | 'i64' | 'v128') => Local;
  readonly readTones: Code;
  readonly drawSample: (e0: Code, e1: Code, e2: Code) => Code;
}

/** Address of the sample at the box's first column and row. */
function firstSample({ low, samples, width }: FaceContext): Code {
  const index = i32.add(i32.mul(i32x4.lane(low, 1), width), i32x4.lane(low, 0));
  return i32.add(samples, i32.shiftLeft(index, 4));
}

/** Tile by tile; vectors hold the edge functions opposite the three corners, or one of them at four samples in a row. */
function drawSmall(context: FaceContext): Code {
  const { corners, low, high, rowBytes, at, local, readTones, drawSample } = context;
  const vector = (): Local => local('v128');
  const [x, y, dx, dy, corner, right, down, here] = [
    vector(),
    vector(),
    vector(),
    vector(),
    vector(),
    vector(),
    vector(),
    vector(),
  ];
  const [mask, bit, row, columns, rows, tileColumns, tileRows, left, tileAt, tileRowAt] = [
    local('i64'),
    local('i32'),
    local('i32'),
    local('i32'),
    local('i32'),
    local('i32'),
    local('i32'),
    local('i32'),
    local('i32'),
    local('i32'),
  ];
  const [px, py] = [local('i32'), local('i32')];
  const rowsOf = [0, 1, 2].map(() => ({ near: vector(), far: vector(), down: vector() }));
  const [c0, c1, c2] = corners;
  const gather = (axis: 0 | 1): Code =>
    v128.shuffle(v128.shuffle(c0.place, c1.place, [axis, 4 + axis, axis, axis]), c2.place, [0, 1, 4 + axis, 4 + axis]);
  /** Lane i: of the corner before the edge opposite corner i, and of the one behind it. */
  const before = (a: Local): Code => v128.shuffle(a, a, [1, 2, 0, 0]);
  const behind = (a: Local): Code => v128.shuffle(a, a, [2, 0, 1, 1]);
  const { add, sub, mul, splat, shiftLeft } = i32x4;

  const startFace: Code = [
    x.set(gather(0)),
    y.set(gather(1)),
    dx.set(sub(behind(x), before(x))),
    dy.set(sub(behind(y), before(y))),
    right.set(shiftLeft(sub(splat(0), dy), 8)),
    down.set(shiftLeft(dx, 8)),
    x.set(before(x)),
    y.set(before(y)),
  ];
  const startTile: Code = [
    corner.set(sub(mul(dx, sub(splat(i32.shiftLeft(py, 8)), y)), mul(dy, sub(splat(i32.shiftLeft(px, 8)), x)))),
    rowsOf.map((edge, i) => [
      edge.down.set(spread(right, i as 0 | 1 | 2)),
      edge.near.set(add(spread(corner, i as 0 | 1 | 2), mul(edge.down, i32x4.of(0, 1, 2, 3)))),
      edge.far.set(add(edge.near, shiftLeft(edge.down, 2))),
      edge.down.set(spread(down, i as 0 | 1 | 2)),
    ]),
  ];
  const [e0, e1, e2] = rowsOf as [(typeof rowsOf)[0], (typeof rowsOf)[0], (typeof rowsOf)[0]];
  // The sign bits of four samples: ones where an edge function is negative, that is, outside.
  const outside = (part: 'near' | 'far'): Code => i32x4.signs(v128.or(v128.or(e0[part], e1[part]), e2[part]));
  /** The rows of the mask from the last to the first, 8 bits each. */
  const findMask: Code = [
    mask.set(0),
    row.set(0),
    loop((next) => [
      mask.set(
        i64.or(
          mask,
          i64.shiftLeft(
            i64.of(i32.and(i32.xor(i32.or(outside('near'), i32.shiftLeft(outside('far'), 4)), 0xff), tileColumns)),
            i64.of(row),
          ),
        ),
      ),
      rowsOf.map(({ near, far, down: step }) => [near.set(add(near, step)), far.set(add(far, step))]),
      row.add(8),
      branchIf(next, i32.lessThan(row, tileRows)),
    ]),
  ];
  const drawMask: Code = when(i64.notEqual(mask, 0), [
    readTones,
    loop((next) => [
      bit.set(i64.low(i64.trailingZeros(mask))),
      mask.set(i64.and(mask, i64.sub(mask, 1))),
      here.set(add(corner, mul(right, splat(i32.and(bit, 7))))),
      here.set(f32x4.ofI32x4(add(here, mul(down, splat(i32.shiftRight(bit, 3)))))),
      at.set(i32.add(i32.add(tileAt, i32.shiftLeft(i32.and(bit, 7), 4)), i32.mul(i32.shiftRight(bit, 3), rowBytes))),
      drawSample(spread(here, 0), spread(here, 1), spread(here, 2)),
      branchIf(next, i64.notEqual(mask, 0)),
    ]),
  ]);
  const atMost8 = (value: Local): Code => select('i32', i32.lessThan(value, TILE), value, TILE);
  return [
    startFace,
    rows.set(i32.add(i32.sub(i32x4.lane(high, 1), i32x4.lane(low, 1)), 1)),
    columns.set(i32.add(i32.sub(i32x4.lane(high, 0), i32x4.lane(low, 0)), 1)),
    py.set(i32x4.lane(low, 1)),
    tileRowAt.set(firstSample(context)),
    loop((nextRow) => [
      tileRows.set(i32.shiftLeft(atMost8(rows), 3)),
      tileAt.set(tileRowAt),
      px.set(i32x4.lane(low, 0)),
      left.set(columns),
      loop((nextTile) => [
        tileColumns.set(i32.sub(i32.shiftLeft(1, atMost8(left)), 1)),
        startTile,
        findMask,
        drawMask,
        tileAt.add(16 * TILE),
        px.add(TILE),
        left.add(-TILE),
        branchIf(nextTile, i32.greaterThan(left, 0)),
      ]),
      tileRowAt.add(i32.shiftLeft(rowBytes, 3)),
      py.add(TILE),
      rows.add(-TILE),
      branchIf(nextRow, i32.greaterThan(rows, 0)),
    ]),
  ];
}

/** Row by row, edge functions in 64 bits. */
function drawLarge(context: FaceContext): Code {
  const { corners, low, high, rowBytes, at, local, readTones, drawSample } = context;
  const [px, py] = [local('i64'), local('i64')];
  const points = corners.map(({ place }) => ({ place, x: local('i64'), y: local('i64') }));
  const edge = (): { row: Local; here: Local; right: Local; down: Local } => ({
    row: local('i64'),
    here: local('i64'),
    right: local('i64'),
    down: local('i64'),
  });
  const edges = [edge(), edge(), edge()] as const;
  const [first, rows, remaining, inside] = [local('i32'), local('i32'), local('i32'), local('i32')];
  const { add, sub, mul } = i64;
  const startEdge = ({ row, right, down }: (typeof edges)[0], i: number): Code => {
    const [from, to] = [points[(i + 1) % 3]!, points[(i + 2) % 3]!];
    return [
      row.set(sub(mul(sub(to.x, from.x), sub(py, from.y)), mul(sub(to.y, from.y), sub(px, from.x)))),
      right.set(mul(sub(from.y, to.y), SUBSAMPLE)),
      down.set(mul(sub(to.x, from.x), SUBSAMPLE)),
    ];
  };
  const weight = ({ here }: (typeof edges)[0]): Code => f32x4.splat(f32.ofI64(here));
  const [e0, e1, e2] = edges;
  /** A row meets a face in one run of samples. */
  const drawRow: Code = [
    edges.map(({ row, here }) => here.set(row)),
    at.set(first),
    remaining.set(i32.add(i32.sub(i32x4.lane(high, 0), i32x4.lane(low, 0)), 1)),
    inside.set(0),
    block((end) =>
      loop((next) => [
        when(
          i64.atLeast(i64.or(i64.or(e0.here, e1.here), e2.here), 0),
          [inside.set(1), drawSample(weight(e0), weight(e1), weight(e2))],
          branchIf(end, inside),
        ),
        edges.map(({ here, right }) => here.set(add(here, right))),
        at.add(16),
        remaining.add(-1),
        branchIf(next, remaining),
      ]),
    ),
  ];
  return [
    readTones,
    px.set(mul(i64.of(i32x4.lane(low, 0)), SUBSAMPLE)),
    py.set(mul(i64.of(i32x4.lane(low, 1)), SUBSAMPLE)),
    points.map(({ place, x, y }) => [x.set(i64.of(i32x4.lane(place, 0))), y.set(i64.of(i32x4.lane(place, 1)))]),
    edges.map(startEdge),
    first.set(firstSample(context)),
    rows.set(i32.add(i32.sub(i32x4.lane(high, 1), i32x4.lane(low, 1)), 1)),
    repeat(rows, [drawRow, edges.map(({ row, down }) => row.set(add(row, down))), first.add(rowBytes)]),
  ];
}
