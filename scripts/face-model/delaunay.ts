/**
 * Delaunay triangulation in the plane by insertion (Bowyer and Watson), with a walk to the point from the last triangle.
 * Returns counter-clockwise triangles, [T, 3]. Points must be distinct; insertion is in the order given.
 */
export function delaunay(xs: ArrayLike<number>, ys: ArrayLike<number>): Uint32Array {
  const n = xs.length;
  let reach = 1;
  for (let i = 0; i < n; i += 1) reach = Math.max(reach, Math.abs(xs[i]!), Math.abs(ys[i]!));
  const far = reach * 1e3;
  const px = Float64Array.from([...Array.from(xs), -2 * far, 2 * far, 0]);
  const py = Float64Array.from([...Array.from(ys), -far, -far, 2 * far]);
  // corner[3 t + c] is a vertex; across[3 t + c] the triangle over the edge opposite to it.
  const corner: number[] = [n, n + 1, n + 2];
  const across: number[] = [-1, -1, -1];
  const alive: boolean[] = [true];
  let last = 0;

  const orient = (a: number, b: number, x: number, y: number): number =>
    (px[b]! - px[a]!) * (y - py[a]!) - (py[b]! - py[a]!) * (x - px[a]!);
  const inCircle = (t: number, x: number, y: number): boolean => {
    const [a, b, c] = [corner[3 * t]!, corner[3 * t + 1]!, corner[3 * t + 2]!];
    const ax = px[a]! - x;
    const ay = py[a]! - y;
    const bx = px[b]! - x;
    const by = py[b]! - y;
    const cx = px[c]! - x;
    const cy = py[c]! - y;
    const determinant =
      (ax * ax + ay * ay) * (bx * cy - cx * by) -
      (bx * bx + by * by) * (ax * cy - cx * ay) +
      (cx * cx + cy * cy) * (ax * by - bx * ay);
    return determinant > 0;
  };

  for (let i = 0; i < n; i += 1) {
    const x = px[i]!;
    const y = py[i]!;
    let at = last;
    for (let moved = true; moved;) {
      moved = false;
      for (let c = 0; c < 3; c += 1) {
        const a = corner[3 * at + ((c + 1) % 3)]!;
        const b = corner[3 * at + ((c + 2) % 3)]!;
        if (orient(a, b, x, y) < 0) {
          at = across[3 * at + c]!;
          moved = true;
          break;
        }
      }
    }
    // The cavity: triangles whose circle holds the point, connected to where it lies.
    const cavity = new Set([at]);
    const queue = [at];
    const rim: [number, number, number][] = [];
    while (queue.length > 0) {
      const t = queue.pop()!;
      for (let c = 0; c < 3; c += 1) {
        const over = across[3 * t + c]!;
        if (over >= 0 && cavity.has(over)) continue;
        const a = corner[3 * t + ((c + 1) % 3)]!;
        const b = corner[3 * t + ((c + 2) % 3)]!;
        if (over >= 0 && (inCircle(over, x, y) || orient(a, b, x, y) <= 0)) {
          cavity.add(over);
          queue.push(over);
        }
      }
    }
    for (const t of cavity) {
      alive[t] = false;
      for (let c = 0; c < 3; c += 1) {
        const over = across[3 * t + c]!;
        if (over < 0 || !cavity.has(over)) {
          rim.push([corner[3 * t + ((c + 1) % 3)]!, corner[3 * t + ((c + 2) % 3)]!, over]);
        }
      }
    }
    const startingAt = new Map<number, number>();
    const made: number[] = [];
    for (const [a, b, over] of rim) {
      const t = alive.length;
      alive.push(true);
      corner.push(a, b, i);
      across.push(-1, -1, over);
      if (over >= 0) {
        for (let c = 0; c < 3; c += 1) {
          const oa = corner[3 * over + ((c + 1) % 3)]!;
          const ob = corner[3 * over + ((c + 2) % 3)]!;
          if (oa === b && ob === a) across[3 * over + c] = t;
        }
      }
      startingAt.set(a, t);
      made.push(t);
    }
    for (const t of made) {
      const next = startingAt.get(corner[3 * t + 1]!)!;
      across[3 * t] = next;
      across[3 * next + 1] = t;
    }
    last = made[0]!;
  }
  const triangles: number[] = [];
  for (let t = 0; t < alive.length; t += 1) {
    if (!alive[t]) continue;
    const [a, b, c] = [corner[3 * t]!, corner[3 * t + 1]!, corner[3 * t + 2]!];
    if (a < n && b < n && c < n) triangles.push(a, b, c);
  }
  return Uint32Array.from(triangles);
}
