import { Option } from 'commander';
import type { Declare } from '../program/declare.js';
import type { DoctorOptions } from './doctor-run.js';

export const declareDoctor: Declare = (program, exit) => {
  program
    .command('doctor')
    .description('check this machine: versions, disk space, optional packages, engines')
    .option('--cache <folder>', 'the cache folder (default: cache/ in the project)')
    .option('--json', 'print JSON, for scripts')
    .addOption(new Option('--on <place>', 'also check a cluster').choices(['slurm']))
    .addHelpText('after', '\nExample:\n  fx doctor')
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor-run.js');
      exit(await doctor(options));
    });
};
