import { CommanderError, type Command } from 'commander';
import { declareAccept } from './commands/accept.js';
import { declareAttach } from './commands/attach.js';
import { declareCache } from './commands/cache.js';
import { declareCheck } from './commands/check.js';
import { declareCompletion } from './commands/completion.js';
import { declareDiff } from './commands/diff.js';
import { declareDoctor } from './commands/doctor.js';
import { declareExport } from './commands/export.js';
import { declareGet } from './commands/get.js';
import { declareGraph } from './commands/graph.js';
import { declareImport } from './commands/import.js';
import { declareInit } from './commands/init.js';
import { declareKinds } from './commands/kinds.js';
import { declareList } from './commands/list.js';
import { declarePlan } from './commands/plan.js';
import { declareReport } from './commands/report.js';
import { declareRun } from './commands/run.js';
import { declareShow } from './commands/show.js';
import { declareUi } from './commands/ui.js';
import { declareVerify } from './commands/verify.js';
import { declareWatch } from './commands/watch.js';
import { declareWhy } from './commands/why.js';
import type { Declare } from './program/declare.js';
import { EXIT } from './program/exit.js';
import { version } from './program/version.js';
import { openTerminal } from './terminal/terminal.js';

/** By the word that asks for it, in the order of the help. */
const COMMANDS: Readonly<Record<string, Declare>> = {
  run: declareRun,
  watch: declareWatch,
  attach: declareAttach,
  plan: declarePlan,
  why: declareWhy,
  check: declareCheck,
  graph: declareGraph,
  show: declareShow,
  get: declareGet,
  cache: declareCache,
  kinds: declareKinds,
  init: declareInit,
  list: declareList,
  ui: declareUi,
  completion: declareCompletion,
  doctor: declareDoctor,
  verify: declareVerify,
  accept: declareAccept,
  export: declareExport,
  import: declareImport,
  report: declareReport,
  diff: declareDiff,
};

/**
 * Declares the commands; `exit` receives what the one that ran gives back.
 *
 * @param word the first of the command line. Where a command is called so, the others, which take some milliseconds, are not declared,
 * unless the command tells of them.
 */
export function describeCommands(program: Command, exit: (code: number) => void, word = ''): void {
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
    .showHelpAfterError('  = help: see fx --help and fx <command> --help')
    .enablePositionalOptions();
  const alone = Object.hasOwn(COMMANDS, word) && word !== 'completion' ? COMMANDS[word] : undefined;
  for (const declare of alone === undefined ? Object.values(COMMANDS) : [alone]) declare(program, exit);
}
