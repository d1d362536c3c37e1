import { chmodSync, constants, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { isSystemError } from '../../foundation/files/files.js';
import { present } from '../../foundation/values/present.js';

/** An input's files and where each lies. A single file may stand for itself. */
export interface CommandInput {
  readonly files: readonly CommandFile[];
  /** Folders of it that hold no file. */
  readonly folders?: readonly string[];
  /** Whether `{name}` means the one file instead of a folder that holds it. */
  readonly single: boolean;
}

export interface CommandFile {
  readonly path: string;
  readonly location: string;
  readonly bytes: number;
  readonly executable?: boolean;
}

/** Where the inputs of a command are, for it and for who looks after it. */
export interface LaidInputs {
  /** By name, the path to say in the command. */
  readonly paths: ReadonlyMap<string, string>;
  /** Files outside of the command's directory that links in it lead to. */
  readonly linked: ReadonlySet<string>;
}

/**
 * Puts each input under `inputs/NAME` of a command's directory: as copies, so that a command that writes to what it reads
 * writes to nobody's file. Copies share their blocks with the original where the file system can (reflink). Where it cannot,
 * files beyond {@link COPIED} bytes in all are links; what was written through a link is noticed after the command.
 */
export function layInputs(directory: string, inputs: ReadonlyMap<string, CommandInput>): LaidInputs {
  const paths = new Map<string, string>();
  const linked = new Set<string>();
  let total = 0;
  for (const { files } of inputs.values()) for (const { bytes } of files) total += bytes;
  const isSmall = total <= COPIED;
  for (const [name, input] of inputs) {
    const folder = join(directory, 'inputs', name);
    mkdirSync(folder, { recursive: true });
    for (const path of input.folders ?? []) mkdirSync(join(folder, path), { recursive: true });
    for (const file of input.files) {
      const target = join(folder, file.path);
      if (file.path.includes('/')) mkdirSync(dirname(target), { recursive: true });
      if (!lay(file, target, isSmall)) linked.add(file.location);
    }
    paths.set(name, input.single ? join('inputs', name, input.files[0]!.path) : join('inputs', name));
  }
  return { paths, linked };
}

/**
 * Puts single files beside each other as well, by links among the copies: a script finds the modules that it imports if they
 * are declared.
 */
export function layBeside(directory: string, paths: ReadonlyMap<string, string>, sources: readonly string[]): void {
  if (sources.length > NEIGHBOURS) return;
  for (const name of sources) {
    for (const other of sources) {
      if (other === name) continue;
      const folder = join(directory, dirname(present(paths, name)));
      const target = join(directory, present(paths, other));
      symlinkSync(relative(folder, target), join(folder, basename(target)));
    }
  }
}

/** Bytes of all inputs of a command up to which they are copied byte for byte: about 50 ms at most. */
const COPIED = 64 << 20;

/** Small files among large ones are copied all the same. */
const SMALL = 1 << 20;

/** Sources up to which each lies beside every other. */
const NEIGHBOURS = 32;

/** False where it is a link. */
function lay({ location, bytes, executable = false }: CommandFile, target: string, isSmall: boolean): boolean {
  const must = isSmall || bytes <= SMALL || executable;
  const mode = must ? constants.COPYFILE_FICLONE : constants.COPYFILE_FICLONE_FORCE;
  try {
    copyFileSync(location, target, mode);
  } catch (error) {
    if (must || !isSystemError(error)) throw error;
    symlinkSync(location, target);
    return false;
  }
  if (executable) chmodSync(target, 0o555);
  return true;
}
