/** A batch on the host: the fields of `BatchTensors`, images as bytes. */
export interface Batch {
  /** [n, h, w, 3]. */
  readonly images: Uint8Array;
  /** [n]. */
  readonly identity: Float32Array;
  /** [m] each. */
  readonly anchor: Float32Array;
  readonly positive: Float32Array;
  readonly pair: Float32Array;
  readonly uniform: Float32Array;
}
