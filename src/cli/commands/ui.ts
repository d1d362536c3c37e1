import { Option } from 'commander';
import type { Declare } from '../program/declare.js';
import { wholeNumber } from '../program/numbers.js';
import type { UiOptions } from './ui-run.js';

export const declareUi: Declare = (program, exit) => {
  program
    .command('ui')
    .description('open a page on this machine: runs as they go, reports, and what changed between two')
    .argument('[experiment]', 'a YAML file: begin with its runs')
    .addOption(new Option('--port <n>', 'the port of loopback (default: one that is free)').argParser(wholeNumber))
    .option('--export <folder>', 'write the same pages as files that need no server')
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--json', 'for scripts: the address as JSON on standard output')
    .addHelpText('after', '\nExample:\n  fx ui experiments/quickstart.yaml')
    .action(async (file: string | undefined, options: UiOptions) => {
      const { ui } = await import('./ui-run.js');
      exit(await ui(file, options));
    });
};
