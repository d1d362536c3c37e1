import { Option } from 'commander';
import type { Declare } from '../program/declare.js';
import { wholeNumber } from '../program/numbers.js';
import type { ListOptions } from './list-run.js';

export const declareList: Declare = (program, exit) => {
  program
    .command('list')
    .description('list this project’s runs, latest first')
    .addOption(new Option('-n, --last <n>', 'how many').default(20).argParser(wholeNumber))
    .option('--json', 'print JSON, for scripts')
    .addHelpText('after', '\nExample:\n  fx list --last 5')
    .action(async (options: ListOptions) => {
      const { list } = await import('./list-run.js');
      exit(list(options));
    });
};
