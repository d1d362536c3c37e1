import type { Declare } from '../program/declare.js';
import type { ImportOptions } from './import-run.js';

export const declareImport: Declare = (program, exit) => {
  program
    .command('import')
    .description('check a bundle and unpack it into a working folder')
    .argument('<bundle>', 'the zip')
    .argument('[folder]', 'target folder (default: the bundle’s name)')
    .option('--cache <folder>', 'the cache for its results (default: one of its own, in the folder)')
    .option('--trust', 'allow its experiment to run commands and modules from now on')
    .option('--json', 'print JSON, for scripts')
    .addHelpText(
      'after',
      '\nExample:\n  fx import table2-frontal.mini.zip\n  fx run table2-frontal.mini/table2-frontal.yaml',
    )
    .action(async (file: string, folder: string | undefined, options: ImportOptions) => {
      const { importBundle } = await import('./import-run.js');
      exit(await importBundle(file, folder, options));
    });
};
