import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { failure } from '../../foundation/diagnostic.js';
import { statIfPresent } from '../../foundation/files.js';
import { EXIT } from '../exit.js';
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
      'Then change something (the range of yaw, a line of stages/brightness.ts) and see fx plan experiment.yaml',
    );
  return EXIT.done;
}

const EXPERIMENT = `fx: 1
name: brightness
title: How bright are faces that look aside?

parameters:
  yaw:
    value: [-60 deg, 60 deg]
    within: [-90 deg, 90 deg]
    says: How far the faces are turned. Try --set yaw="[-20 deg, 20 deg]"
  persons: { value: 20, says: More of them draws the new ones only. Try --set persons=30 }

stages:
  # One of fx's own kinds: \`fx kinds faces/generate\` tells what it takes.
  faces:
    uses: faces/generate
    with:
      identities: \${persons}
      samples: 5
      pose: { yaw: "uniform(\${yaw})" }

  # A kind of your own, in TypeScript. Its code is part of the key: a changed line runs it again, a comment does not.
  brightness:
    uses: ./stages/brightness.ts#brightness
    with: { images: "\${faces}", bins: 10 }

  # Any program, with declared inputs and outputs, in a clean environment.
  summary:
    uses: command
    with:
      run: [node, "{script}", "{brightness}"]
      sources: { script: ./scripts/summary.mjs }
      inputs: { brightness: "\${brightness}" }
      outputs: [summary.txt]
      versions: [[node, --version]]
`;

const STAGE = `import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Artifact {
  readonly locate: (file: string) => string;
}

interface Context {
  readonly parameters: { readonly images: Artifact; readonly bins: number };
  /** An empty folder: what is in it at the end is the result. */
  readonly workspace: string;
  readonly log: (line: string) => void;
  readonly progress: (done: number, total: number, unit: string) => void;
}

/** A histogram of the mean brightness of images. */
export const brightness = {
  name: 'brightness',
  says: 'Counts images by their mean brightness.',
  produces: 'files',
  outputs: { 'histogram.json': 'How many images have each brightness.' },
  // JSON Schema; \`fx\` says what it cannot: quantities with units, inputs.
  parameters: {
    json: {
      type: 'object',
      properties: {
        images: { type: 'string', pattern: '^\\\\$\\\\{.+\\\\}$', fx: { artifact: ['images'] }, description: 'What to measure.' },
        bins: { type: ['number', 'string'], fx: { quantity: 'count', min: 1 }, default: 10, description: 'Of the histogram.' },
      },
      required: ['images'],
      additionalProperties: false,
    },
  },
  run: async ({ parameters: { images, bins }, workspace, log, progress }: Context) => {
    const { shards } = JSON.parse(readFileSync(images.locate('dataset.json'), 'utf8'));
    const counts = new Array(bins).fill(0);
    let sum = 0;
    let seen = 0;
    for (const [i, shard] of shards.entries()) {
      for (const mean of meansOf(images.locate(shard.file))) {
        counts[Math.min(bins - 1, Math.floor((mean / 256) * bins))] += 1;
        sum += mean;
        seen += 1;
      }
      progress(i + 1, shards.length, 'shards');
    }
    log(\`measured \${seen} images\`);
    writeFileSync(join(workspace, 'histogram.json'), JSON.stringify({ bins: counts, mean: sum / seen }));
    return { ok: true, value: { metrics: { images: seen, mean: sum / seen } } };
  },
};

/** Mean of each image of a safetensors shard: eight bytes of length, a header in JSON, the tensors. */
function* meansOf(path: string): Generator<number> {
  const file = openSync(path, 'r');
  try {
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const header = Buffer.alloc(Number(length.readBigUInt64LE()));
    readSync(file, header, 0, header.length, 8);
    const { shape, data_offsets } = JSON.parse(header.toString('utf8')).images;
    const [n, h, w, c] = shape;
    const image = Buffer.alloc(h * w * c);
    for (let i = 0; i < n; i += 1) {
      readSync(file, image, 0, image.length, 8 + header.length + data_offsets[0] + i * image.length);
      yield image.reduce((sum, value) => sum + value, 0) / image.length;
    }
  } finally {
    closeSync(file);
  }
}
`;

const SCRIPT = `// Started by the stage \`summary\`, with the folder of what \`brightness\` made.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { bins, mean } = JSON.parse(readFileSync(join(process.argv[2], 'histogram.json'), 'utf8'));
const most = Math.max(...bins);
const lines = bins.map((count, i) => {
  const from = Math.round((i * 256) / bins.length);
  return \`\${String(from).padStart(3)}  \${'#'.repeat(Math.round((40 * count) / most))} \${count}\`;
});
writeFileSync('summary.txt', [\`mean brightness \${mean.toFixed(1)}\`, ...lines, ''].join('\\n'));
console.log(\`mean brightness \${mean.toFixed(1)}\`);
`;

const FILES: Readonly<Record<string, string>> = {
  'experiment.yaml': EXPERIMENT,
  'stages/brightness.ts': STAGE,
  'scripts/summary.mjs': SCRIPT,
  'fx.yaml': '# What holds for this project on this machine: paths of data sets and the like.\nset: {}\n',
  '.gitignore': 'cache/\nfx.yaml\n',
};

const SAYS: Readonly<Record<string, string>> = {
  'experiment.yaml': 'three stages: faces, their brightness, a summary',
  'stages/brightness.ts': 'a stage kind of your own',
  'scripts/summary.mjs': 'a program that a command stage runs',
  'fx.yaml': 'settings of this machine; marks the project’s root',
  '.gitignore': 'the cache is not to be committed',
};
