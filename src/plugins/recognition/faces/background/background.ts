import type { Distribution } from '../../../../foundation/numbers/distribution.js';

/** The background behind the face. */
export type BackgroundRecipe =
  /** One colour, RGB in [0, 255]. */
  | { readonly type: 'plain'; readonly colour: readonly [number, number, number] }
  /** Textures made from the seed. `pick` chooses a texture by number; by default each sample has its own. */
  | { readonly type: 'procedural'; readonly pick?: Distribution }
  /** Images of a folder, each resampled to the image's size; `pick` chooses by position in name order. */
  | {
      readonly type: 'folder';
      readonly path: string;
      readonly pick?: Distribution;
      /** What an image that can't be decoded does. */
      readonly broken: 'fail' | 'skip';
    };
