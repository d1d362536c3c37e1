/** What keeps a program's output the same in every terminal and language. */
const FIXED = { LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/**
 * The part of a command's environment that belongs to its key. Where tools are found (PATH) decides which they are, not
 * what they do: their versions say that.
 */
export function declaredEnvironment(
  inherit: readonly string[],
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...FIXED, ...valuesOf(inherit), ...variables };
}

/** The caller's variables of these names, as far as there are such. */
export function valuesOf(names: readonly string[]): Record<string, string> {
  // To the object of variables, `constructor` is one that it has.
  const set = names.filter((name) => Object.hasOwn(process.env, name));
  return Object.fromEntries(set.map((name) => [name, process.env[name]!]));
}
