import type { Diagnostic } from './diagnostic.js';

/** Expected failure is a value. A function that can fail for reasons a user can mend returns one of these; a bug throws. */
export type Result<T, E = readonly Diagnostic[]> = Ok<T> | Err<E>;

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}

/** One failure with one diagnostic: the common case of {@link err}. */
export function fail<Code extends string>(diagnostic: Diagnostic<Code>): Err<readonly [Diagnostic<Code>]> {
  return { ok: false, error: [diagnostic] };
}
