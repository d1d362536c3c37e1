import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import type { CacheOptions, GcOptions } from './commands/cache.js';
import type { Shell } from './commands/completion.js';
import type { GetOptions } from './commands/get.js';
import type { GraphOptions } from './commands/graph.js';
import type { ListOptions } from './commands/list.js';
import type { UiOptions } from './commands/ui.js';
import type { ShowOptions } from './commands/show.js';

/** Declares a command that works on an experiment file. */
type OnExperiment = (program: Command, name: string, says: string, example: string) => Command;

/** Declares the commands that look at what there is: graphs, results, the cache, stage kinds, the machine. */
export function describeInspecting(program: Command, onExperiment: OnExperiment, exit: (code: number) => void): void {
  onExperiment(
    program,
    'graph',
    'draw the stages and what they read',
    'fx graph experiments/table2-frontal.yaml --format svg',
  )
    .addOption(new Option('-f, --format <format>', 'how').choices(['text', 'mermaid', 'dot', 'svg']).default('text'))
    .option('--cells', 'each cell of a matrix by itself')
    .action(async (file: string, options: GraphOptions) => {
      const { graph } = await import('./commands/graph.js');
      exit(await graph(file, options));
    });
  onExperiment(
    program,
    'show',
    'show results: of all stages, of one, or what led to a number of the report',
    'fx show experiments/table2-frontal.yaml syn-front --sheet front.png',
  )
    .argument('[stage]', 'a stage, or one cell of its matrix')
    .option('--log', 'the whole log of the stage, also where it failed')
    .option('--cell <table/row/column>', 'where a number of the report comes from')
    .option('--sheet <file>', 'where to write the picture of a result whose kind draws one (default: in the cache)')
    .option('--with <name=value...>', 'options of that picture; `fx kinds KIND` lists them')
    .action(async (file: string, stage: string | undefined, options: ShowOptions) => {
      const { show } = await import('./commands/show.js');
      exit(await show(file, stage, options));
    });
  onExperiment(
    program,
    'get',
    'copy the files of a result out of the cache',
    'fx get experiments/table2-frontal.yaml "train[data=syn-front]" --to models/front',
  )
    .argument('<stage>', 'a stage, or one cell of its matrix')
    .argument('[file]', 'one file of it (default: all)')
    .option('--to <folder>', 'where to (default: a folder named as the stage)')
    .option('--force', 'replace what is there')
    .option('--link', 'hard links where copies would take room: the files are the cache’s own, do not write to them')
    .option('--as <form>', 'in another form that its kind can write; `fx kinds KIND` lists them')
    .action(async (file: string, stage: string, path: string | undefined, options: GetOptions) => {
      const { get } = await import('./commands/get.js');
      exit(await get(file, stage, path, options));
    });
  describeCache(program, exit);
  program
    .command('kinds')
    .description('list the stage kinds, or tell all about one')
    .argument('[kind]', 'a kind, or `./stages/mine.ts#name`')
    .option('--json', 'for scripts: the JSON Schema on standard output')
    .addHelpText('after', '\nExample:\n  fx kinds learning/train')
    .action(async (kind: string | undefined, options: { json?: boolean }) => {
      const { kinds } = await import('./commands/kinds.js');
      exit(await kinds(kind, options));
    });
  program
    .command('init')
    .description('make an experiment that runs, with a stage kind of your own')
    .argument('[folder]', 'where', '.')
    .addHelpText('after', '\nExample:\n  fx init my-study && cd my-study && fx run experiment.yaml')
    .action(async (folder: string) => {
      const { init } = await import('./commands/init.js');
      exit(init(folder));
    });
  program
    .command('list')
    .description('list the runs of this project, the latest first')
    .addOption(new Option('-n, --last <n>', 'how many').default(20).argParser(count))
    .option('--json', 'for scripts: JSON on standard output')
    .addHelpText('after', '\nExample:\n  fx list --last 5')
    .action(async (options: ListOptions) => {
      const { list } = await import('./commands/list.js');
      exit(list(options));
    });
  program
    .command('ui')
    .description('open a page on this machine: runs as they go, reports, and what changed between two')
    .argument('[experiment]', 'a YAML file: begin with its runs')
    .addOption(new Option('--port <n>', 'the port of loopback (default: one that is free)').argParser(count))
    .option('--export <folder>', 'write the same pages as files that need no server')
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--json', 'for scripts: the address as JSON on standard output')
    .addHelpText('after', '\nExample:\n  fx ui experiments/quickstart.yaml')
    .action(async (file: string | undefined, options: UiOptions) => {
      const { ui } = await import('./commands/ui.js');
      exit(await ui(file, options));
    });
  program
    .command('completion')
    .description('write a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', '\nExample:\n  fx completion bash > ~/.local/share/bash-completion/completions/fx')
    .action(async (shell: Shell) => {
      const { completion } = await import('./commands/completion.js');
      exit(completion(program, shell));
    });
  program
    .command('doctor')
    .description('check the machine: versions, room, optional packages, engines')
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--json', 'for scripts: JSON on standard output')
    .addOption(new Option('--on <place>', 'a cluster that stages are to run on').choices(['slurm']))
    .addHelpText('after', '\nExample:\n  fx doctor')
    .action(async (options: CacheOptions & { readonly on?: 'slurm' }) => {
      const { doctor } = await import('./commands/doctor.js');
      exit(await doctor(options));
    });
}

function describeCache(program: Command, exit: (code: number) => void): void {
  const cache = program.command('cache').description('look after the cache');
  const onCache = (name: string, says: string, example: string): Command =>
    cache
      .command(name)
      .description(says)
      .option('--cache <folder>', 'where it is (default: cache/ in the project)')
      .option('--json', 'for scripts: JSON on standard output')
      .addHelpText('after', `\nExample:\n  ${example}`);
  onCache('ls', 'list what it holds, by stage', 'fx cache ls').action(async (options: CacheOptions) => {
    const { list } = await import('./commands/cache.js');
    exit(list(options));
  });
  onCache('verify', 'read and hash everything; remove what is damaged', 'fx cache verify').action(
    async (options: CacheOptions) => {
      const { verify } = await import('./commands/cache.js');
      exit(await verify(options));
    },
  );
  onCache('unlock', 'end the leases of others on work, so that nothing waits for them', 'fx cache unlock')
    .argument('[key]', 'of this result alone')
    .action(async (key: string | undefined, options: CacheOptions) => {
      const { unlock } = await import('./commands/cache.js');
      exit(unlock(key, options));
    });
  onCache('gc', 'remove what was unused for long, or is too much', 'fx cache gc experiments/*.yaml --max-size "20 GiB"')
    .argument('[experiment...]', 'keep all results of these, besides those that committed locks name')
    .option('-p, --profile <name>', 'the profile of these experiments')
    .option('--max-size <size>', 'of all blobs (default: 50 GiB)')
    .option('--max-age <duration>', 'since a result was last used (default: 90 d)')
    .option('--dry-run', 'say what would be done')
    .action(async (experiments: string[], options: GcOptions) => {
      const { gc } = await import('./commands/cache.js');
      exit(await gc(experiments, options));
    });
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
