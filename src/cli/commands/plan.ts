import { onExperiment, type Declare } from '../program/declare.js';
import type { ExperimentOptions } from '../program/options.js';

export const declarePlan: Declare = (program, exit) => {
  onExperiment(
    program,
    'plan',
    'show what a run would do, and why',
    'fx plan experiments/quickstart.yaml --set identities=20',
  ).action(async (file: string, options: ExperimentOptions) => {
    const { plan } = await import('./plan-run.js');
    exit(await plan(file, options));
  });
};
