/** What a surface is made of: how it is painted and how it shines. */
export const MATERIAL = { head: 0, hair: 1, cloth: 2, hat: 3, scarf: 4, frame: 5, lens: 6, mouth: 7 } as const;
export type Material = (typeof MATERIAL)[keyof typeof MATERIAL];

/** A closed or open surface, outward faces counter-clockwise. */
export interface Surface {
  readonly material: Material;
  /** [N, 3] mm in the head's frame. */
  readonly positions: Float32Array;
  readonly triangles: Uint32Array;
}

/** Most vertices and faces of a head and all that it can wear. */
export const MOST_VERTICES = 16384;
const MOST_FACES = 32768;

/** Surfaces joined into one mesh: a head and what is worn. The head's vertices come first. */
export class Composite {
  readonly positions: Float32Array = new Float32Array(3 * MOST_VERTICES);
  readonly triangles: Uint32Array = new Uint32Array(3 * MOST_FACES);
  /** Of each face. */
  readonly material: Uint8Array = new Uint8Array(MOST_FACES);
  vertices = 0;
  faces = 0;

  clear(): void {
    this.vertices = 0;
    this.faces = 0;
  }

  add({ material, positions, triangles }: Surface): void {
    const first = this.vertices;
    this.positions.set(positions, 3 * first);
    const at = 3 * this.faces;
    for (let i = 0; i < triangles.length; i += 1) this.triangles[at + i] = triangles[i]! + first;
    this.material.fill(material, this.faces, this.faces + triangles.length / 3);
    this.vertices += positions.length / 3;
    this.faces += triangles.length / 3;
  }
}

/** Triangles of a grid of rows (running down) by columns (running about an axis, closed), outside seen from outside. */
export function ringTriangles(rows: number, columns: number): Uint32Array {
  const out = new Uint32Array(6 * (rows - 1) * columns);
  let at = 0;
  for (let i = 0; i + 1 < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      const k = (j + 1) % columns;
      const [a, b, c, d] = [i * columns + j, (i + 1) * columns + j, (i + 1) * columns + k, i * columns + k];
      out.set([a, b, c, a, c, d], at);
      at += 6;
    }
  }
  return out;
}
