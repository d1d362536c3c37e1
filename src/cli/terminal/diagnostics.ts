import { diagnosticsToJson, renderDiagnostics, type TextOf } from '../../foundation/failures/code-frame.js';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { EXIT } from '../program/exit.js';
import type { Terminal } from './terminal.js';

/** Shows diagnostics with their code frames, or as JSON for scripts; gives the exit code they mean before a run. */
export function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: TextOf,
  terminal: Terminal,
  options: { readonly json?: boolean },
): number {
  if (options.json === true) terminal.json(diagnosticsToJson(diagnostics));
  else if (diagnostics.length > 0)
    terminal.note(renderDiagnostics(diagnostics, sources, { colour: terminal.colour }).split('\n'));
  return diagnostics.some(({ severity }) => severity === 'error') ? EXIT.wrong : EXIT.done;
}
