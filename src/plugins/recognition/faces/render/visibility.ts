import { inverseDepthAt, type SampleGrid } from './sample-grid.js';

/** A hidden landmark may lie this far behind what is seen, mm: landmarks are vertices, the surface between them curves. */
const TOLERANCE = 2;

/**
 * Whether a landmark is seen: the sample nearest to it is in the image, shows the face, and what it shows is not more
 * than 2 mm nearer than the landmark (scalismo-faces' rule for .tlms files, on the sample grid).
 *
 * @param x, y pixels
 * @param depth distance along the viewing axis, mm
 */
export function isVisible(grid: SampleGrid, x: number, y: number, depth: number): boolean {
  const column = Math.round((x + 0.5) * grid.scale - 0.5);
  const row = Math.round((y + 0.5) * grid.scale - 0.5);
  if (column < 0 || row < 0 || column >= grid.width || row >= grid.height) return false;
  const q = inverseDepthAt(grid, column, row);
  return q > 0 && 1 / q >= depth - TOLERANCE;
}
