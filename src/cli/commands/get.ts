import { onExperiment, type Declare } from '../program/declare.js';
import type { GetOptions } from './get-run.js';

export const declareGet: Declare = (program, exit) => {
  onExperiment(
    program,
    'get',
    'copy the files of a result out of the cache',
    'fx get experiments/table2-frontal.yaml "train[data=syn-front]" --to models/front',
  )
    .argument('<stage>', 'a stage, or one cell of its matrix')
    .argument('[file]', 'one file of it (default: all)')
    .option('--to <folder>', 'where to (default: a folder named as the stage)')
    .option('--force', 'replace what is there')
    .option('--link', 'hard links where copies would take room: the files are the cache’s own, do not write to them')
    .option('--as <form>', 'in another form that its kind can write; `fx kinds KIND` lists them')
    .action(async (file: string, stage: string, path: string | undefined, options: GetOptions) => {
      const { get } = await import('./get-run.js');
      exit(await get(file, stage, path, options));
    });
};
