import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { SETTINGS_FILE } from '../../engine/document/settings.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { statIfPresent } from '../../foundation/files/files.js';
import { EXIT } from '../program/exit.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';

/** `fx init`: a small study that runs as it is, with each thing a real one needs. */
export function init(folder: string): number {
  const terminal = openTerminal();
  const target = resolve(folder);
  if (statIfPresent(target)?.isDirectory() === false) {
    const problem = failure('init/no-folder', `${folder} is not a folder`, 'name another folder');
    return showDiagnostics([problem], () => undefined, terminal, {});
  }
  const there = Object.keys(FILES).filter((path) => existsSync(join(target, path)));
  if (there.length > 0) {
    const message = `${folder} has ${there.join(', ')} already`;
    return showDiagnostics([failure('init/exists', message, 'name another folder')], () => undefined, terminal, {});
  }
  const isNew = !existsSync(target) || readdirSync(target).length === 0;
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), content);
    terminal.say(`made ${relative(process.cwd(), join(target, path))}: ${SAYS[path]!}`);
  }
  const enter = target === process.cwd() ? '' : `cd ${relative(process.cwd(), target)} && `;
  terminal.note(['', `Next: ${enter}fx run experiment.yaml`]);
  if (isNew)
    terminal.note(
      'Then change something (the number of outliers, a line of scripts/estimate.mjs) and see fx plan experiment.yaml',
    );
  return EXIT.done;
}

const EXPERIMENT = `fx: 1
name: centre
title: Is the median closer than the mean?

parameters:
  outliers: { value: 10, says: Of a hundred readings. Try --set outliers=0 }

stages:
  # Any program, in a clean environment: what it reads and leaves is declared, so that fx knows when its result is known.
  estimate:
    uses: command
    matrix: { estimator: [mean, median] }
    replicates: 3 # Each with a seed of its own: what intervals are made from.
    with:
      run: [node, "{script}", "\${matrix.estimator}", "\${outliers}", "{seed}"]
      sources: { script: ./scripts/estimate.mjs }
      outputs: [metrics.json] # Its numbers are the stage's metrics.
      versions: [[node, --version]]

report:
  tables:
    - id: errors
      title: Mean distance from the true centre
      rows: { Mean: mean, Median: median }
      columns: { error: error }
      best: lowest
  claims:
    - id: median-is-closer
      says: With outliers, the median is closer than the mean.
      that: Median < Mean
      on: [error]
  figures:
    - { id: stages, type: graph, title: The stages }
`;

const SCRIPT = `// Started by the stage \`estimate\`: estimator, outliers among a hundred readings, seed.
import { writeFileSync } from 'node:fs';

const [estimator, outliers, seed] = process.argv.slice(2);
let state = Number(seed) >>> 0;

/** Uniform in [0, 1): mulberry32. */
function uniform() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const estimators = {
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  median: (values) => values.toSorted((a, b) => a - b)[values.length >> 1],
};

// The true centre is 0; outliers lie on one side.
const samples = Array.from({ length: 200 }, () =>
  Array.from({ length: 100 }, (_, i) => (i < Number(outliers) ? 5 + uniform() : 2 * uniform() - 1)),
);
const errors = samples.map((values) => Math.abs(estimators[estimator](values)));
writeFileSync('metrics.json', JSON.stringify({ error: estimators.mean(errors) }));
console.log(\`\${estimator}: \${estimators.mean(errors).toFixed(4)}\`);
`;

const FILES: Readonly<Record<string, string>> = {
  'experiment.yaml': EXPERIMENT,
  'scripts/estimate.mjs': SCRIPT,
  [SETTINGS_FILE]: '# Settings for this project on this machine, such as paths of data sets.\nset: {}\n',
  '.gitignore': `cache/\n${SETTINGS_FILE}\n`,
};

const SAYS: Readonly<Record<string, string>> = {
  'experiment.yaml': 'two estimators, three replicates of each, a table and a claim',
  'scripts/estimate.mjs': 'the program that the stages run',
  [SETTINGS_FILE]: 'settings for this machine; marks the project’s root',
  '.gitignore': 'keeps the cache out of git',
};
