import { onExperiment, type Declare } from '../program/declare.js';
import type { ExperimentOptions } from '../program/options.js';

export const declareReport: Declare = (program, exit) => {
  onExperiment(
    program,
    'report',
    'rebuild the report from known results; runs nothing',
    'fx report experiments/table2-frontal.yaml',
  ).action(async (file: string, options: ExperimentOptions) => {
    const { report } = await import('./report-run.js');
    exit(await report(file, options));
  });
};
