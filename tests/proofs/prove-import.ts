/**
 * `npm run prove:import [IMAGES]`: shows that importing many images (450,000, CASIA-WebFace's number) takes no more memory
 * than importing a thousand, and how busy it keeps the processors. Whole runs from the command line, on files.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importByRun, makeCasia, type Use } from './imported.js';

const [images = 450_000] = process.argv.slice(2).map(Number);
const FEW = 1000;
const SIDE = 120;
/** MiB that the collector's moments make of a difference. */
const SLACK = 24;

const directory = mkdtempSync(join(tmpdir(), 'fx-prove-'));
try {
  const measure = async (count: number): Promise<Use> => {
    const name = `images-${count}`;
    await makeCasia(join(directory, name), count, SIDE);
    const use = await importByRun(directory, name, count);
    console.log(
      `${count} images: ${use.parent.toFixed(0)} MiB in the run's process, ${use.child.toFixed(0)} MiB in each that ` +
        `reads and aligns; ${(count / use.seconds).toFixed(0)} images/s, ${use.cores.toFixed(2)} cores busy`,
    );
    return use;
  };
  const few = await measure(FEW);
  const many = await measure(images);
  for (const who of ['parent', 'child'] as const) {
    if (many[who] <= few[who] + SLACK) continue;
    console.error(`memory grows with the number of images: ${few[who].toFixed(0)} to ${many[who].toFixed(0)} MiB`);
    process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true });
}
