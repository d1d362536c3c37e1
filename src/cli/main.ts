import { runCommandLine, tellBug } from './command-line.js';
import { EXIT } from './program/exit.js';
import { endOnceWritten, endWhereNobodyReads } from './terminal/gone.js';
import { keepOutputForResults } from './terminal/output.js';

endWhereNobodyReads();
keepOutputForResults();

runCommandLine(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
    endOnceWritten();
  },
  async (bug: unknown) => {
    await tellBug(bug);
    // Whatever still waits for something: children are killed as this process ends.
    process.exit(EXIT.failed);
  },
);
