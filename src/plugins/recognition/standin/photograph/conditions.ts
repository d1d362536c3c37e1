import type { Beard, Colour, Hair } from '../person/person.js';
import type { HatStyle } from '../person/hair.js';

/** All that an image adds to a person. */
export interface Conditions {
  /** Radians, as everywhere: positive yaw turns the nose to image right. */
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  /** From the camera to the middle of the head, mm. */
  readonly distance: number;
  /** Breadth of what the image shows at the head, mm. */
  readonly breadth: number;
  /** By which the face's middle is off the image's, in image sides. */
  readonly shift: readonly [number, number];
  /** Coefficients of the facial movements. */
  readonly expression: ArrayLike<number>;
  /** 0 to 1. */
  readonly smile: number;
  readonly gaze: readonly [number, number];
  readonly light: Light;
  readonly hair: Hair;
  readonly beard: Beard;
  readonly flush: number;
  readonly glasses: 'none' | 'clear' | 'dark';
  readonly hat: HatStyle | 'none';
  /** Height to which a scarf reaches, mm in the head's frame. */
  readonly scarf?: number;
  readonly clothes: readonly [Colour, Colour, Colour];
  /** Something between camera and face. */
  readonly obstacle?: Obstacle;
  readonly backdrop: Backdrop;
  readonly photo: Photo;
}

/** A key light and a sky, in linear RGB; directions in the camera's frame. */
export interface Light {
  readonly key: Colour;
  /** Unit, towards the light. */
  readonly direction: readonly [number, number, number];
  readonly above: Colour;
  readonly below: Colour;
  /** 0: the key casts no shadow. */
  readonly shadow: number;
}

/** A rounded bar across the image: a hand, a microphone, someone's shoulder. In image sides. */
export interface Obstacle {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly radius: number;
  readonly colour: Colour;
}

export type Backdrop =
  | { readonly type: 'plain'; readonly colour: Colour }
  | {
      readonly type: 'clutter';
      readonly seed: number;
      readonly address: readonly [number, number];
      readonly defocus: number;
    };

export interface Photo {
  /** Standard deviation of the blur, in pixels of a 128 pixel image. */
  readonly blur: number;
  /** Length and direction of motion, likewise. */
  readonly motion: readonly [number, number];
  /** Share of the resolution that is left. */
  readonly resolution: number;
  /** Standard deviation of noise, in grey levels. */
  readonly noise: number;
  readonly gain: Colour;
  readonly contrast: number;
  /** JPEG quality. */
  readonly quality: number;
  readonly seed: number;
}
