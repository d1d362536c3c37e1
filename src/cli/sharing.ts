import type { Command } from 'commander';
import type { VerifyOptions } from './commands/verify.js';

/** Declares a command that works on an experiment file. */
type OnExperiment = (program: Command, name: string, says: string, example: string) => Command;

/** Declares the commands that share results and check those of others. */
export function describeSharing(program: Command, onExperiment: OnExperiment, exit: (code: number) => void): void {
  onExperiment(
    program,
    'verify',
    'say whether experiment, code, lock, results and report agree',
    'fx verify experiments/table2-frontal.yaml --frozen',
  )
    .option('--frozen', 'execute nothing and read no data: work the keys out from the lock (the default)')
    .option('--no-report', 'leave the report out')
    .action(async (file: string, options: VerifyOptions) => {
      const { verify } = await import('./commands/verify.js');
      exit(await verify(file, options));
    });
}
