import { onExperiment, type Declare } from '../program/declare.js';
import type { GetOptions } from './get-run.js';

export const declareGet: Declare = (program, exit) => {
  onExperiment(
    program,
    'get',
    'copy a result’s files out of the cache',
    'fx get experiments/table2-frontal.yaml "train[data=syn-front]" --to models/front',
  )
    .argument('<stage>', 'a stage, or one cell of its matrix')
    .argument('[file]', 'a single file (default: all)')
    .option('--to <folder>', 'target folder (default: the stage’s name)')
    .option('--force', 'overwrite the target')
    .option('--link', 'make hard links instead of copies: these are the cache’s own files, do not write to them')
    .option('--as <form>', 'export in another format; `fx kinds KIND` lists them')
    .action(async (file: string, stage: string, path: string | undefined, options: GetOptions) => {
      const { get } = await import('./get-run.js');
      exit(await get(file, stage, path, options));
    });
};
