/** Which faces meet at each vertex. */
export interface Adjacency {
  /** [N] how many faces are listed for each vertex, at least 1. */
  readonly degrees: Int32Array;
  /** Vertex after vertex, in ascending order; a vertex of no face has one entry, the number of faces. */
  readonly adjacent: Int32Array;
}

/** @param triangles [T, 3] */
export function adjacentFaces(vertices: number, triangles: Uint32Array): Adjacency {
  const degrees = new Int32Array(vertices);
  for (const v of triangles) degrees[v] = degrees[v]! + 1;
  const next = new Int32Array(vertices);
  let end = 0;
  for (let v = 0; v < vertices; v += 1) {
    next[v] = end;
    degrees[v] = Math.max(degrees[v]!, 1);
    end += degrees[v]!;
  }
  const adjacent = new Int32Array(end).fill(triangles.length / 3);
  triangles.forEach((v, corner) => {
    adjacent[next[v]!] = Math.floor(corner / 3);
    next[v] = next[v]! + 1;
  });
  return { degrees, adjacent };
}
