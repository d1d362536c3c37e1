/**
 * An expected failure, for the user. Every diagnostic says what was expected and what to do; those about an
 * experiment point into the YAML they come from.
 *
 * `Code` is a closed union in each room (`DocumentCode`, `ModelCode`, ...), of the form `room/what-is-wrong`, so that a
 * switch over it can be exhaustive and a script can rely on it.
 */
export interface Diagnostic<Code extends string = string> {
  readonly code: Code;
  readonly severity: Severity;
  /** One sentence: what is wrong, with the offending value, and what was expected. */
  readonly message: string;
  /** Where. Absent only where no file is to blame (the command line, a full disk). */
  readonly place?: Place;
  /** Other places that explain this one: where a value was first set, the rest of a cycle. */
  readonly related?: readonly RelatedPlace[];
  /** What to do about it: the nearest known word, the setting to name, the command to run. */
  readonly help?: string;
}

export type Severity = 'error' | 'warning';

/** A stretch of a text file. `end` is exclusive. */
export interface Place {
  /** As the user would write it: relative to the directory `fx` was started in, or as given. */
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

/** Line and column count from 1; columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface RelatedPlace {
  readonly message: string;
  readonly place: Place;
}

/** An error without a place: for domain code, which knows no YAML. The caller that has the YAML adds the place. */
export function failure<Code extends string>(code: Code, message: string, help?: string): Diagnostic<Code> {
  return { code, severity: 'error', message, ...(help === undefined ? {} : { help }) };
}
