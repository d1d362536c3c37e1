import { Command, CommanderError } from 'commander';
import { isSystemError } from '../foundation/files.js';
import { EXIT } from './program/exit.js';
import { describeCommands } from './program.js';
import { endWhereNobodyReads } from './terminal/gone.js';
import { openTerminal } from './terminal/terminal.js';
import { version } from './program/version.js';

const terminal = openTerminal();

/**
 * The command line only composes: each command's module is loaded when it is asked for, and gives back the exit code.
 * Expected failures were turned into words below; what arrives here is a bug.
 */
async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const program = new Command('fx');
  describeCommands(program, (exit) => {
    code = exit;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrong;
    if (!isSystemError(error)) throw error;
    // Errors of the file system are for the user to fix.
    terminal.note([
      `error: ${error.message}  [system/${String(error.code)}]`,
      '  = help: fx doctor checks what a run needs',
    ]);
    return EXIT.failed;
  }
  return code;
}

endWhereNobodyReads();

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  async (bug: unknown) => {
    const { readableStack } = await import('./program/stack.js');
    terminal.note([`a bug in fx ${version()}; please report it with these lines:`, ...readableStack(bug).split('\n')]);
    // Whatever still waits for something: children are killed as this process ends.
    process.exit(EXIT.failed);
  },
);
