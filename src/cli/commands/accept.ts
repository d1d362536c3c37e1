import { Option } from 'commander';
import { besidesCache, onExperiment, type Declare } from '../program/declare.js';
import { seed, wholeNumber } from '../program/numbers.js';
import type { AcceptOptions } from './accept-run.js';

export const declareAccept: Declare = (program, exit) => {
  const command = onExperiment(
    program,
    'accept',
    'carry results of the old code over to the current code, after recomputing a sample',
    'fx accept experiments/table2-frontal.yaml --because "renamed a function" --audit 5%',
  )
    .argument('[stage...]', 'only these stages (default: all that would rerun for their code alone)')
    .requiredOption('--because <reason>', 'why the results are still right; recorded in the lock and the report')
    .option('--audit [share]', 'the share of each stage kind’s parts to recompute, at least one (default: 5%)')
    .addOption(new Option('--seed <n>', 'the seed of the sample (default: random, and printed)').argParser(seed))
    .addOption(new Option('--cores <n>', 'cores to use (default: all)').argParser(wholeNumber));
  besidesCache(command).action(async (file: string, stages: string[], options: AcceptOptions) => {
    const { acceptResults } = await import('./accept-run.js');
    exit(await acceptResults(file, stages, options));
  });
};
