import { Option } from 'commander';
import type { Declare } from '../program/declare.js';
import { wholeNumber } from '../program/numbers.js';
import type { UiOptions } from './ui-run.js';

export const declareUi: Declare = (program, exit) => {
  program
    .command('ui')
    .description('open a local web page: runs in progress, reports, and comparisons')
    .argument('[experiment]', 'a YAML file whose runs to show first')
    .addOption(new Option('--port <n>', 'the port on loopback (default: a free one)').argParser(wholeNumber))
    .option('--export <folder>', 'write the same pages as static files')
    .option('--cache <folder>', 'the cache folder (default: cache/ in the project)')
    .option('--json', 'print the address as JSON, for scripts')
    .addHelpText('after', '\nExample:\n  fx ui experiments/quickstart.yaml')
    .action(async (file: string | undefined, options: UiOptions) => {
      const { ui } = await import('./ui-run.js');
      exit(await ui(file, options));
    });
};
