import { Option } from 'commander';
import { besidesCache, onExperiment, type Declare } from '../program/declare.js';
import { seed, wholeNumber } from '../program/numbers.js';
import type { VerifyOptions } from './verify-run.js';

export const declareVerify: Declare = (program, exit) => {
  const command = onExperiment(
    program,
    'verify',
    'say whether experiment, code, lock, results and report agree; with --audit, make a sample again',
    'fx verify experiments/table2-frontal.yaml --frozen\n  fx verify experiments/table2-frontal.yaml --audit 5%',
  )
    .addOption(
      new Option(
        '--frozen',
        'execute nothing and read no data: work the keys out from the lock (the default)',
      ).conflicts(['audit', 'metrics']),
    )
    .option('--audit [share]', 'make this share of the parts again and compare every bit (default: 5%)')
    .option('--metrics', 'make inexact stages again, too: their numbers must be within their intervals')
    .addOption(new Option('--seed <n>', 'of the sample (default: chosen anew, and told)').argParser(seed))
    .addOption(new Option('--cores <n>', 'cores to use for an audit (default: all)').argParser(wholeNumber))
    .option('--no-report', 'leave the report out');
  besidesCache(command).action(async (file: string, options: VerifyOptions) => {
    const { verify } = await import('./verify-run.js');
    exit(await verify(file, options));
  });
};
