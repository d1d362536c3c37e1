import type { Command } from 'commander';
import type { TransferOptions } from './commands/cache-transfer.js';
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
    .option('--remote <address>', 'where results may be besides the cache')
    .option('--no-remote', 'only what is here counts')
    .action(async (file: string, options: VerifyOptions) => {
      const { verify } = await import('./commands/verify.js');
      exit(await verify(file, options));
    });

  const cache = program.commands.find((command) => command.name() === 'cache') ?? program.command('cache');
  if (cache.description() === '') cache.description('share results');
  transferring(cache, 'push', '[experiment]', 'send results to the remote: those of the experiment, or all').action(
    async (file: string | undefined, options: TransferOptions) => {
      const { push } = await import('./commands/cache-transfer.js');
      exit(await push(file, options));
    },
  );
  transferring(cache, 'pull', '<experiment>', 'fetch the results of an experiment from the remote').action(
    async (file: string, options: TransferOptions) => {
      const { pull } = await import('./commands/cache-transfer.js');
      exit(await pull(file, options));
    },
  );
  cache
    .command('key')
    .description('make a key to sign results with; prints its public part')
    .argument('<file>', 'where the private key is written')
    .addHelpText('after', '\nExample:\n  fx cache key ~/.config/fx/signing.pem')
    .action(async (file: string) => {
      const { key } = await import('./commands/cache-transfer.js');
      exit(key(file));
    });
}

function transferring(cache: Command, name: string, argument: string, says: string): Command {
  return cache
    .command(name)
    .description(says)
    .argument(argument, 'the YAML file: its lock names the results')
    .option('-p, --profile <name>', 'the profile to use (default: mini)')
    .option('--remote <address>', 'a folder, http(s)://... or s3://bucket/prefix (default: FX_REMOTE)')
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--json', 'for scripts: JSON on standard output')
    .addHelpText(
      'after',
      `\nExample:\n  fx cache ${name} experiments/quickstart.yaml --remote https://cache.example.org/fx`,
    );
}
