import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';

/** `{name}` stands for a path or a number, `{{` and `}}` for braces. */
const PLACEHOLDER = /\{\{|\}\}|\{([^{}]*)\}/g;

/** The names that a word of a command has in braces. */
export function placeholdersIn(word: string): readonly string[] {
  return [...word.matchAll(PLACEHOLDER)].flatMap(([, name]) => name ?? []);
}

/** The word with what its placeholders stand for. */
export function fill(
  word: string,
  given: ReadonlyMap<string, string>,
): Result<string, Diagnostic<'command/placeholder'>> {
  const unknown = placeholdersIn(word).find((name) => !given.has(name));
  if (unknown !== undefined) return err(noPlaceholder(unknown, [...given.keys()]));
  return ok(
    word.replaceAll(PLACEHOLDER, (match, name: string | undefined) =>
      name === undefined ? match[0]! : given.get(name)!,
    ),
  );
}

/** @param known the names that there are */
export function noPlaceholder(name: string, known: readonly string[]): Diagnostic<'command/placeholder'> {
  return failure(
    'command/placeholder',
    `{${name}} names no input; there are: ${known.join(', ')}`,
    'write {{ and }} for plain braces',
  );
}
