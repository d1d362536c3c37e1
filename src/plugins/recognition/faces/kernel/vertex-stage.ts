import { f32, f32x4, i32, i32x4, repeat, select, spread, v128, type Code, type Local } from './assembler.js';
import { kernelFunction, type KernelFunction } from './module.js';

/**
 * What is done at each face and vertex of a mesh before it is drawn. Points are [N, 3] f32; what the stages hand on has
 * four values a face or vertex, so that it is read and written as one vector.
 */

/** x coordinate of a vertex that must not be drawn. */
export const NOWHERE = -(2 ** 31);

/** Reads the vertex index at `corner` (bytes from `triangles`) as the address of its point. */
function pointAt(positions: Local, triangles: Local, corner: number): Code {
  return i32.add(positions, i32.mul(i32.load(triangles, corner), 12));
}

/**
 * Unit normals of faces, counter-clockwise seen from outside; 0 for a face without area.
 *
 * - `positions` [N, 3] f32 (4 readable bytes behind), `triangles` [count, 3] i32
 * - `normals` [count, 4] f32, overwritten: x, y, z, 0
 */
export const faceNormals: KernelFunction = kernelFunction(
  'faceNormals',
  ['positions', 'triangles', 'normals', 'count'],
  ({ positions, triangles, normals, count }, local) => {
    const [origin, u, v, n, square] = [local('v128'), local('v128'), local('v128'), local('v128'), local('f32')];
    const yzx = (a: Local): Code => v128.shuffle(a, a, [1, 2, 0, 3]);
    return repeat(count, [
      origin.set(v128.load(pointAt(positions, triangles, 0))),
      u.set(f32x4.sub(v128.load(pointAt(positions, triangles, 4)), origin)),
      v.set(f32x4.sub(v128.load(pointAt(positions, triangles, 8)), origin)),
      // u x v, its components turned by one; turned back, with 0 in the place of what lay behind the points.
      n.set(f32x4.sub(f32x4.mul(u, yzx(v)), f32x4.mul(yzx(u), v))),
      n.set(v128.shuffle(n, f32x4.of(0, 0, 0, 0), [1, 2, 0, 4])),
      square.set(squaredLength(n, u)),
      v128.store(normals, f32x4.mul(n, f32x4.splat(perLength(square)))),
      triangles.add(12),
      normals.add(16),
    ]);
  },
);

/** x^2 + y^2 + z^2, with `scratch` for the squares. */
function squaredLength(n: Local, scratch: Local): Code {
  return [
    scratch.set(f32x4.mul(n, n)),
    f32.add(f32.add(f32x4.lane(scratch, 0), f32x4.lane(scratch, 1)), f32x4.lane(scratch, 2)),
  ];
}

/** 1 / sqrt(square), or 0 for 0. */
function perLength(square: Local): Code {
  return select('f32', f32.greaterThan(square, 0), f32.div(1, f32.sqrt(square)), 0);
}

/**
 * Vertex normals, the unweighted mean of the unit normals of the adjacent faces, normalised; and the colours of vertices,
 * albedo times the shading polynomial at the normal, all channels at once.
 *
 * - `degrees` [count] i32: how many faces meet at each vertex, at least 1; `adjacent`: their numbers times 16, vertex
 *   after vertex
 * - `faces`: the {@link faceNormals}
 * - `form` [10, 4] f32: the polynomial's factors for red, green, blue (and one unused)
 * - `albedo` [count, 3] f32 (4 readable bytes behind)
 * - `normals` [count, 4] f32, overwritten: x, y, z, 0
 * - `tones` [count, 4] f32, overwritten: red, green, blue, nothing of meaning
 */
