import type { Declare } from '../program/declare.js';
import type { DiffOptions } from './diff-run.js';

export const declareDiff: Declare = (program, exit) => {
  program
    .command('diff')
    .description('show what changed between two reports, why, and which numbers moved beyond their noise')
    .argument('<before>', 'a report.json, a folder of reports, a commit, commit:path, or an experiment that has run')
    .argument('[after]', 'the other one (default: reports/ as it is now)')
    .option('--fail-on <what>', '`regression`: exit code 3 if a number got worse or a claim lost support')
    .option('--cache <folder>', 'the cache with stored scores (default: cache/ in the project)')
    .option('--json', 'print JSON, for scripts')
    .option('--markdown', 'for a pull request: Markdown on standard output (the default)')
    .addHelpText('after', '\nExample:\n  fx diff HEAD~1 --fail-on regression')
    .action(async (before: string, after: string | undefined, options: DiffOptions) => {
      const { diff } = await import('./diff-run.js');
      exit(await diff(before, after, options));
    });
};
