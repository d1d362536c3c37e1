/** A verdict is wrong with at most this chance where there is no effect: half of it on either side. */
const LEVEL = 0.05;

/**
 * The level of one look of several. Look k has 1/(k (k + 1)) of the whole, which sums to 1 over any number of looks: whenever one
 * stops, the chance of a false verdict at any of them is at most the whole (Bonferroni's inequality, so that nothing need be
 * known of how looks vary together).
 */
export function levelAt(look: number | undefined): number {
  return look === undefined ? LEVEL : LEVEL / (look * (look + 1));
}
