import type { Command } from 'commander';
import type { ExperimentOptions } from '../program/options.js';

type OnExperiment = (program: Command, name: string, says: string, example: string) => Command;

/** The commands about reports. */
export function describeReporting(program: Command, onExperiment: OnExperiment, exit: (code: number) => void): void {
  onExperiment(
    program,
    'report',
    'write the report again, from what is known; runs nothing',
    'fx report experiments/table2-frontal.yaml',
  ).action(async (file: string, options: ExperimentOptions) => {
    const { report } = await import('../commands/report.js');
    exit(await report(file, options));
  });
  program
    .command('diff')
    .description('say what changed between two reports, why, and which numbers moved by more than their noise')
    .argument('<before>', 'a report.json, a folder of reports, a commit, commit:path, or an experiment that has run')
    .argument('[after]', 'likewise (default: reports/ as it is)')
    .option('--fail-on <what>', '`regression`: exit code 3 where a number got worse or a claim lost support')
    .option('--cache <folder>', 'where stored scores are (default: cache/ in the project)')
    .option('--json', 'for scripts: JSON on standard output')
    .option('--markdown', 'for a pull request: Markdown on standard output (the default)')
    .addHelpText('after', '\nExample:\n  fx diff HEAD~1 --fail-on regression')
    .action(async (before: string, after: string | undefined, options: Record<string, unknown>) => {
      const { diff } = await import('../commands/diff.js');
      exit(await diff(before, after, options));
    });
}
