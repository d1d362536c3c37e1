import { limit } from '../../../../foundation/files/limits.js';
import { linesOf } from '../../../../foundation/files/text-file.js';

/** A line of a text file without its end; `number` counts from 1. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
}

/** Lines of a text, ended by LF or CRLF; a byte order mark is dropped; blank lines are left out but counted. */
export function textLines(text: string): TextLine[] {
  return text.split('\n').flatMap((line, i) => textLine(i + 1, line) ?? []);
}

/** A line of a file, and the byte at which it begins. */
export interface FileLine extends TextLine {
  readonly at: number;
}

/** As {@link textLines}, of a file of any size, which is read a piece at a time. Throws the system's error. */
export function* fileLines(path: string): Generator<FileLine> {
  let number = 0;
  for (const { line, at } of linesOf(path, 0, 'kept', { longest: limit('text-bytes') })) {
    number += 1;
    const kept = textLine(number, line);
    if (kept !== undefined) yield { ...kept, at };
  }
}

function textLine(number: number, line: string): TextLine | undefined {
  const text = (number === 1 ? line.replace(/^\uFEFF/, '') : line).replace(/\r$/, '');
  return text.trim() === '' ? undefined : { number, text };
}

/** Fields of a line of comma-separated values (RFC 4180 without line breaks in fields), trimmed. */
export function csvFields(line: string): string[] {
  if (line !== '' && !line.includes('"')) return plainFields(line);
  const fields: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/y;
  while (field.lastIndex < line.length) {
    const match = field.exec(line);
    if (match === null) return plainFields(line);
    fields.push(match[1] === undefined ? match[2]!.trim() : match[1].replaceAll('""', '"'));
  }
  if (line.endsWith(',')) fields.push('');
  return fields;
}

function plainFields(line: string): string[] {
  const fields = line.split(',');
  return /\s/.test(line) ? fields.map((field) => field.trim()) : fields;
}

export function csvLine(fields: readonly string[]): string {
  return fields.map((field) => (/[",\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}

/** A decimal number that fills the whole text; undefined otherwise, and for infinities. */
export function parseNumber(text: string): number | undefined {
  if (!/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A whole number of digits alone. */
export function parseCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
