import type { Command } from 'commander';
import type { Declare } from '../program/declare.js';
import { declareTransfer } from './cache-transfer.js';
import type { CacheOptions, GcOptions } from './cache-run.js';

export const declareCache: Declare = (program, exit) => {
  const cache = program.command('cache').description('look after the cache');
  const onCache = (name: string, says: string, example: string): Command =>
    cache
      .command(name)
      .description(says)
      .option('--cache <folder>', 'where it is (default: cache/ in the project)')
      .option('--json', 'for scripts: JSON on standard output')
      .addHelpText('after', `\nExample:\n  ${example}`);
  onCache('ls', 'list what it holds, by stage', 'fx cache ls').action(async (options: CacheOptions) => {
    const { list } = await import('./cache-run.js');
    exit(list(options));
  });
  onCache('verify', 'read and hash everything; remove what is damaged', 'fx cache verify').action(
    async (options: CacheOptions) => {
      const { verify } = await import('./cache-run.js');
      exit(await verify(options));
    },
  );
  onCache('unlock', 'end the leases of others on work, so that nothing waits for them', 'fx cache unlock')
    .argument('[key]', 'of this result alone')
    .action(async (key: string | undefined, options: CacheOptions) => {
      const { unlock } = await import('./cache-run.js');
      exit(unlock(key, options));
    });
  onCache('gc', 'remove what was unused for long, or is too much', 'fx cache gc experiments/*.yaml --max-size "20 GiB"')
    .argument('[experiment...]', 'keep all results of these, besides those that committed locks name')
    .option('-p, --profile <name>', 'the profile of these experiments')
    .option('--max-size <size>', 'of all blobs (default: 50 GiB)')
    .option('--max-age <duration>', 'since a result was last used (default: 90 d)')
    .option('--dry-run', 'say what would be done')
    .action(async (experiments: string[], options: GcOptions) => {
      const { gc } = await import('./cache-run.js');
      exit(await gc(experiments, options));
    });
  declareTransfer(cache, exit);
};
