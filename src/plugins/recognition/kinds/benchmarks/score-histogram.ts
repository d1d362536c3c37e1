import type { Histogram } from '../../../../engine/presentation.js';

/** Scores of genuine pairs and of impostors, and the threshold between them. */
export const scoreHistogram: Histogram = {
  says: 'Scores of genuine pairs and of impostors.',
  of: 'score',
  values: async ({ locate }) => {
    const { scoreClasses } = await import('./score-classes.js');
    const path = locate('scores.safetensors');
    return path === undefined ? undefined : scoreClasses(path);
  },
};
