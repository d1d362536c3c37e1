import { CommanderError, InvalidArgumentError, Option, type Command } from 'commander';
import { EXIT } from './program/exit.js';
import type { AttachOptions } from './commands/attach.js';
import { describeInspecting } from './inspecting.js';
import type { ExperimentOptions } from './program/options.js';
import { describeReporting } from './report/describe.js';
import { describeSharing } from './sharing.js';
import { openTerminal } from './terminal/terminal.js';
import { version } from './program/version.js';

/** Declares the commands; `exit` receives what the one that ran gives back. */
export function describeCommands(program: Command, exit: (code: number) => void): void {
  const terminal = openTerminal();
  program
    .description('Runs a paper as a program: experiments in YAML, cached by content, reported as tables.')
    .option('-V, --version', 'print the version')
    .on('option:version', () => {
      terminal.say(version());
      throw new CommanderError(EXIT.done, 'commander.version', '');
    })
    .exitOverride()
    // A word of the command line may come from anywhere, as the name of a file does.
    .configureOutput({
      writeOut: (text) => terminal.say(text.replace(/\n$/, '').split('\n')),
      writeErr: (text) => terminal.note(text.replace(/\n$/, '').split('\n')),
    })
    // The whole of the help would push the error off the screen.
    .showHelpAfterError('  = help: fx --help and fx <command> --help tell more')
    .enablePositionalOptions();

  onExperiment(
    program,
    'run',
    'run what is not known yet, and write the report',
    'fx run experiments/table2-frontal.yaml',
  )
    .option('--only <stage...>', 'run these stages alone, with what they need')
    .option('--from <stage...>', 'rerun these stages and everything downstream')
    .option('--force', 'rerun everything')
    .option('--keep-going', 'after a failure, run what does not depend on it')
    .addOption(new Option('--cores <n>', 'cores to use (default: all)').argParser(wholeNumber))
    .addOption(
      new Option('--gpus <n>', 'GPUs to use (default: FX_GPUS, else those that are found)').argParser(gpuCount),
    )
    .addOption(new Option('--on <place>', 'where stages run: this machine, or a cluster').choices(['slurm']))
    .addOption(new Option('--jobs <n>', 'jobs on the cluster at a time (default: 64)').argParser(wholeNumber))
    .addOption(
      new Option('--detach', 'leave the run going, whatever becomes of the terminal; fx attach shows it').conflicts([
        'until',
        'json',
      ]),
    )
    .addOption(new Option('--until <end>', 'add a replicate a round until every claim is decided').choices(['decided']))
    .addOption(
      new Option('--at-most <time>', 'with --until: begin no round that would end later (90s, 15m, 2h)').argParser(
        seconds,
      ),
    )
    .option('--no-report', 'do not write the report')
    .option('--no-lock', 'do not write the lock')
    .option('--remote <address>', 'a cache elsewhere: a folder, http(s)://..., s3://bucket/prefix')
    .option('--no-remote', 'ask no cache elsewhere, whatever the settings say')
    .action(async (file: string, options: Record<string, unknown>) => {
      if (options.detach === true) {
        const { detach } = await import('./commands/detach.js');
        exit(await detach(file));
        return;
      }
      if (options.until === undefined) {
        const { run } = await import('./commands/run.js');
        exit(await run(file, options));
        return;
      }
      const { runUntilDecided } = await import('./commands/until-decided.js');
      exit(await runUntilDecided(file, options));
    });
  program
    .command('attach')
    .description(
      'show a run as it goes: one that was detached, or is in another terminal, on any machine that shares the project',
    )
    .argument('[experiment]', 'the YAML file (default: whatever ran last in this project)')
    .option('--run <id>', 'this run, by the name of its folder in .fx/runs')
    .option('--stop', 'have it stop as at Ctrl-C: its jobs are cancelled, what is finished is kept')
    .option('--json', 'for scripts: its events as JSON, one a line')
    .addHelpText('after', '\nExample:\n  fx attach experiments/table2-frontal.yaml')
    .action(async (file: string | undefined, options: AttachOptions) => {
      const { attach } = await import('./commands/attach.js');
      exit(await attach(file, options));
    });
  onExperiment(
    program,
    'plan',
    'say what a run would do, and why',
    'fx plan experiments/quickstart.yaml --set identities=20',
  ).action(async (file: string, options: ExperimentOptions) => {
    const { plan } = await import('./commands/plan.js');
    exit(await plan(file, options));
  });
  onExperiment(
    program,
    'why',
    'say why stages are to run, or since when they are known',
    'fx why experiments/table2-frontal.yaml "train[data=syn-front]"',
  )
    .argument('[stage...]', 'a stage, or one cell of its matrix; default: all that are to run')
    .action(async (file: string, stages: string[], options: ExperimentOptions) => {
      const { why } = await import('./commands/why.js');
      exit(await why(file, stages, options));
    });
  onExperiment(program, 'check', 'validate without running', 'fx check experiments/quickstart.yaml').action(
    async (file: string, options: ExperimentOptions) => {
      const { check } = await import('./commands/check.js');
      exit(await check(file, options));
    },
  );
  describeInspecting(program, onExperiment, exit);
  describeSharing(program, onExperiment, exit);
  describeReporting(program, onExperiment, exit);
}

/** A command on an experiment file, with what they all understand. */
function onExperiment(program: Command, name: string, says: string, example: string): Command {
  return program
    .command(name)
    .description(says)
    .argument('<experiment>', 'the YAML file, or a bundle of fx export')
    .option('-p, --profile <name>', 'the profile to use (default: the experiment’s own choice, else mini)')
    .addOption(
      new Option('-s, --set <name=value>', 'set a parameter; may be repeated').argParser(
        (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
      ),
    )
    .option('--cache <folder>', 'where results are kept (default: cache/ in the project)')
    .option('--trust', 'let an experiment that came in a bundle run its commands and modules')
    .option('--json', 'for scripts: JSON on standard output')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

/** None is a count of GPUs as well. */
function gpuCount(value: string): number {
  return value === '0' ? 0 : wholeNumber(value);
}

function seconds(value: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?) ?(s|m|min|h)$/.exec(value) ?? [];
  if (count === undefined) throw new InvalidArgumentError('It must be a time such as 90s, 15m or 2h.');
  return Number(count) * (unit === 's' ? 1 : unit === 'h' ? 3600 : 60);
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
