import { onExperiment, onPlace, type Declare } from '../program/declare.js';
import type { ExperimentOptions, PlaceOptions } from '../program/options.js';

export const declareCheck: Declare = (program, exit) => {
  onExperiment(program, 'check', 'validate without running', 'fx check experiments/quickstart.yaml')
    .addOption(onPlace())
    .action(async (file: string, options: ExperimentOptions & PlaceOptions) => {
      const { check } = await import('./check-run.js');
      exit(await check(file, options));
    });
};
