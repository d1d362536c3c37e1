import { besidesCache, onExperiment, type Declare } from '../program/declare.js';
import type { ExportOptions } from './export-run.js';

export const declareExport: Declare = (program, exit) => {
  const command = onExperiment(
    program,
    'export',
    'write the experiment with its results as one file: a Workflow Run RO-Crate',
    'fx export experiments/table2-frontal.yaml\n  fx export experiments/table2-frontal.yaml --single --to appendix.yaml',
  )
    .option('--to <file>', 'where to (default: NAME.PROFILE.zip)')
    .option('--single', 'the YAML alone, with all that it extends: for an appendix')
    .option(
      '--artifacts <stage...>',
      'whose files go along: all, report (what it is made from), none, or these stages',
    );
  besidesCache(command).action(async (file: string, options: ExportOptions) => {
    const { exportExperiment } = await import('./export-run.js');
    exit(await exportExperiment(file, options));
  });
};
