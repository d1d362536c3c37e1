import { Command, CommanderError } from 'commander';
import { isSystemError } from '../foundation/files.js';
import { EXIT } from './exit.js';
import { describeCommands } from './program.js';
import { version } from './version.js';

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
    // What the file system refuses is the user's to mend.
    process.stderr.write(
      `error: ${error.message}  [system/${String(error.code)}]\n  = help: fx doctor says what a run needs\n`,
    );
    return EXIT.failed;
  }
  return code;
}

// `fx plan | head`: nobody reads on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  async (bug: unknown) => {
    const { readableStack } = await import('./stack.js');
    process.stderr.write(`a bug in fx ${version()}; please report it with these lines:\n${readableStack(bug)}\n`);
    process.exitCode = EXIT.failed;
  },
);
