import type { Declare } from '../program/declare.js';

export const declareInit: Declare = (program, exit) => {
  program
    .command('init')
    .description('create a small experiment that runs')
    .argument('[folder]', 'where to create it', '.')
    .addHelpText('after', '\nExample:\n  fx init my-study && cd my-study && fx run experiment.yaml')
    .action(async (folder: string) => {
      const { init } = await import('./init-run.js');
      exit(init(folder));
    });
};
