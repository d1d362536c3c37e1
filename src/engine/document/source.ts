import type { Place, Position } from '../../foundation/failures/diagnostic.js';

/** A text that values come from: a YAML file, the command line, an environment variable, a settings file. */
export interface Source {
  /** As a user would write it. Shown in diagnostics. */
  readonly name: string;
  /** Absolute; undefined where it is no file. */
  readonly path: string | undefined;
  readonly text: string;
  /** Absolute: what relative paths written in it are relative to. */
  readonly folder: string;
  /** Whether the user of this machine wrote it (`--set`, settings): only then may it name paths outside the project. */
  readonly trusted: boolean;
}

/** A stretch of a source. `end` is exclusive. Lines and columns are counted only on demand ({@link placeOf}). */
export interface Located {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  /** How the value came from where it is written to where it counts; innermost first. */
  readonly via?: Via;
}

/** One step of a value's way: an alias, a merge key, a reference. */
export interface Via {
  /** `used here by ${yaw}`. */
  readonly message: string;
  readonly at: Located;
  readonly next?: Via | undefined;
}

export function placeOf(located: Located): Place {
  return {
    file: located.source.name,
    start: positionAt(located.source, located.start),
    end: positionAt(located.source, Math.max(located.end, located.start)),
  };
}

const lineStarts = new WeakMap<Source, readonly number[]>();

function positionAt(source: Source, offset: number): Position {
  let starts = lineStarts.get(source);
  if (starts === undefined) {
    const found = [0];
    for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) found.push(at + 1);
    lineStarts.set(source, (starts = found));
  }
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - starts[low]! + 1 };
}
