import { Argument } from 'commander';
import type { Declare } from '../program/declare.js';
import type { Shell } from './completion-run.js';

export const declareCompletion: Declare = (program, exit) => {
  program
    .command('completion')
    .description('print a shell completion script')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', '\nExample:\n  fx completion bash > ~/.local/share/bash-completion/completions/fx')
    .action(async (shell: Shell) => {
      const { completion } = await import('./completion-run.js');
      exit(completion(program, shell));
    });
};
