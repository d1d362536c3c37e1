import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AcceptOptions } from './commands/accept.js';
import type { TransferOptions } from './commands/cache-transfer.js';
import type { ExportOptions } from './commands/export.js';
import type { ImportOptions } from './commands/import.js';
import type { VerifyOptions } from './commands/verify.js';

/** Declares a command that works on an experiment file. */
type OnExperiment = (program: Command, name: string, says: string, example: string) => Command;

/** Declares the commands that share results and check those of others. */
export function describeSharing(program: Command, onExperiment: OnExperiment, exit: (code: number) => void): void {
  onExperiment(
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
    .addOption(new Option('--cores <n>', 'cores to use for an audit (default: all)').argParser(cores))
    .option('--no-report', 'leave the report out')
    .option('--remote <address>', 'where results may be besides the cache')
    .option('--no-remote', 'only what is here counts')
    .action(async (file: string, options: VerifyOptions) => {
      const { verify } = await import('./commands/verify.js');
      exit(await verify(file, options));
    });

  onExperiment(
    program,
    'accept',
    'carry results of the old code over to the current code, after recomputing a sample',
    'fx accept experiments/table2-frontal.yaml --because "renamed a function" --audit 5%',
  )
    .argument('[stage...]', 'these stages alone (default: all that only their code keeps from being known)')
    .requiredOption('--because <reason>', 'why the results are still right: lock and report tell it')
    .option('--audit [share]', 'of the parts of each stage kind, at least one (default: 5%)')
    .addOption(new Option('--seed <n>', 'of the sample (default: chosen anew, and told)').argParser(seed))
    .addOption(new Option('--cores <n>', 'cores to use (default: all)').argParser(cores))
    .option('--remote <address>', 'where results may be besides the cache')
    .option('--no-remote', 'only what is here counts')
    .action(async (file: string, stages: string[], options: AcceptOptions) => {
      const { acceptResults } = await import('./commands/accept.js');
      exit(await acceptResults(file, stages, options));
    });
  onExperiment(
    program,
    'export',
    'write the experiment with its results as one file: a Workflow Run RO-Crate',
    'fx export experiments/table2-frontal.yaml\n  fx export experiments/table2-frontal.yaml --single --to appendix.yaml',
  )
    .option('--to <file>', 'where to (default: NAME.PROFILE.zip)')
    .option('--single', 'the YAML alone, with all that it extends: for an appendix')
    .option('--artifacts <stage...>', 'whose files go along: all, report (what it is made from), none, or these stages')
    .option('--remote <address>', 'where results may be besides the cache')
    .option('--no-remote', 'only what is here counts')
    .action(async (file: string, options: ExportOptions) => {
      const { exportExperiment } = await import('./commands/export.js');
      exit(await exportExperiment(file, options));
    });
  program
    .command('import')
    .description('unpack a bundle of fx export into a folder to work in, checking all that it holds')
    .argument('<bundle>', 'the zip')
    .argument('[folder]', 'where to (default: the name of the bundle)')
    .option('--cache <folder>', 'where its results go (default: apart, in the folder)')
    .option('--trust', 'let its experiment run commands and modules from now on')
    .option('--json', 'for scripts: JSON on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  fx import table2-frontal.mini.zip\n  fx run table2-frontal.mini/table2-frontal.yaml',
    )
    .action(async (file: string, folder: string | undefined, options: ImportOptions) => {
      const { importBundle } = await import('./commands/import.js');
      exit(await importBundle(file, folder, options));
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

function seed(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a whole number.');
}

function cores(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

function transferring(cache: Command, name: string, argument: string, says: string): Command {
  return cache
    .command(name)
    .description(says)
    .argument(argument, 'the YAML file: its lock names the results')
    .option('-p, --profile <name>', 'the profile to use (default: the experiment’s own choice, else mini)')
    .option('--remote <address>', 'a folder, http(s)://... or s3://bucket/prefix (default: FX_REMOTE)')
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--json', 'for scripts: JSON on standard output')
    .addHelpText(
      'after',
      `\nExample:\n  fx cache ${name} experiments/quickstart.yaml --remote https://cache.example.org/fx`,
    );
}
