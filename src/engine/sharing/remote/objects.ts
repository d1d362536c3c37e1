import type { Readable } from 'node:stream';
import type { Digest } from '../../../foundation/files/digest.js';

/**
 * A far store of bytes in two rooms, as Bazel's caches have them: `cas`, bytes by their own sha256, and `ac`, entries by
 * key. Transports are dumb: what arrives is checked by who asked (remote.ts), and a transport throws {@link RemoteFailure}
 * for all that can go wrong on the way.
 */
export interface ObjectStore {
  /** The address without credentials, for messages. */
  readonly name: string;
  /** Bytes of the object; undefined where there is none. */
  size(place: Place, signal: AbortSignal): Promise<number | undefined>;
  /** The object from an offset on; undefined where there is none. */
  read(place: Place, from: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Writes an object, which is seen whole or not at all. What is there already stays, where the store can tell, unless
   * `replace` is set.
   */
  write(place: Place, body: Body, signal: AbortSignal, options?: { readonly replace?: boolean }): Promise<Written>;
}

export interface Place {
  readonly room: 'ac' | 'cas';
  readonly digest: Digest;
}

export interface Body {
  readonly bytes: number;
  /** sha256 of the bytes. */
  readonly digest: Digest;
  /** A new one for each attempt. */
  readonly open: () => Readable;
}

export type Written = 'written' | 'there';

/**
 * - `refused`: it does not let us (401, 403): asking again is of no use
 * - `busy`: it asks for patience (429, 503)
 * - `late`: no answer, or no more bytes, for too long
 * - `broken`: anything else: no connection, another status, a cut
 */
export type FailureKind = 'refused' | 'busy' | 'late' | 'broken';

export class RemoteFailure extends Error {
  readonly kind: FailureKind;
  /** Milliseconds that it asked us to wait. */
  readonly wait: number | undefined;

  constructor(kind: FailureKind, message: string, wait?: number) {
    super(message);
    this.kind = kind;
    this.wait = wait;
  }
}
