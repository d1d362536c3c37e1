import { onExperiment, onPlace, type Declare } from '../program/declare.js';
import type { ExperimentOptions, PlaceOptions } from '../program/options.js';

export const declarePlan: Declare = (program, exit) => {
  onExperiment(
    program,
    'plan',
    'show what a run would do, and why',
    'fx plan experiments/quickstart.yaml --set identities=20',
  )
    .addOption(onPlace())
    .action(async (file: string, options: ExperimentOptions & PlaceOptions) => {
      const { plan } = await import('./plan-run.js');
      exit(await plan(file, options));
    });
};
