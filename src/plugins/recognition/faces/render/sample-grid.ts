/**
 * What a renderer knows of the image it drew last: `scale` x `scale` samples a pixel, and the vertices they were drawn
 * from. Views of the renderer's memory.
 */
export interface SampleGrid {
  /** In samples. */
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** [height, width, 4]: red, green, blue (not clamped) and 1 / depth (1/mm); 0 where nothing was drawn. */
  readonly samples: Float32Array;
  /** [height, width]: the triangle seen; means something where something was drawn. */
  readonly faces: Int32Array;
  /** [N, 2] vertices in 1/256 samples, y down. */
  readonly places: Int32Array;
  /** [N, 4]: red, green, blue and 1, each over the vertex's depth. */
  readonly tones: Float32Array;
}

/** Reciprocal of the depth at a sample, 1/mm; 0 where nothing was drawn. */
export function inverseDepthAt(grid: SampleGrid, column: number, row: number): number {
  return grid.samples[4 * (row * grid.width + column) + 3]!;
}
