/**
 * Runs the published experiments at `mini`, so that `reports/` holds what this commit measures, verifies each against its
 * lock, and brings the README's table and pictures up to date. Stages that experiments share run once.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PUBLISHED = [
  'quickstart',
  'table2-frontal',
  'table2-original',
  'table2-identities',
  'fig2-gap',
  'table1-real-data',
] as const;

const root = fileURLToPath(new URL('../..', import.meta.url));

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
run('dist/scripts/faces-sheets.js');
