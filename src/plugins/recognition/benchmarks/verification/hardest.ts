import type { ScoreClasses } from './score-set.js';

/**
 * Places of the `most` genuine pairs with the lowest scores, the lowest first, or of the impostor pairs with the highest, the highest
 * first; of equal scores, the first in the file.
 */
export function hardest(
  { score, genuine }: Pick<ScoreClasses, 'score' | 'genuine'>,
  isGenuine: boolean,
  most: number,
): readonly number[] {
  const wanted = isGenuine ? 1 : 0;
  const places = Array.from(score.keys()).filter((i) => genuine[i] === wanted);
  places.sort((i, j) => (isGenuine ? score[i]! - score[j]! : score[j]! - score[i]!) || i - j);
  return places.slice(0, most);
}
