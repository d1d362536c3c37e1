import type { Point, ResultFiles } from '../../../../engine/presentation.js';
import { curvesOf } from '../../benchmarks/verification/metrics.js';
import type { RocCurve } from '../../benchmarks/verification/roc.js';
import { checkScores, readScoreClasses } from '../../benchmarks/verification/score-set.js';

/** More corners than that look no different. */
const MOST_POINTS = 250;

/** The curve of all pairs together; of splits and of replicates, the mean of TAR at equal FAR. */
export function rocLine(results: readonly ResultFiles[]): readonly Point[] | undefined {
  const curves = results.flatMap(({ locate }) => {
    const path = locate('scores.safetensors');
    const scores = path === undefined ? undefined : readScoreClasses(path);
    return scores?.ok === true && checkScores(scores.value).ok ? curvesOf(scores.value) : [];
  });
  if (curves.length === 0) return undefined;
  return curves.length === 1 ? corners(curves[0]!) : meanCurve(curves);
}

/** Points in the middle of a straight line are left out, then as many as it takes, evenly along the curve. */
function corners({ far, tar }: RocCurve): readonly Point[] {
  const points = Array.from(far, (x, i) => [x, tar[i]!] as const);
  const kept = points.filter(([x, y], i) => {
    const [before, after] = [points[i - 1], points[i + 1]];
    if (before === undefined || after === undefined) return true;
    return !((x === before[0] && x === after[0]) || (y === before[1] && y === after[1]));
  });
  if (kept.length <= MOST_POINTS) return kept;
  const step = (kept.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => kept[Math.round(i * step)]!);
}

/** The mean TAR of curves at each FAR of a grid that is fine near 0, where curves differ. */
function meanCurve(curves: readonly RocCurve[]): readonly Point[] {
  const steps = 100;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const far = (i / steps) ** 2;
    const sum = curves.reduce((total, curve) => total + tarAt(curve, far), 0);
    return [far, sum / curves.length] as const;
  });
}

/** On the straight line between the points about `x`; where the curve rises at `x`, its upper end. */
function tarAt({ far, tar }: RocCurve, x: number): number {
  let p = 0;
  while (p + 1 < far.length && far[p + 1]! <= x) p += 1;
  const [x0, y0] = [far[p]!, tar[p]!];
  if (p + 1 === far.length) return y0;
  return y0 + ((x - x0) / (far[p + 1]! - x0)) * (tar[p + 1]! - y0);
}
