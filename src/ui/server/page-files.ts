import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isSystemError } from '../../foundation/files/files.js';

/** The page as the build bundled it (scripts/build-page.ts): these files and no others. */
export const PAGE_FILES = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'plot.js': 'text/javascript; charset=utf-8',
} as const;

export type PageFile = keyof typeof PAGE_FILES;

export function isPageFile(name: string): name is PageFile {
  return Object.hasOwn(PAGE_FILES, name);
}

/** Undefined where the page was not built: on a platform without esbuild. */
export function readPageFile(name: PageFile): Buffer | undefined {
  try {
    return readFileSync(fileURLToPath(new URL(`../../../ui/${name}`, import.meta.url)));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
