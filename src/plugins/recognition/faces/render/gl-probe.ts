import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';

/** Whether the package gl draws on this machine; where not, why, and what to do. */
export type GlProbe =
  | { readonly draws: true }
  | { readonly draws: false; readonly installed: boolean; readonly why: string; readonly help: string };

/** Makes a context and reads a pixel in a process of its own, as where no display is it may hang or die. */
const PROBE = `
const context = require(process.argv[1])(16, 16);
if (context === null) { console.error('it provides no context'); process.exit(1); }
const pixel = new Uint8Array(4);
context.clearColor(1, 0, 0, 1);
context.clear(context.COLOR_BUFFER_BIT);
context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, pixel);
if (pixel[0] !== 255) { console.error('what it draws cannot be read'); process.exit(1); }
process.exit(0);
`;

const probes = new Map<string, Promise<GlProbe>>();

/** Asks once for each display. */
export function probeGl(): Promise<GlProbe> {
  const display = process.env.DISPLAY ?? '';
  let probe = probes.get(display);
  if (probe === undefined) probes.set(display, (probe = probed(display !== '')));
  return probe;
}

async function probed(hasDisplay: boolean): Promise<GlProbe> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve('gl');
  } catch {
    const help = 'install it as docs/faces.md says, or use the renderer `software`';
    return { draws: false, installed: false, why: 'the optional package gl is not installed', help };
  }
  const why = await new Promise<string | undefined>((resolve) => {
    const options = { encoding: 'utf8', timeout: 15_000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, ['-e', PROBE, path], options, (error, _, stderr) => {
      if (error === null) {
        resolve(undefined);
        return;
      }
      const words = stderr.trim().split('\n');
      const said =
        [/^\w*Error\b/, /error/i, /^/].flatMap((form) => words.find((line) => form.test(line)) ?? [])[0] ?? '';
      resolve(error.signal == null ? said || `exit code ${String(error.code)}` : `ended by ${error.signal}`);
    });
  });
  if (why === undefined) return { draws: true };
  const help = hasDisplay
    ? 'use the renderer `software`'
    : 'no display: start fx under xvfb-run, or use the renderer `software`';
  return { draws: false, installed: true, why: `the package gl is installed, but does not render: ${why}`, help };
}
