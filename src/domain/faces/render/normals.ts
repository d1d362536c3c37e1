/**
 * Vertex normals as in scalismo: the unweighted mean of the unit normals of the adjacent faces. The sums are left
 * unnormalised, since whoever shades normalises anyway.
 *
 * @param positions [N, 3]
 * @param triangles [T, 3], counter-clockwise seen from outside
 * @param sums [N, 3], overwritten; outward
 */
export function sumFaceNormals(positions: Float32Array, triangles: Uint32Array, sums: Float32Array): void {
  sums.fill(0);
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * triangles[t]!;
    const b = 3 * triangles[t + 1]!;
    const c = 3 * triangles[t + 2]!;
    const ax = positions[a]!;
    const ay = positions[a + 1]!;
    const az = positions[a + 2]!;
    const ux = positions[b]! - ax;
    const uy = positions[b + 1]! - ay;
    const uz = positions[b + 2]! - az;
    const vx = positions[c]! - ax;
    const vy = positions[c + 1]! - ay;
    const vz = positions[c + 2]! - az;
    let nx = uy * vz - uz * vy;
    let ny = uz * vx - ux * vz;
    let nz = ux * vy - uy * vx;
    const square = nx * nx + ny * ny + nz * nz;
    // A face without area has no normal.
    if (square === 0) continue;
    const scale = 1 / Math.sqrt(square);
    nx *= scale;
    ny *= scale;
    nz *= scale;
    sums[a] = sums[a]! + nx;
    sums[a + 1] = sums[a + 1]! + ny;
    sums[a + 2] = sums[a + 2]! + nz;
    sums[b] = sums[b]! + nx;
    sums[b + 1] = sums[b + 1]! + ny;
    sums[b + 2] = sums[b + 2]! + nz;
    sums[c] = sums[c]! + nx;
    sums[c + 1] = sums[c + 1]! + ny;
    sums[c + 2] = sums[c + 2]! + nz;
  }
}
