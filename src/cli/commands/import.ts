import type { Declare } from '../program/declare.js';
import type { ImportOptions } from './import-run.js';

export const declareImport: Declare = (program, exit) => {
  program
    .command('import')
    .description('unpack a bundle of fx export into a folder to work in, checking all that it holds')
    .argument('<bundle>', 'the zip')
    .argument('[folder]', 'where to (default: the name of the bundle)')
    .option('--cache <folder>', 'where its results go (default: apart, in the folder)')
    .option('--trust', 'let its experiment run commands and modules from now on')
    .option('--json', 'for scripts: JSON on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  fx import table2-frontal.mini.zip\n  fx run table2-frontal.mini/table2-frontal.yaml',
    )
    .action(async (file: string, folder: string | undefined, options: ImportOptions) => {
      const { importBundle } = await import('./import-run.js');
      exit(await importBundle(file, folder, options));
    });
};
