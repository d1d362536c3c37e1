import { onExperiment, type Declare } from '../program/declare.js';
import { Option } from 'commander';
import { wholeNumber } from '../program/numbers.js';
import type { RunOptions } from './run-run.js';

/** Its options are options of `fx run`, by the same names: they are handed on as they were written. */
export const declareWatch: Declare = (program, exit) => {
  onExperiment(
    program,
    'watch',
    'run the experiment again whenever one of its files is saved, until Ctrl-C',
    'fx watch experiments/quickstart.yaml',
  )
    .option('--only <stage...>', 'run only these stages and what they need')
    .option('--keep-going', 'after a failure, run what does not depend on it')
    .addOption(new Option('--cores <n>', 'cores to use (default: all)').argParser(wholeNumber))
    .option('--no-report', 'do not write the report')
    .option('--no-lock', 'do not write the lock')
    .action(async (file: string, options: RunOptions) => {
      const { watch } = await import('./watch-run.js');
      exit(await watch(file, options));
    });
};
