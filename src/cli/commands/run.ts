import { Option, type Command } from 'commander';
import { onExperiment, onPlace, type Declare } from '../program/declare.js';
import { gpuCount, seconds, wholeNumber } from '../program/numbers.js';
import type { RunOptions } from './run-run.js';

export const declareRun: Declare = (program, exit) => {
  onExperiment(
    program,
    'run',
    'run the stages whose results are not known, and write the report',
    'fx run experiments/table2-frontal.yaml',
  )
    .option('--only <stage...>', 'run only these stages, and what they need')
    .option('--from <stage...>', 'rerun these stages and everything downstream')
    .option('--force', 'rerun everything')
    .option('--keep-going', 'after a failure, go on with stages that do not depend on it')
    .addOption(new Option('--cores <n>', 'cores to use (default: all)').argParser(wholeNumber))
    .addOption(new Option('--gpus <n>', 'GPUs to use (default: all that are found)').env('FX_GPUS').argParser(gpuCount))
    .addOption(onPlace())
    .addOption(new Option('--jobs <n>', 'concurrent jobs on the cluster (default: 64)').argParser(wholeNumber))
    .addOption(
      new Option('--detach', 'leave the run going, whatever becomes of the terminal; fx attach shows it').conflicts([
        'until',
        'json',
      ]),
    )
    .addOption(new Option('--until <end>', 'add a replicate a round until every claim is decided').choices(['decided']))
    .addOption(
      new Option(
        '--at-most <time>',
        'with --until: start no round that would end later than this (90s, 15m, 2h)',
      ).argParser(seconds),
    )
    .option('--no-report', 'do not write the report')
    .option('--no-lock', 'do not write the lock')
    .option('--remote <address>', 'a remote cache: a folder, http(s)://..., or s3://bucket/prefix')
    .option('--no-remote', 'use no remote cache, whatever the settings say')
    .action(async (file: string, options: RunOptions, command: Command) => {
      for (const [flag, given, needed, isThere] of [
        ['--jobs', options.jobs, '--on', options.on !== undefined],
        ['--at-most', options.atMost, '--until', options.until !== undefined],
      ] as const)
        if (given !== undefined && !isThere) command.error(`error: ${flag} has no effect without ${needed}`);
      if (options.detach === true) {
        const { detach } = await import('./run-detach.js');
        exit(await detach(file));
        return;
      }
      if (options.until === undefined) {
        const { run } = await import('./run-run.js');
        exit(await run(file, options));
        return;
      }
      const { runUntilDecided } = await import('./run-until-decided.js');
      exit(await runUntilDecided(file, options));
    });
};
