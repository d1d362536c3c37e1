import type { Command } from 'commander';
import type { Declare } from '../program/declare.js';
import type { TransferOptions } from './cache-transfer-run.js';

/** What of `fx cache` speaks with a remote. */
export const declareTransfer: Declare = (cache, exit) => {
  transferring(cache, 'push', '[experiment]', 'send results to the remote: those of an experiment, or all').action(
    async (file: string | undefined, options: TransferOptions) => {
      const { push } = await import('./cache-transfer-run.js');
      exit(await push(file, options));
    },
  );
  transferring(cache, 'pull', '<experiment>', 'fetch an experiment’s results from the remote').action(
    async (file: string, options: TransferOptions) => {
      const { pull } = await import('./cache-transfer-run.js');
      exit(await pull(file, options));
    },
  );
  cache
    .command('key')
    .description('make a key for signing results; prints the public key')
    .argument('<file>', 'the file to write the private key to')
    .addHelpText('after', '\nExample:\n  fx cache key ~/.config/fx/signing.pem')
    .action(async (file: string) => {
      const { key } = await import('./cache-transfer-run.js');
      exit(key(file));
    });
};

function transferring(cache: Command, name: string, argument: string, says: string): Command {
  return cache
    .command(name)
    .description(says)
    .argument(argument, 'the YAML file, whose lock names the results')
    .option('-p, --profile <name>', 'the profile to use (default: the experiment’s own, or mini)')
    .option('--remote <address>', 'a folder, http(s)://... or s3://bucket/prefix (default: FX_REMOTE)')
    .option('--cache <folder>', 'the cache folder (default: cache/ in the project)')
    .option('--json', 'print JSON, for scripts')
    .addHelpText(
      'after',
      `\nExample:\n  fx cache ${name} experiments/quickstart.yaml --remote https://cache.example.org/fx`,
    );
}
