import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareNames, type ListedFile } from './image-list.js';

/** The files below a folder, sorted by path: for callers without a listing. Follows links; skips what has vanished. */
export function* listFolder(root: string): Generator<ListedFile> {
  const folders = [''];
  const files: string[] = [];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isFolder = entry.isSymbolicLink()
        ? statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true
        : entry.isDirectory();
      if (isFolder) folders.push(path);
      else files.push(path);
    }
  }
  for (const path of files.sort(compareNames)) {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    if (found?.isFile() === true) yield { path, bytes: found.size };
  }
}
