import type { Declare } from '../program/declare.js';
import type { AttachOptions } from './attach-run.js';

export const declareAttach: Declare = (program, exit) => {
  program
    .command('attach')
    .description(
      'show a run as it goes: one that was detached, or is in another terminal, on any machine that shares the project',
    )
    .argument('[experiment]', 'the YAML file (default: whatever ran last in this project)')
    .option('--run <id>', 'this run, by the name of its folder in .fx/runs')
    .option('--stop', 'have it stop as at Ctrl-C: its jobs are cancelled, what is finished is kept')
    .option('--json', 'for scripts: its events as JSON, one a line')
    .addHelpText('after', '\nExample:\n  fx attach experiments/table2-frontal.yaml')
    .action(async (file: string | undefined, options: AttachOptions) => {
      const { attach } = await import('./attach-run.js');
      exit(await attach(file, options));
    });
};
