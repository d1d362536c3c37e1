import { posix } from 'node:path';
import { format, type Options } from 'prettier';
import type { CodeIdentity, Entry } from '../../../src/engine/plan/identity/identity.js';
import { codeIdentity } from '../../../src/engine/plan/identity/reach.js';
import type { SourceTree } from '../../../src/engine/plan/identity/source-tree.js';
import { byCodeUnit } from '../../../src/foundation/values/json.js';

/** Path -> content. */
export type Files = Readonly<Record<string, string>>;

/** A project in memory. */
export function inMemory(files: Files): SourceTree {
  const paths = Object.keys(files).sort(byCodeUnit);
  return {
    read: (path) => (path in files ? new TextEncoder().encode(files[path]) : undefined),
    list: (folder) =>
      paths.filter((path) => (folder === '.' || path.startsWith(`${folder}/`)) && !path.includes('node_modules')),
    real: (folder) => posix.normalize(folder),
    above: 0,
  };
}

export const RUN: Entry = { module: 'src/main.ts', export: 'run' };

export function identify(files: Files, entry: Entry = RUN): CodeIdentity {
  const result = codeIdentity(inMemory(files), entry);
  if (!result.ok) throw new Error(result.error.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return result.value;
}

/** `file#name` of every declaration reached, with the last part of the path alone. */
export function reached(files: Files, entry: Entry = RUN): readonly string[] {
  return identify(files, entry).declarations.map(({ file, name }) => `${posix.basename(file)}#${name}`);
}

export function codesOf(files: Files, entry: Entry = RUN): readonly string[] {
  const result = codeIdentity(inMemory(files), entry);
  return result.ok ? [] : result.error.map(({ code }) => code);
}

/** Every layout that prettier can be talked into is a good one. */
export const LAYOUTS: readonly Options[] = [
  {
    printWidth: 40,
    semi: false,
    singleQuote: true,
    quoteProps: 'consistent',
    trailingComma: 'none',
    arrowParens: 'avoid',
  },
  { printWidth: 200, useTabs: true, bracketSpacing: false, objectWrap: 'collapse', trailingComma: 'all' },
  { printWidth: 60, tabWidth: 8, experimentalTernaries: true, experimentalOperatorPosition: 'start' },
];

export function reformat(code: string, layout: Options): Promise<string> {
  return format(code, { parser: 'typescript', ...layout });
}
