import type { Command } from 'commander';
import { Option } from 'commander';

/** Declares one command; `exit` receives what its work gives back. */
export type Declare = (program: Command, exit: (code: number) => void) => void;

/** A command on an experiment file, with what they all understand. */
export function onExperiment(program: Command, name: string, says: string, example: string): Command {
  return program
    .command(name)
    .description(says)
    .argument('<experiment>', 'the YAML file, or a bundle of fx export')
    .option('-p, --profile <name>', 'the profile to use (default: the experiment’s own choice, else mini)')
    .addOption(
      new Option('-s, --set <name=value>', 'set a parameter; may be repeated').argParser(
        (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
      ),
    )
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--trust', 'let an experiment that came in a bundle run its commands and modules')
    .option('--json', 'for scripts: JSON on standard output')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

/** What a command that only looks for results takes. */
export function besidesCache(command: Command): Command {
  return command
    .option('--remote <address>', 'where results may be besides the cache')
    .option('--no-remote', 'only what is here counts');
}
