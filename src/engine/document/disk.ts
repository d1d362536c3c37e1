import { readFileSync, statSync, type Stats } from 'node:fs';
import type { Files } from './files.js';

/** The files of this machine. What is neither a file nor a folder (a device, a pipe) is not there. */
export const diskFiles: Files = {
  look(path) {
    let found: Stats | undefined;
    try {
      found = statSync(path, { throwIfNoEntry: false });
    } catch {
      return undefined; // No permission, a loop of links: what cannot be seen is not there.
    }
    if (found?.isDirectory() === true) return { shape: 'folder', bytes: 0 };
    return found?.isFile() === true ? { shape: 'file', bytes: found.size } : undefined;
  },
  read: (path) => readFileSync(path),
};
