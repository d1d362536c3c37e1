import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants } from '../../src/foundation/machine/processes.js';
import { stream } from '../../src/foundation/numbers/random.js';

const FX = fileURLToPath(new URL('../../../bin/fx.js', import.meta.url));
const PHOTOGRAPHS = 20;
const OF_A_PERSON = 43;
const EVERY_MS = 20;

/** What a run took that imports a data set. */
export interface Use {
  readonly images: number;
  /** MiB at most: the process that plans and schedules, and the largest of those that read and align. */
  readonly parent: number;
  readonly child: number;
  /** Seconds since the first child was there, and processors that were busy meanwhile. */
  readonly seconds: number;
  readonly cores: number;
  readonly log: string;
}

/** Makes a folder in the layout of CASIA-WebFace: some photographs under so many names, so that it takes little room. */
export async function makeCasia(folder: string, images: number, side: number): Promise<void> {
  const { default: sharp } = await import('sharp');
  const random = stream(1, 'imported');
  mkdirSync(`${folder}-photographs`, { recursive: true });
  const photograph = (k: number): string => join(`${folder}-photographs`, `${k % PHOTOGRAPHS}.jpg`);
  for (let k = 0; k < PHOTOGRAPHS; k += 1) {
    const raw = { width: 30, height: 30, channels: 3 } as const;
    const small = Uint8Array.from({ length: 30 * 30 * 3 }, () => random.integer(256));
    writeFileSync(photograph(k), await sharp(small, { raw }).resize(side, side).jpeg({ quality: 90 }).toBuffer());
  }
  for (let i = 0; i < images; i += 1) {
    const person = join(folder, String(Math.floor(i / OF_A_PERSON)).padStart(7, '0'));
    if (i % OF_A_PERSON === 0) mkdirSync(person, { recursive: true });
    linkSync(photograph(i), join(person, `${String(i % OF_A_PERSON).padStart(3, '0')}.jpg`));
  }
}

/** Imports a data set by `fx run`, with a cache of its own beside it, and looks at its processes meanwhile. */
export async function importByRun(directory: string, name: string, images: number): Promise<Use> {
  const file = join(directory, `${name}.yaml`);
  const stage = `uses: datasets/import, with: { format: casia, folder: ./${name} }`;
  writeFileSync(file, `fx: 1\nname: ${name}\nstages:\n  faces: { ${stage} }\n`);
  const environment = { ...process.env, FX_CACHE: join(directory, `${name}-cache`), NO_COLOR: '1' };
  const run = spawn(process.execPath, [FX, 'run', file, '--no-report'], { env: environment, cwd: directory });
  let log = '';
  for (const output of [run.stdout, run.stderr]) output.on('data', (text) => (log += String(text)));
  const ended = new Promise((resolve) => run.once('exit', resolve));
  const most = new Map<number, number>();
  const busy = new Map<number, number>();
  let began: { readonly at: number; readonly parent: number } | undefined;
  let last = 0;
  while (run.exitCode === null && run.signalCode === null) {
    const children = descendants(run.pid!);
    for (const pid of [run.pid!, ...children.map((child) => child.pid)]) {
      most.set(pid, Math.max(most.get(pid) ?? 0, peakOf(pid)));
      busy.set(pid, Math.max(busy.get(pid) ?? 0, processorSeconds(pid)));
    }
    last = performance.now();
    if (children.length > 0) began ??= { at: last, parent: busy.get(run.pid!)! };
    await sleep(EVERY_MS);
  }
  if ((await ended) !== 0) throw new Error(log);
  const { at, parent } = began!;
  const seconds = (last - at) / 1000;
  const worked = [...busy.values()].reduce((sum, each) => sum + each, -parent);
  const child = Math.max(...[...most].filter(([pid]) => pid !== run.pid).map(([, peak]) => peak));
  return { images, parent: most.get(run.pid!)!, child, seconds, cores: worked / seconds, log };
}

/** The most that a process ever held, in MiB; 0 once it is gone. */
function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function processorSeconds(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return stat === '' ? 0 : (user! + system!) / TICKS;
}

/** Of the clock in /proc: 100 a second on every Linux. */
const TICKS = 100;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone meanwhile.
    return '';
  }
}
