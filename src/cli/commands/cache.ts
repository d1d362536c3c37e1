import type { Command } from 'commander';
import type { Declare } from '../program/declare.js';
import { declareTransfer } from './cache-transfer.js';
import type { CacheOptions, GcOptions } from './cache-run.js';

export const declareCache: Declare = (program, exit) => {
  const cache = program.command('cache').description('manage the cache');
  const onCache = (name: string, says: string, example: string): Command =>
    cache
      .command(name)
      .description(says)
      .option('--cache <folder>', 'the cache folder (default: cache/ in the project)')
      .option('--json', 'print JSON, for scripts')
      .addHelpText('after', `\nExample:\n  ${example}`);
  onCache('ls', 'list its contents by stage', 'fx cache ls').action(async (options: CacheOptions) => {
    const { list } = await import('./cache-run.js');
    exit(list(options));
  });
  onCache('verify', 'hash every file; remove damaged ones', 'fx cache verify').action(async (options: CacheOptions) => {
    const { verify } = await import('./cache-run.js');
    exit(await verify(options));
  });
  onCache('unlock', 'release leases held by other processes, so that runs stop waiting for them', 'fx cache unlock')
    .argument('[key]', 'only the lease of this result')
    .action(async (key: string | undefined, options: CacheOptions) => {
      const { unlock } = await import('./cache-run.js');
      exit(unlock(key, options));
    });
  onCache('gc', 'remove old results, or those beyond a size', 'fx cache gc experiments/*.yaml --max-size "20 GiB"')
    .argument('[experiment...]', 'keep all results of these experiments, besides those that committed locks name')
    .option('-p, --profile <name>', 'the profile of these experiments')
    .option('--max-size <size>', 'the size to keep (default: 50 GiB)')
    .option('--max-age <duration>', 'the time since a result was last used (default: 90 d)')
    .option('--dry-run', 'show what would be done, and do nothing')
    .action(async (experiments: string[], options: GcOptions) => {
      const { gc } = await import('./cache-run.js');
      exit(await gc(experiments, options));
    });
  declareTransfer(cache, exit);
};
