import type { PointMap } from '../../../../engine/presentation.js';

/** The embeddings that were compared, on the plane in which they vary most. */
export const embeddingMap: PointMap = {
  says: 'The embeddings on their first two principal components.',
  of: 'images',
  points: async (result, most) => {
    const { embeddingsToMap } = await import('./embeddings-to-map.js');
    return embeddingsToMap(result, most);
  },
};
