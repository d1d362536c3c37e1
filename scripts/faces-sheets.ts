/**
 * Draws the pictures of the README and of docs/faces.md from `experiments/faces.yaml`: its contact sheet, and one person's
 * images above their maps.
 *
 *     node dist/scripts/faces-sheets.js
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';

const EXPERIMENT = 'experiments/faces.yaml';
const MAPS = ['albedo', 'illumination', 'normals', 'depth', 'correspondence'] as const;
/** Images in a row of its sheet, which is a person's. */
const SAMPLES = 8;
/** The person whose maps are shown, from 0. */
const SHOWN = 1;

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fx-sheets-'));

function fx(...words: readonly string[]): void {
  execFileSync(process.execPath, ['bin/fx.js', ...words], { cwd: root, stdio: 'inherit' });
}

function sheet(map: string, ...words: readonly string[]): string {
  const path = join(folder, `${map}.png`);
  fx('show', EXPERIMENT, 'faces', '--sheet', path, ...words);
  return path;
}

/** In a palette of 256 colours: a quarter of the bytes, and no difference that shows. */
async function write(picture: Sharp, name: string): Promise<void> {
  await picture.png({ palette: true, compressionLevel: 9 }).toFile(join(root, 'docs/images', name));
}

try {
  fx('run', EXPERIMENT, '--no-report', '--no-lock');
  const faces = sheet('image');
  await write(sharp(faces), 'faces.png');

  const { width } = await sharp(faces).metadata();
  const row = Math.floor(width / SAMPLES);
  const strips: OverlayOptions[] = [];
  for (const path of [faces, ...MAPS.map((map) => sheet(map, '--with', `map=${map}`))]) {
    const input = await sharp(path)
      .extract({ left: 0, top: SHOWN * row, width, height: row })
      .toBuffer();
    strips.push({ input, left: 0, top: strips.length * row });
  }
  const ground = { width, height: strips.length * row, channels: 3, background: 'white' } as const;
  await write(sharp({ create: ground }).composite(strips), 'faces-maps.png');
} finally {
  rmSync(folder, { recursive: true });
}
