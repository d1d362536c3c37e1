import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from './files.js';

/**
 * Removes a folder with all that is in it while its owner goes on: to remove a folder, some file systems wait for over a
 * millisecond (ext4 on Linux 6.18: 1.3 ms, of which 0.1 ms of processor time), and a small stage makes four. What the system
 * does not let go is left, for the collector of the cache.
 */
export function removeLater(folder: string): void {
  const removal = removeTree(folder)
    .catch((error: unknown) => {
      if (!isSystemError(error)) throw error;
    })
    .finally(() => pending.delete(removal));
  pending.add(removal);
}

/** Waits until all that this process removes is gone. */
export async function removed(): Promise<void> {
  while (pending.size > 0) await Promise.all(pending);
}

const pending = new Set<Promise<void>>();

/**
 * Files at once, which takes no wait; folders by threads of Node's. A folder that is not there is none. A program may have put a
 * link in a folder's place, or mounted another file system in it: the link goes, never what it leads to, and no mount is entered.
 */
async function removeTree(folder: string, device?: number): Promise<void> {
  try {
    const status = lstatSync(folder);
    if (!status.isDirectory()) {
      unlinkSync(folder);
      return;
    }
    if (device !== undefined && status.dev !== device) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await removeTree(path, status.dev);
      else unlinkSync(path);
    }
    await rmdir(folder);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
