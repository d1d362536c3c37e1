/**
 * Runs the published experiments at `mini`, so that `reports/` holds what this commit measures, verifies each against its
 * lock, and brings the README's table and picture up to date. Stages that experiments share run once.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const PUBLISHED = [
  'quickstart',
  'table2-frontal',
  'table2-original',
  'table2-identities',
  'fig2-gap',
  'table1-real-data',
] as const;

const root = fileURLToPath(new URL('../../', import.meta.url));

function run(...words: readonly string[]): void {
  execFileSync(process.execPath, words, { cwd: root, stdio: 'inherit' });
}

for (const name of PUBLISHED) {
  const file = `experiments/${name}.yaml`;
  const started = performance.now();
  run('bin/fx.js', 'run', file);
  run('bin/fx.js', 'verify', file, '--frozen');
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
run('dist/scripts/readme-table.js');

// A palette of 256 colours: a quarter of the bytes, and no difference that shows.
const faces = join(root, 'docs/images/faces.png');
run('bin/fx.js', 'run', 'experiments/faces.yaml', '--no-report', '--no-lock');
run('bin/fx.js', 'show', 'experiments/faces.yaml', 'faces', '--sheet', faces);
writeFileSync(faces, await sharp(faces).png({ palette: true, compressionLevel: 9 }).toBuffer());
