/**
 * Shows that the memory in which faces are made does not grow with their number: makes a thousand images and then many in
 * processes of their own, by shards of a thousand that are thrown away, and prints the most memory each ever held, and the
 * least it held after any shard of its last half: what is left where the collector has just been.
 *
 *     node dist/bench/renderer-memory.js [images, 1,000,000 by default] [their side in pixels, 96 by default]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Generator } from '../src/plugins/recognition/faces/generate/generator.js';
import { loadEmbeddedModel } from '../src/plugins/recognition/faces/model/embedded.js';
import { DEFAULT_CAMERA } from '../src/plugins/recognition/faces/pose/camera.js';
import type { Distribution } from '../src/foundation/numbers/distribution.js';

const PER_SHARD = 10;
const SAMPLES = 100;
/** MiB that the moments of the garbage collector make of a difference. */
const SLACK = 16;

const [first, second, third] = process.argv.slice(2);
if (first === 'make') console.log(JSON.stringify(await make(Number(second), Number(third))));
else compare(Number(first ?? 1e6), Number(second ?? 96));

/** MiB. */
interface Held {
  readonly most: number;
  readonly left: number;
}

function compare(images: number, side: number): void {
  const held = (count: number): Held => {
    const start = performance.now();
    const words = [fileURLToPath(import.meta.url), 'make', `${count}`, `${side}`];
    const made = JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Held;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${count} images: ${made.most} MiB at most, ${made.left} MiB left, ${seconds} s`);
    return made;
  };
  const few = held(1000);
  const many = held(images);
  if (many.most > few.most + SLACK || many.left > few.left + SLACK) {
    console.log('memory grows with the number of images');
    process.exitCode = 1;
  }
}

/** Makes so many images, and says what memory the process held. */
async function make(images: number, side: number): Promise<Held> {
  const constant = (value: number): Distribution => ({ type: 'constant', value });
  const normal = { distribution: { type: 'normal', mean: 0, deviation: 1 } } as const;
  const uniform = (half: number): Distribution => ({ type: 'uniform', low: -half, high: half });
  const recipe = {
    seed: 1,
    identities: images / SAMPLES,
    samples: SAMPLES,
    mode: 'random',
    size: { width: side, height: side },
    face: { shape: normal, albedo: normal, expression: normal },
    pose: { yaw: uniform(1.5), pitch: uniform(0.5), roll: uniform(0.3) },
    distance: 1000,
    camera: DEFAULT_CAMERA,
    framing: { type: 'aligned', template: 'padded', scaling: constant(1), shift: { x: constant(0), y: constant(0) } },
    light: { from: { type: 'natural' } },
    background: { type: 'procedural' },
    maps: [],
    supersampling: 2,
  } as const;
  const generator = Generator.open(recipe, { model: loadEmbeddedModel() });
  if (!generator.ok) throw new Error(generator.error[0]!.message);
  const folder = mkdtempSync(join(tmpdir(), 'fx-memory-'));
  let left = Infinity;
  try {
    for (let identity = 0; identity < recipe.identities; identity += PER_SHARD) {
      const path = join(folder, 'shard');
      await generator.value.writeShard(path, { firstIdentity: identity, identities: PER_SHARD });
      rmSync(path);
      if (2 * (identity + PER_SHARD) >= recipe.identities) left = Math.min(left, process.memoryUsage.rss());
    }
  } finally {
    await generator.value.close();
    rmSync(folder, { recursive: true });
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  const most = Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024;
  return { most: Math.round(most), left: Math.round(left / 2 ** 20) };
}
