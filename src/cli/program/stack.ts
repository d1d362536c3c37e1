import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

/** Where a bug was thrown, in words of the sources: a place in the bundle says little. */
export function readableStack(bug: unknown): string {
  if (!(bug instanceof Error)) return String(bug);
  const maps = new Map<string, SourceMap | undefined>();
  return (bug.stack ?? bug.message).replaceAll(PLACE, (written, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
    const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return written;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** `/path/dist/fx.cjs:12:34` */
const PLACE = /((?:\/|[A-Za-z]:\\)[^\s()]*\.c?js):(\d+):(\d+)/g;

function readMap(file: string): SourceMap | undefined {
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload) : undefined;
}
