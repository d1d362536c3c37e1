import { onExperiment, type Declare } from '../program/declare.js';
import type { ShowOptions } from './show-run.js';

export const declareShow: Declare = (program, exit) => {
  onExperiment(
    program,
    'show',
    'show results: of all stages, of one, or the provenance of a number in the report',
    'fx show experiments/table2-frontal.yaml syn-front --sheet front.png',
  )
    .argument('[stage]', 'a stage, or one cell of its matrix')
    .option('--log', 'the whole log of the stage, also if it failed')
    .option('--cell <table/row/column>', 'where a number in the report comes from')
    .option('--sheet <file>', 'where to write the contact sheet, for kinds that have one (default: in the cache)')
    .option('--with <name=value...>', 'options of the contact sheet; `fx kinds KIND` lists them')
    .action(async (file: string, stage: string | undefined, options: ShowOptions) => {
      const { show } = await import('./show-run.js');
      exit(await show(file, stage, options));
    });
};
