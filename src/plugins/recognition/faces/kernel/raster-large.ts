import { block, branchIf, f32, f32x4, i32, i32x4, i64, loop, repeat, when } from './assembler.js';
import type { Code, Local } from './assembler.js';
import { firstSample, SUBSAMPLE, type RasterFace } from './raster-face.js';

/** Row by row, edge functions in 64 bits. */
export function drawLarge(context: RasterFace): Code {
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
