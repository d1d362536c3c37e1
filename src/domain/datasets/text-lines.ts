/** A line of a text file without its end; `number` counts from 1. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
}

/** Lines of a text, ended by LF or CRLF; a byte order mark is dropped; blank lines are left out but counted. */
export function textLines(text: string): TextLine[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const out: TextLine[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]!.endsWith('\r') ? lines[i]!.slice(0, -1) : lines[i]!;
    if (line.trim() !== '') out.push({ number: i + 1, text: line });
  }
  return out;
}

/** Fields of a line of comma-separated values (RFC 4180 without line breaks in fields), trimmed. */
export function csvFields(line: string): string[] {
  const fields: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/y;
  while (field.lastIndex < line.length) {
    const match = field.exec(line);
    if (match === null) return line.split(',').map((part) => part.trim());
    fields.push(match[1] === undefined ? match[2]!.trim() : match[1].replaceAll('""', '"'));
  }
  if (line.endsWith(',')) fields.push('');
  return fields;
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
