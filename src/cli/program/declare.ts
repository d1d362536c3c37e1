import type { Command } from 'commander';
import { Option } from 'commander';

/** Declares one command; `exit` receives what its work gives back. */
export type Declare = (program: Command, exit: (code: number) => void) => void;

/** A command on an experiment file, with what they all understand. */
export function onExperiment(program: Command, name: string, says: string, example: string): Command {
  return program
    .command(name)
    .description(says)
    .argument('<experiment>', 'the YAML file, or a bundle made by fx export')
    .option('-p, --profile <name>', 'the profile to use (default: the experiment’s own, or mini)')
    .addOption(
      new Option('-s, --set <name=value>', 'set a parameter; repeatable').argParser(
        (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
      ),
    )
    .option('--cache <folder>', 'the cache folder (default: cache/ in the project)')
    .option('--trust', 'allow an experiment from a bundle to run its commands and modules')
    .option('--json', 'print JSON, for scripts')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

/** What a command takes for which it makes a difference where stages run. */
export function onPlace(): Option {
  return new Option('--on <place>', 'where stages run: on this machine or a cluster').choices(['slurm']);
}

/** What a command that only looks for results takes. */
export function besidesCache(command: Command): Command {
  return command
    .option('--remote <address>', 'a remote cache to look in as well')
    .option('--no-remote', 'use no remote cache');
}
