import { branchIf, f32x4, i32, i32x4, i64, loop, select, spread, v128, when } from './assembler.js';
import type { Code, Local } from './assembler.js';
import { firstSample, type RasterFace } from './raster-face.js';

/** A face is small up to this extent in places: its edge functions stay within 32 bits. */
export const SMALL = 2 ** 14;
const TILE = 8;

/** Tile by tile; vectors hold the edge functions opposite the three corners, or one of them at four samples in a row. */
export function drawSmall(context: RasterFace): Code {
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
