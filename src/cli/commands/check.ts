import { onExperiment, type Declare } from '../program/declare.js';
import type { ExperimentOptions } from '../program/options.js';

export const declareCheck: Declare = (program, exit) => {
  onExperiment(program, 'check', 'validate without running', 'fx check experiments/quickstart.yaml').action(
    async (file: string, options: ExperimentOptions) => {
      const { check } = await import('./check-run.js');
      exit(await check(file, options));
    },
  );
};
