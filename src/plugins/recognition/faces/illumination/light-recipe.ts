import type { Distribution } from '../../../../foundation/numbers/distribution.js';

/** Light as an experiment states it. */
export interface LightRecipe {
  readonly from:
    | { readonly type: 'natural' }
    /** A folder of .rps files (the Basel Illumination Prior): one of them, or the normal distribution fitted to them. */
    | { readonly type: 'folder'; readonly path: string; readonly draw: 'empirical' | 'normal' }
    /** [9, 3] */
    | { readonly type: 'fixed'; readonly coefficients: readonly (readonly [number, number, number])[] }
    | {
        readonly type: 'directional';
        readonly ambient: number;
        readonly diffuse: number;
        /** Radians; see {@link DirectionalOrigin}. */
        readonly polar: Distribution;
        readonly azimuth: Distribution;
      };
  readonly energy?: number;
  readonly colour?: boolean;
}
