import { relative } from 'node:path';
import { sayBytes } from '../../foundation/files/files.js';
import { wrongLimits } from '../../foundation/files/limits.js';
import { unpackBundle } from '../project/bundle.js';
import { EXIT } from '../program/exit.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';

export interface ImportOptions {
  readonly cache?: string;
  readonly trust?: boolean;
  readonly json?: boolean;
}

/** `fx import`: a bundle as a folder to work in, and its results in a cache. */
export async function importBundle(file: string, to: string | undefined, options: ImportOptions): Promise<number> {
  const terminal = openTerminal();
  const wrong = wrongLimits(process.env);
  if (wrong.length > 0) return showDiagnostics(wrong, () => undefined, terminal, options);
  const unpacked = await unpackBundle(file, { ...options, ...(to === undefined ? {} : { to }) });
  if (!unpacked.ok) {
    showDiagnostics(unpacked.error, () => undefined, terminal, options);
    return EXIT.refuted;
  }
  const { folder, experiment, installed } = unpacked.value;
  const place = relative(process.cwd(), folder);
  if (options.json === true) {
    terminal.json({ schema: 'fx/import@1', folder: place, experiment, ...installed });
    return EXIT.done;
  }
  if (installed === undefined) terminal.note(`${place}/ was unpacked before; run fx run ${experiment}`);
  else {
    const { results, without, bytes } = installed;
    const left = without === 0 ? '' : `, ${without} without their files`;
    terminal.note(`${place}/: ${results} results (${sayBytes(bytes)})${left}; run fx run ${experiment}`);
  }
  return EXIT.done;
}
