import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isSystemError } from '../../foundation/files/files.js';

/**
 * Where in a user's code a stack began, as `FILE:LINE:COLUMN` of what they wrote: the first frame in a module of the project; where
 * there is none, in a package. Undefined where all frames are of `fx` or of Node.
 */
export function ownFrame(stack: string): string | undefined {
  const frames = stack.split('\n').flatMap((line) => {
    const found = FRAME.exec(line.trim());
    if (found === null || line.includes('node:')) return [];
    const [, url = '', row = '', column] = found;
    const path = url.startsWith('file:') ? pathOf(url) : url;
    return path === undefined || path.startsWith(FX) ? [] : [{ path, row: Number(row), column: Number(column ?? 1) }];
  });
  const frame = frames.find(({ path }) => !path.includes('/node_modules/')) ?? frames[0];
  return frame === undefined ? undefined : written(frame);
}

interface Frame {
  readonly path: string;
  /** From 1, as `column`. */
  readonly row: number;
  readonly column: number;
}

/** `at f (file:///a/b.js:1:2)`; a module that cannot be parsed begins its stack with `file:///a/b.js:1`. */
const FRAME = /((?:file:\/\/)?\/[^()]+?):(\d+)(?::(\d+))?\)?$/;

/** The compiled `fx`. A project may lie in its repository. */
const FX = fileURLToPath(import.meta.url).replace(/(.*\/dist\/).*/s, '$1');

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** A frame of a translation is shown as the place in the source that it was made from. */
function written({ path, row, column }: Frame): string {
  const map = mapIn(path);
  const entry = map?.findEntry(row - 1, column - 1);
  if (entry === undefined || !('originalSource' in entry)) return `${path}:${row}:${column}`;
  return `${pathOf(entry.originalSource) ?? path}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function mapIn(path: string): SourceMap | undefined {
  try {
    const [, encoded] =
      /\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/.exec(readFileSync(path, 'utf8')) ?? [];
    if (encoded === undefined) return undefined;
    const payload = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as SourceMapPayload;
    const root = payload.sourceRoot === '' ? '' : `${payload.sourceRoot.replace(/\/$/, '')}/`;
    return new SourceMap({ ...payload, sourceRoot: '', sources: payload.sources.map((source) => `${root}${source}`) });
  } catch (error) {
    if (isSystemError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
