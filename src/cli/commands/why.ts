import { onExperiment, type Declare } from '../program/declare.js';
import type { ExperimentOptions } from '../program/options.js';

export const declareWhy: Declare = (program, exit) => {
  onExperiment(
    program,
    'why',
    'explain why stages will run, or since when their results are known',
    'fx why experiments/table2-frontal.yaml "train[data=syn-front]"',
  )
    .argument('[stage...]', 'a stage, or one cell of its matrix (default: all that will run)')
    .action(async (file: string, stages: string[], options: ExperimentOptions) => {
      const { why } = await import('./why-run.js');
      exit(await why(file, stages, options));
    });
};
