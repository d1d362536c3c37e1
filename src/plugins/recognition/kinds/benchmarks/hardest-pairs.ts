import type { Cases } from '../../../../engine/presentation.js';

/** The comparisons that a network finds hardest, with the images that were compared. */
export const hardestPairs: Cases = {
  says: 'The hardest pairs.',
  of: 'score',
  groups: async (result, most) => {
    const { pairsToShow } = await import('./pairs-to-show.js');
    return pairsToShow(result, most);
  },
};
