import type { Declare } from '../program/declare.js';
import type { KindsOptions } from './kinds-run.js';

export const declareKinds: Declare = (program, exit) => {
  program
    .command('kinds')
    .description('list the stage kinds, or describe one')
    .argument('[kind]', 'a kind, `./stages/mine.ts#name`, or `package#name`')
    .option(
      '--schemas <folder>',
      'write the JSON Schemas for editors into a folder, including the kinds of the project’s packages',
    )
    .option('--json', 'print the JSON Schema, for scripts')
    .addHelpText('after', '\nExample:\n  fx kinds learning/train')
    .action(async (kind: string | undefined, options: KindsOptions) => {
      const { kinds } = await import('./kinds-run.js');
      exit(await kinds(kind, options));
    });
};
