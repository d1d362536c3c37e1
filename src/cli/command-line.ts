import { Command, CommanderError } from 'commander';
import { isSystemError } from '../foundation/files/files.js';
import { EXIT } from './program/exit.js';
import { version } from './program/version.js';
import { describeCommands } from './program.js';
import { openTerminal } from './terminal/terminal.js';

/**
 * Runs one command line; gives its exit code. Each command's module is loaded when it is asked for. Expected failures are
 * turned into words below; what is thrown is a bug.
 * @param prepare is given the program before it reads the words
 */
export async function runCommandLine(
  argv: readonly string[],
  prepare: (program: Command) => void = () => undefined,
): Promise<number> {
  let code: number = EXIT.done;
  const program = new Command('fx');
  const exit = (given: number): void => {
    code = given;
  };
  describeCommands(program, exit, argv[0]);
  prepare(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrong;
    if (!isSystemError(error)) throw error;
    // Errors of the file system are for the user to fix.
    openTerminal().note([
      `error: ${error.message}  [system/${String(error.code)}]`,
      '  = help: fx doctor checks what a run needs',
    ]);
    return EXIT.failed;
  }
  return code;
}

/** Says what a user can pass on of a bug. */
export async function tellBug(bug: unknown): Promise<void> {
  const { readableStack } = await import('./program/stack.js');
  const lines = readableStack(bug).split('\n');
  openTerminal().note([`a bug in fx ${version()}; please report it with these lines:`, ...lines]);
}
