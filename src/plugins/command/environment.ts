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
  const entries = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Seconds that a tool may take to say its version. */
const PATIENCE = 300;

/** First line that each version command prints, or `absent`: part of the key of a command stage. */
export async function toolVersions(commands: readonly (readonly string[])[]): Promise<Record<string, string>> {
  if (commands.length === 0) return {};
  const { execa } = await import('execa');
  const versions = await Promise.all(
    commands.map(async ([program, ...arguments_]) => {
      const { all, failed, timedOut } = await execa(program!, arguments_, {
        reject: false,
        all: true,
        timeout: 1000 * PATIENCE,
        stdin: 'ignore',
      });
      // On a machine with too much to do, a tool that is there must not seem to be gone.
      const version = timedOut ? `no answer in ${PATIENCE} s` : failed ? 'absent' : all.split('\n')[0]!.trim();
      return [[program, ...arguments_].join(' '), version] as const;
    }),
  );
  return Object.fromEntries(versions);
}
