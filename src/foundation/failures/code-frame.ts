import type { Diagnostic, Place } from './diagnostic.js';
import type { JsonObject } from '../values/json.js';
import { paints, type Paint } from '../words/terminal.js';
import { widthOf } from '../words/width.js';

/**
 * A diagnostic for people, with the lines it is about:
 *
 *     error: `epochs` must be at least 1, but is 0  [experiment/out-of-range]
 *       --> table2.yaml:12:21
 *        |
 *     12 |     with: { epochs: 0 }
 *        |                     ^
 *        = help: leave the stage out instead
 */
export interface RenderOptions {
  readonly colour?: boolean;
}

/** The text of a source by the name that places give it; undefined where it cannot be had (then no frame is drawn). */
export type TextOf = (file: string) => string | undefined;

export function renderDiagnostic(diagnostic: Diagnostic, sources: TextOf, options: RenderOptions = {}): string {
  const paint = paints(options.colour ?? false);
  const tone = diagnostic.severity === 'error' ? paint.red : paint.yellow;
  const places = [diagnostic.place, ...(diagnostic.related ?? []).map((related) => related.place)];
  const gutter = Math.max(...places.map((place) => String(place?.start.line ?? 0).length));
  const margin = ' '.repeat(gutter);
  const lines = [
    `${tone(paint.bold(`${diagnostic.severity}:`))} ${paint.bold(under(diagnostic.message))}  ${paint.dim(`[${diagnostic.code}]`)}`,
  ];
  if (diagnostic.place !== undefined) lines.push(...frame(diagnostic.place, '-->', tone, '^'));
  for (const { message, place } of diagnostic.related ?? []) {
    lines.push(`${margin} ${paint.blue('=')} ${under(message)}:`);
    lines.push(...frame(place, ':::', paint.blue, '-'));
  }
  if (diagnostic.help !== undefined)
    lines.push(`${margin} ${paint.blue('=')} ${paint.bold('help:')} ${under(diagnostic.help)}`);
  return lines.join('\n');

  /** A second line stands under its first: it must not look like words of our own. */
  function under(text: string): string {
    return text.replaceAll('\n', `\n${margin}   `);
  }

  function frame(place: Place, arrow: string, colour: Paint, mark: string): string[] {
    const { start, end } = place;
    const head = `${margin}${paint.blue(arrow)} ${place.file.replaceAll('\n', '\u240a')}:${start.line}:${start.column}`;
    const text = sources(place.file);
    const written = text === undefined ? undefined : linesOf(text)[start.line - 1]?.replace(/\r$/, '');
    if (written === undefined) return [head];
    const shown = excerpt(written, start.column);
    // A stretch over several lines is marked to the end of its first.
    const last = end.line === start.line ? end.column : written.length + 1;
    const length = Math.max(1, Math.min(last - start.column, shown.text.length - (start.column - 1 - shown.from)));
    const at = start.column - 1 - shown.from + shown.prefix;
    // Tabs stay, so that what is below them is as far to the right.
    const before = shown.text
      .slice(0, at)
      .split('\t')
      .map((words) => ' '.repeat(widthOf(words)))
      .join('\t');
    const bar = paint.blue('|');
    return [
      head,
      `${margin} ${bar}`,
      `${paint.blue(String(start.line).padStart(gutter))} ${bar} ${shown.text}`,
      `${margin} ${bar} ${before}${colour(mark.repeat(Math.max(1, widthOf(shown.text.slice(at, at + length)))))}`,
    ];
  }
}

/** Several, with an empty line between. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: TextOf,
  options: RenderOptions = {},
): string {
  return diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, sources, options)).join('\n\n');
}

/** For scripts: `fx check --json`. */
export function diagnosticsToJson(diagnostics: readonly Diagnostic[]): JsonObject {
  return {
    schema: 'fx/diagnostics@1',
    diagnostics: diagnostics.map(({ code, severity, message, place, related, help }) => ({
      code,
      severity,
      message,
      file: place?.file ?? null,
      line: place?.start.line ?? null,
      column: place?.start.column ?? null,
      end: place === undefined ? null : { line: place.end.line, column: place.end.column },
      help: help ?? null,
      related: (related ?? []).map((other) => ({
        message: other.message,
        file: other.place.file,
        line: other.place.start.line,
        column: other.place.start.column,
      })),
    })),
  };
}

/** Of the text that was asked for last: thousands of diagnostics may be about one file. */
function linesOf(text: string): readonly string[] {
  if (text !== latest.text) latest = { text, lines: text.split('\n') };
  return latest.lines;
}

let latest: { readonly text: string; readonly lines: readonly string[] } = { text: '', lines: [''] };

const WIDEST = 160;

/** A line too long for a terminal, cut around the column. */
function excerpt(line: string, column: number): { text: string; from: number; prefix: number } {
  if (line.length <= WIDEST) return { text: line, from: 0, prefix: 0 };
  const from = Math.max(0, Math.min(column - 1 - WIDEST / 4, line.length - WIDEST));
  const cut = line.slice(from, from + WIDEST);
  return from === 0
    ? { text: `${cut}…`, from: 0, prefix: 0 }
    : { text: `…${cut}${from + WIDEST < line.length ? '…' : ''}`, from, prefix: 1 };
}
