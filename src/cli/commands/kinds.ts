import type { Declare } from '../program/declare.js';
import type { KindsOptions } from './kinds-run.js';

export const declareKinds: Declare = (program, exit) => {
  program
    .command('kinds')
    .description('list the stage kinds, or tell all about one')
    .argument('[kind]', 'a kind, or `./stages/mine.ts#name`')
    .option('--json', 'for scripts: the JSON Schema on standard output')
    .addHelpText('after', '\nExample:\n  fx kinds learning/train')
    .action(async (kind: string | undefined, options: KindsOptions) => {
      const { kinds } = await import('./kinds-run.js');
      exit(await kinds(kind, options));
    });
};
