import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '../../../foundation/files/files.js';
import { IDENTITY_FORMAT } from './identity.js';
import { ownPackage } from './packages.js';
import { recording, stillReads, type Readings, type SourceTree } from './source-tree.js';

/** Something worked out from a tree, with what was read for it. */
interface Memo<T> {
  readonly schema: 'fx/source-memo@1';
  /** Of the program that computed it: another version of fx may answer differently. */
  readonly maker: string;
  readonly readings: Readings;
  readonly value: T;
}

/**
 * What `make` gives of the tree, remembered in `file` for as long as everything that it read reads the same. A memo that
 * is missing, damaged or of another maker is computed again. `keep` says whether a value is worth remembering.
 */
export async function remembered<T>(
  file: string,
  tree: SourceTree,
  make: (tree: SourceTree) => Promise<T>,
  keep: (value: T) => boolean,
  maker = `${ownPackage().version} ${IDENTITY_FORMAT}`,
): Promise<T> {
  const memo = readMemo<T>(file);
  if (memo?.maker === maker && keep(memo.value) && stillReads(tree, memo.readings)) return memo.value;
  const recorder = recording(tree);
  const value = await make(recorder.tree);
  if (keep(value)) {
    const fresh: Memo<T> = { schema: 'fx/source-memo@1', maker, readings: recorder.readings(), value };
    writeIfPossible(file, JSON.stringify(fresh));
  }
  return value;
}

function readMemo<T>(file: string): Memo<T> | undefined {
  try {
    const memo = JSON.parse(readFileSync(file, 'utf8')) as Memo<T>;
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the file may hold anything
    return memo.schema === 'fx/source-memo@1' ? memo : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be remembered is recomputed: no reason to fail. */
function writeIfPossible(file: string, content: string): void {
  try {
    writeWhole(file, content);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** By a temporary file and a rename: nobody sees half of it. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}
