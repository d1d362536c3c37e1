/**
 * Vertex normals as in scalismo: the unweighted mean of the unit normals of the adjacent faces, normalised. A vertex of
 * no face, or of faces without area, has the normal 0.
 *
 * @param positions [N, 3]
 * @param triangles [T, 3], counter-clockwise seen from outside
 * @param normals [N, 3], overwritten; outward
 */
export function vertexNormals(positions: Float32Array, triangles: Uint32Array, normals: Float32Array): void {
  normals.fill(0);
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
    normals[a] = normals[a]! + nx;
    normals[a + 1] = normals[a + 1]! + ny;
    normals[a + 2] = normals[a + 2]! + nz;
    normals[b] = normals[b]! + nx;
    normals[b + 1] = normals[b + 1]! + ny;
    normals[b + 2] = normals[b + 2]! + nz;
    normals[c] = normals[c]! + nx;
    normals[c + 1] = normals[c + 1]! + ny;
    normals[c + 2] = normals[c + 2]! + nz;
  }
  for (let i = 0; i < normals.length; i += 3) {
    const x = normals[i]!;
    const y = normals[i + 1]!;
    const z = normals[i + 2]!;
    const square = x * x + y * y + z * z;
    if (square === 0) continue;
    const scale = 1 / Math.sqrt(square);
    normals[i] = scale * x;
    normals[i + 1] = scale * y;
    normals[i + 2] = scale * z;
  }
}