export const shadeVertices: KernelFunction = kernelFunction(
  'shadeVertices',
  ['degrees', 'adjacent', 'faces', 'form', 'albedo', 'normals', 'tones', 'count'],
  ({ degrees, adjacent, faces, form, albedo, normals, tones, count }, local) => {
    const vector = (): Local => local('v128');
    const [n, x, y, z, square, left] = [vector(), vector(), vector(), vector(), local('f32'), local('i32')];
    const [c, cx, cy, cz] = [vector(), vector(), vector(), vector()];
    const [cxx, cyy, czz, cxy, cyz, czx] = [vector(), vector(), vector(), vector(), vector(), vector()];
    const sum = (...terms: Code[]): Code => terms.reduce((a, b) => f32x4.add(a, b));
    const { add, mul } = f32x4;
    const shading = sum(
      add(c, mul(x, sum(add(cx, mul(cxx, x)), mul(cxy, y)))),
      mul(y, sum(add(cy, mul(cyy, y)), mul(cyz, z))),
      mul(z, sum(add(cz, mul(czz, z)), mul(czx, x))),
    );
    return [
      [c, cx, cy, cz, cxx, cyy, czz, cxy, cyz, czx].map((factor, k) => factor.set(v128.load(form, 16 * k))),
      repeat(count, [
        n.set(f32x4.of(0, 0, 0, 0)),
        left.set(i32.load(degrees)),
        repeat(left, [n.set(add(n, v128.load(i32.add(faces, i32.load(adjacent))))), adjacent.add(4)]),
        square.set(squaredLength(n, x)),
        n.set(mul(n, f32x4.splat(perLength(square)))),
        v128.store(normals, n),
        x.set(spread(n, 0)),
        y.set(spread(n, 1)),
        z.set(spread(n, 2)),
        v128.store(tones, mul(v128.load(albedo), shading)),
        degrees.add(4),
        albedo.add(12),
        normals.add(16),
        tones.add(16),
      ]),
    ];
  },
);

/**
 * Places of vertices on the sample grid, and their tones divided by their depth, which is what interpolates linearly on
 * the screen.
 *
 * - `positions` [count, 3] f32 (4 readable bytes behind)
 * - `view` [5, 4] f32: columns of the matrix that takes (x, y, z, 1) to (screen x times depth, screen y times depth,
 *   depth, 0), less the screen's centre, which is the last row; the fourth value there is the near plane's depth
 * - `places` [count, 2] i32, overwritten; x is {@link NOWHERE} nearer than the near plane
 * - `tones` [count, 4] f32, changed: red, green, blue and 1, each times 1 / depth
 */
export const projectVertices: KernelFunction = kernelFunction(
  'projectVertices',
  ['positions', 'view', 'places', 'tones', 'count'],
  ({ positions, view, places, tones, count }, local) => {
    const [mx, my, mz] = [local('v128'), local('v128'), local('v128')];
    const [offset, centre, near] = [local('v128'), local('v128'), local('f32')];
    const [p, depth, w] = [local('v128'), local('f32'), local('f32')];
    const { add, mul } = f32x4;
    const turned = add(add(add(offset, mul(mx, spread(p, 0))), mul(my, spread(p, 1))), mul(mz, spread(p, 2)));
    return [
      mx.set(v128.load(view, 0)),
      my.set(v128.load(view, 16)),
      mz.set(v128.load(view, 32)),
      offset.set(v128.load(view, 48)),
      centre.set(v128.load(view, 64)),
      near.set(f32x4.lane(centre, 3)),
      repeat(count, [
        p.set(v128.load(positions)),
        p.set(turned),
        depth.set(f32x4.lane(p, 2)),
        w.set(f32.div(1, depth)),
        p.set(i32x4.ofF32x4(f32x4.floor(add(mul(p, f32x4.splat(w)), centre)))),
        p.set(i32x4.withLane(p, 0, select('i32', f32.atLeast(depth, near), i32x4.lane(p, 0), NOWHERE))),
        v128.storePair(places, p),
        v128.store(tones, mul(f32x4.withLane(v128.load(tones), 3, 1), f32x4.splat(w))),
        positions.add(12),
        places.add(8),
        tones.add(16),
      ]),
    ];
  },
);
