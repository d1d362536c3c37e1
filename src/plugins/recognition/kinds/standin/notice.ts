import type { Presentation } from '../../../../engine/presentation.js';

/** What stand-in data mean for a reader; stands wherever such numbers do. */
export const standInShows: Presentation = {
  colour: '#E69F00',
  notice: {
    on: 'stand-in data',
    says:
      'Measured on the embedded stand-in world, which replaces the real data sets. These numbers show how the methods compare ' +
      'with one another here; they are not comparable with published numbers.',
  },
};
