import { milliseconds } from '../../foundation/machine/clock.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import type { ClaimVerdict } from '../../report/report.js';
import { EXIT } from '../program/exit.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { sayAbout } from '../../foundation/numbers/duration.js';
import { openTerminal } from '../terminal/terminal.js';
import { replicatesIn, timeToAdd } from '../known/time-to-decide.js';
import { openExperiment } from '../project/open-experiment.js';
import { runOnce, type RunOptions } from './run-run.js';

/** More rounds than these are no way to decide anything. */
const MOST_ROUNDS = 50;

/**
 * `fx run --until decided`: a run, and after each another with one replicate more of whatever has replicates, until no claim is
 * open that replicates would decide, or there is no time for another. Claims are judged at the level of each look, so that
 * looking again and again does not decide what is not there (`report/claims/level.ts`).
 */
export async function runUntilDecided(file: string, options: RunOptions): Promise<number> {
  const terminal = openTerminal();
  const say = (text: string): number => {
    terminal.note(text);
    return EXIT.done;
  };
  const refuse = (message: string, help: string): number =>
    showDiagnostics([failure('run/nothing-to-decide', message, help)], () => undefined, terminal, options);
  // What cannot be decided is refused before anything runs; other mistakes are the run's to tell.
  const opened = await openExperiment(file, { ...options, added: 0, executesNothing: true }, () => undefined);
  const graph = opened.ok ? opened.experiment.graph : undefined;
  if (graph !== undefined) {
    const claims = (graph.report as { readonly claims?: readonly unknown[] } | undefined)?.claims ?? [];
    if (claims.length === 0 || options.only !== undefined || options.report === false) {
      return refuse(
        'there are no claims to decide',
        'add `claims` to the report section, and run the whole experiment',
      );
    }
    if (replicatesIn(graph) === 0) {
      const help = 'add `replicates: 3` to the stages that have a seed';
      return refuse('no stage has replicates, so none can be added', help);
    }
  }
  const { atMost = Infinity } = options;
  const begun = milliseconds();
  for (let added = 0; ; added += 1) {
    const began = milliseconds();
    const { exit, report } = await runOnce(file, { ...options, added });
    if (exit !== EXIT.done || report === undefined) return exit;
    const replicates = replicatesIn(report);
    const open = report.claims.filter(({ verdict }) => verdict === 'undecided');
    if (open.length === 0) return say(`every claim is decided, with ${replicates} replicates`);
    const names = open.map(({ id }) => id).join(', ');
    if (!open.some(replicatesMayDecide)) return say(`still undecided, and more replicates would not help: ${names}`);
    if (added + 1 === MOST_ROUNDS) return say(`still undecided after ${MOST_ROUNDS} rounds: ${names}`);
    const last = (milliseconds() - began) / 1000;
    const next = (await timeToAdd(1, file, { ...options, added }, report)) ?? last;
    if ((milliseconds() - begun) / 1000 + next > atMost) {
      return say(`still undecided: ${names}; another round takes ${sayAbout(next)}, which is more than is left`);
    }
    say(`look ${added + 1}: undecided ${names}; one replicate more, ${sayAbout(next)}`);
  }
}

/**
 * Whether all that keeps a claim open (of a claim on any column: some of it) is a lack of replicates. Comparisons that are all decided, each
 * alone, are not surely enough for the claim: they are with more.
 */
function replicatesMayDecide({ on, comparisons }: ClaimVerdict): boolean {
  const open = comparisons.filter(({ verdict }) => verdict === 'undecided');
  const lacking = open.filter(({ replicates }) => replicates !== undefined);
  return on === 'any' && open.length > 0 ? lacking.length > 0 : lacking.length === open.length;
}
