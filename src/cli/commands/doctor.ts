import { Option } from 'commander';
import type { Declare } from '../program/declare.js';
import type { DoctorOptions } from './doctor-run.js';

export const declareDoctor: Declare = (program, exit) => {
  program
    .command('doctor')
    .description('check the machine: versions, room, optional packages, engines')
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--json', 'for scripts: JSON on standard output')
    .addOption(new Option('--on <place>', 'a cluster that stages are to run on').choices(['slurm']))
    .addHelpText('after', '\nExample:\n  fx doctor')
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor-run.js');
      exit(await doctor(options));
    });
};
