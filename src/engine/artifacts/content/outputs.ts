import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { resolveLinks } from '../../../foundation/files/links.js';
import { pathProblem } from '../../../foundation/files/paths.js';

/** What a stage left in its workspace. */
export interface Left {
  /** Sorted by path. */
  readonly files: readonly LeftFile[];
  /** Folders in which nothing lies, sorted. */
  readonly folders: readonly string[];
}

export interface LeftFile {
  readonly path: string;
  readonly executable: boolean;
}

export type OutputCode = 'run/no-workspace' | 'run/not-a-file' | 'run/bad-link' | 'run/bad-name';

/**
 * What lies below a folder, if an artifact may hold it: files, which may be executable, and empty folders. Links are replaced
 * by what they lead to inside the folder. Pipes, sockets, devices, links that lead outside and names that no system
 * takes are refused by name, and none is opened.
 */
export function leftIn(folder: string): Left | readonly Diagnostic<OutputCode>[] {
  // By a link in its place, files would be taken from wherever it leads to.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const message = 'the stage removed its workspace, or put something else in its place';
    return [failure('run/no-workspace', message, 'leave the folder itself where it is, and write into it')];
  }
  const problems: Diagnostic<OutputCode>[] = resolveLinks(folder, '').map(({ path, why }) =>
    failure('run/bad-link', `the output ${path} is a link that ${why}`, 'write the file itself there instead'),
  );
  const files: LeftFile[] = [];
  const folders: string[] = [];
  const enter = (relative: string): void => {
    const names = readdirSync(join(folder, relative));
    if (names.length === 0 && relative !== '') folders.push(relative);
    for (const name of names) {
      const path = relative === '' ? name : `${relative}/${name}`;
      const naming = pathProblem(path);
      if (naming !== undefined) {
        problems.push(failure('run/bad-name', `the output ${JSON.stringify(path)} ${naming}`, 'give it another name'));
        continue;
      }
      const status = lstatSync(join(folder, path));
      if (status.isDirectory()) enter(path);
      else if (status.isFile()) files.push({ path, executable: (status.mode & 0o100) !== 0 });
      else if (!status.isSymbolicLink()) {
        const what = status.isFIFO() ? 'a pipe' : status.isSocket() ? 'a socket' : 'a device';
        const help = 'remove it at the end of the work, or do not declare it as an output';
        problems.push(failure('run/not-a-file', `the output ${path} is ${what}, which cannot be kept`, help));
      }
    }
  };
  enter('');
  if (problems.length > 0) return problems;
  return { files: files.sort((a, b) => byCodeUnit(a.path, b.path)), folders: folders.sort(byCodeUnit) };
}
