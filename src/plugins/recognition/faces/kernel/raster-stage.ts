import { block, branchIf, f32, f32x4, i32, i32x4, i64, i64x2, repeat, v128, when } from './assembler.js';
import type { Code } from './assembler.js';
import { kernelFunction, type KernelFunction } from './module.js';
import { SUBSAMPLE, type Corner } from './raster-face.js';
import { drawLarge } from './raster-large.js';
import { drawSmall, SMALL } from './raster-small.js';

/**
 * Drawing faces on the grid of samples. A sample is four f32: red, green, blue and the reciprocal of the depth of what it
 * shows, 1/mm; all 0 where it shows nothing.
 *
 * Most faces cover a handful of samples, so that what costs is not the samples but finding them: branches that no
 * processor predicts. A small face is therefore tested in tiles of 8 x 8 samples, without a branch, into a mask of 64
 * bits, whose ones are then drawn one after another. A large face, whose edge functions don't fit 32 bits, is walked row
 * by row. Both give the same bits.
 */

/** A face that reaches farther than so many places from the first sample is not drawn; products stay within 64 bits. */
const GUARD = 2 ** 24;

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
