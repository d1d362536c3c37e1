import type { Command, Option } from 'commander';
import { EXIT } from '../program/exit.js';
import { openTerminal } from '../terminal/terminal.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** `fx completion`: a script for a shell, made from the declarations of the commands. */
export function completion(program: Command, shell: Shell): number {
  openTerminal().file(completionScript(program, shell));
  return EXIT.done;
}

/** What can stand behind a command: `path` are the words that name it. */
interface Place {
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly says: string }[];
  readonly options: readonly Option[];
}

export function completionScript(program: Command, shell: Shell): string {
  const places = placesBelow(program, []);
  return { bash, zsh, fish }[shell](places);
}

function placesBelow(command: Command, path: readonly string[]): readonly Place[] {
  const commands = command.commands.map((each) => ({ name: each.name(), says: each.description() }));
  const own = { path, commands, options: command.options.filter(({ hidden }) => !hidden) };
  return [own, ...command.commands.flatMap((each) => placesBelow(each, [...path, each.name()]))];
}

function flagsOf(option: Option): readonly string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined);
}

/** In single quotes, as all three shells read it; fish and the others differ in how a quote is written there. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’').replaceAll('\\', '')}'`;
}

function bash(places: readonly Place[]): string {
  const cases = places.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.flatMap(flagsOf), '--help'];
    return `    ${quoted(path.join(' '))}) words=${quoted(words.join(' '))} ;;`;
  });
  const choices = choicesOf(places).map(
    ([path, flag, values]) => `    ${quoted([...path, flag].join(' '))}) words=${quoted(values.join(' '))} ;;`,
  );
  const values = places.flatMap(({ path, options }) =>
    options.filter(takesValue).flatMap((option) => flagsOf(option).map((flag) => quoted([...path, flag].join(' ')))),
  );
  const groups = places
    .filter(({ path, commands }) => path.length > 0 && commands.length > 0)
    .map(({ path }) => path.join(' '));
  return `# fx completion bash: put into ~/.bashrc
#   eval "$(fx completion bash)"
_fx() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} place='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; esac
    case "$place" in
      '') place=\${COMP_WORDS[i]} ;;
      ${groups.map(quoted).join('|')}) place="$place \${COMP_WORDS[i]}" ;;
      *) break ;;
    esac
  done
  case "$place $prev" in
${choices.join('\n')}
    ${values.join('|')}) compopt -o default 2> /dev/null; COMPREPLY=(); return ;;
  esac
  if [ -z "$words" ]; then
    case "$place" in
${cases.join('\n')}
    esac
    case "$cur" in -*) ;; *) case "$place" in ''|${groups.map(quoted).join('|')}) ;; *) compopt -o default 2> /dev/null; COMPREPLY=(); return ;; esac ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _fx fx
`;
}

function zsh(places: readonly Place[]): string {
  const described = (name: string, says: string): string =>
    quoted(`${name.replaceAll(':', '\\:')}:${says.replaceAll(':', ' -')}`);
  const cases = places.map(({ path, commands, options }) => {
    const all = [
      ...commands.map(({ name, says }) => described(name, says)),
      ...options.flatMap((option) => flagsOf(option).map((flag) => described(flag, option.description))),
      described('--help', 'display help for command'),
    ];
    return `    ${quoted(path.join(' '))}) words_of=(${all.join(' ')}) ;;`;
  });
  const choices = choicesOf(places).map(
    ([path, flag, values]) =>
      `    ${quoted([...path, flag].join(' '))}) compadd -- ${values.map(quoted).join(' ')}; return ;;`,
  );
  const groups = places
    .filter(({ path, commands }) => path.length > 0 && commands.length > 0)
    .map(({ path }) => path.join(' '));
  return `#compdef fx
# fx completion zsh: put into ~/.zshrc, after compinit
#   eval "$(fx completion zsh)"
_fx() {
  local place='' i
  local -a words_of
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in -*) break ;; esac
    case "$place" in
      '') place=\${words[i]} ;;
      ${groups.map(quoted).join('|')}) place="$place \${words[i]}" ;;
      *) break ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${choices.join('\n')}
  esac
  case "$place" in
${cases.join('\n')}
  esac
  case "\${words[CURRENT]}" in -*) ;; *) case "$place" in ''|${groups.map(quoted).join('|')}) ;; *) _files; return ;; esac ;; esac
  _describe fx words_of
}
compdef _fx fx
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const names = commands.map(({ name }) => name).join(' ');
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const here = path.length === 0 ? ['__fish_use_subcommand'] : seen;
    const not = names === '' || path.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names}`];
    const when = quoted([...here, ...not].join('; and '));
    return [
      ...commands.map(({ name, says }) => `complete -c fx -f -n ${when} -a ${quoted(name)} -d ${quoted(says)}`),
      ...options.map((option) => {
        const flags = [
          ...(option.short === undefined ? [] : [`-s ${option.short.slice(1)}`]),
          ...(option.long === undefined ? [] : [`-l ${option.long.slice(2)}`]),
        ];
        const value =
          option.argChoices !== undefined
            ? ` -x -a ${quoted(option.argChoices.join(' '))}`
            : takesValue(option)
              ? ' -r'
              : '';
        return `complete -c fx -n ${when} ${flags.join(' ')}${value} -d ${quoted(option.description)}`;
      }),
    ];
  });
  return `# fx completion fish: fx completion fish > ~/.config/fish/completions/fx.fish\n${lines.join('\n')}\n`;
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function choicesOf(places: readonly Place[]): readonly (readonly [readonly string[], string, readonly string[]])[] {
  return places.flatMap(({ path, options }) =>
    options.flatMap((option) =>
      option.argChoices === undefined ? [] : flagsOf(option).map((flag) => [path, flag, option.argChoices!] as const),
    ),
  );
}
