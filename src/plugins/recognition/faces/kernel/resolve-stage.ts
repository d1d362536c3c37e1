import { f32, f32x4, i32, i32x4, repeat, v128, when, type Code } from './assembler.js';
import { kernelFunction, type KernelFunction } from './module.js';

/**
 * The image of a sample grid over a background: each pixel `floor(255 mean)` over its samples, each clamped to [0, 1], a
 * sample that nothing covers showing the image's own pixel. Works on a box of pixels; written for a number of samples
 * along each side of a pixel.
 *
 * - `sample` and `pixel`: addresses of the box's first sample (`raster-stage.ts`) and pixel, which is 3 bytes
 * - `columns`, `rows`: the box in pixels, each at least 1
 * - `width`: of the image in pixels
 */
export function resolveStage(scale: number): KernelFunction {
  return kernelFunction(
    'resolve',
    ['sample', 'pixel', 'columns', 'rows', 'width'],
    ({ sample, pixel, columns, rows, width }, local) => {
      const [sum, covered] = [local('v128'), local('f32')];
      const [corner, line, stride, out, left, lines] = [
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
      ];
      const all = scale * scale;
      const along = Array.from({ length: scale }, (_, i) => 16 * i);
      // In the fourth lane a depth's reciprocal, however small, becomes 1: the lane counts covered samples.
      const clamped = (offset: number): Code =>
        f32x4.lesser(
          f32x4.greater(f32x4.mul(v128.load(line, offset), f32x4.of(1, 1, 1, 1e30)), f32x4.of(0, 0, 0, 0)),
          f32x4.of(1, 1, 1, 1),
        );
      const sumSamples: Code = [
        sum.set(f32x4.of(0, 0, 0, 0)),
        line.set(corner),
        lines.set(scale),
        repeat(lines, [along.map((offset) => sum.set(f32x4.add(sum, clamped(offset)))), line.add(stride)]),
        covered.set(f32x4.lane(sum, 3)),
      ];
      const background = f32x4.ofI32x4(i32x4.ofBytes(v128.loadOne(out)));
      const mixed = f32x4.div(
        f32x4.add(
          f32x4.mul(sum, f32x4.of(255, 255, 255, 255)),
          f32x4.mul(background, f32x4.splat(f32.sub(all, covered))),
        ),
        f32x4.of(all, all, all, all),
      );
      const writePixel: Code = [
        sum.set(i32x4.ofF32x4(mixed)),
        i32.store8(out, i32x4.lane(sum, 0)),
        i32.store8(out, i32x4.lane(sum, 1), 1),
        i32.store8(out, i32x4.lane(sum, 2), 2),
      ];
      return [
        stride.set(i32.mul(width, 16 * scale)),
        repeat(rows, [
          corner.set(sample),
          out.set(pixel),
          left.set(columns),
          repeat(left, [sumSamples, when(f32.greaterThan(covered, 0), writePixel), corner.add(16 * scale), out.add(3)]),
          sample.add(i32.mul(stride, scale)),
          pixel.add(i32.mul(width, 3)),
        ]),
      ];
    },
  );
}
