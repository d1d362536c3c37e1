import { besidesCache, onExperiment, type Declare } from '../program/declare.js';
import type { ExportOptions } from './export-run.js';

export const declareExport: Declare = (program, exit) => {
  const command = onExperiment(
    program,
    'export',
    'pack the experiment with its results into one file, a Workflow Run RO-Crate',
    'fx export experiments/table2-frontal.yaml\n  fx export experiments/table2-frontal.yaml --single --to appendix.yaml',
  )
    .option('--to <file>', 'where to (default: NAME.PROFILE.zip)')
    .option('--single', 'only the YAML, with all that it extends, for an appendix')
    .option(
      '--artifacts <stage...>',
      'whose files to include: all, report (what the report is made from), none, or these stages',
    );
  besidesCache(command).action(async (file: string, options: ExportOptions) => {
    const { exportExperiment } = await import('./export-run.js');
    exit(await exportExperiment(file, options));
  });
};
