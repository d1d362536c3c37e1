import { Option } from 'commander';
import { besidesCache, onExperiment, type Declare } from '../program/declare.js';
import { seed, wholeNumber } from '../program/numbers.js';
import type { VerifyOptions } from './verify-run.js';

export const declareVerify: Declare = (program, exit) => {
  const command = onExperiment(
    program,
    'verify',
    'check that experiment, code, lock, results and report agree; with --audit, recompute a sample',
    'fx verify experiments/table2-frontal.yaml --frozen\n  fx verify experiments/table2-frontal.yaml --audit 5%',
  )
    .addOption(
      new Option('--frozen', 'run nothing and read no data: derive the keys from the lock (the default)').conflicts([
        'audit',
        'metrics',
      ]),
    )
    .option('--audit [share]', 'recompute this share of the parts and compare every bit (default: 5%)')
    .option('--metrics', 'also recompute inexact stages: their numbers must lie within their intervals')
    .addOption(new Option('--seed <n>', 'the seed of the sample (default: random, and printed)').argParser(seed))
    .addOption(new Option('--cores <n>', 'cores to use for an audit (default: all)').argParser(wholeNumber))
    .option('--no-report', 'do not check the report');
  besidesCache(command).action(async (file: string, options: VerifyOptions) => {
    const { verify } = await import('./verify-run.js');
    exit(await verify(file, options));
  });
};
