import type { Counts } from './measurement.js';

/**
 * The chance that all lie on the side of no effect on which they do, where nothing was seen to vary and there is no effect: of
 * independent subjects that of a sign test; of replicates, if nothing is known of subjects, that of a sign test of one side against a
 * number, and that of a permutation test of two sides (of all ways to deal their values to the sides, one alone has all that
 * are less on the one).
 */
export function chanceOfAlike({ subjects, varying }: Counts): number {
  return subjects > 0 ? 0.5 ** subjects : chanceOfReplicates(varying);
}

/** @param varying see {@link Counts} */
export function chanceOfReplicates(varying: readonly number[]): number {
  const [first = 0, ...others] = varying;
  if (others.length === 0) return 0.5 ** first;
  let ways = 1;
  let count = first;
  for (const more of others) for (let k = 1; k <= more; k += 1) ways *= (count += 1) / k;
  return 1 / ways;
}
