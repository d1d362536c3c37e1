import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../../../foundation/values/json.js';

/** The library that compresses images, and so decides bytes: sharp's version and that of libvips inside of it. */
export async function imageLibraries(): Promise<JsonObject> {
  installed ??= prebuiltVersions();
  if (installed !== undefined) return installed;
  const { default: sharp } = await import('sharp');
  installed = { sharp: sharp.versions.sharp, vips: sharp.versions.vips };
  return installed;
}

let installed: JsonObject | undefined;

/**
 * What sharp would say of itself, read from its packages, since planning must not load it. Undefined where it is not plain
 * which libvips it will take: one built on this machine, WebAssembly, or binaries for two C libraries side by side.
 */
export function prebuiltVersions(): JsonObject | undefined {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('sharp');
  const root = join(dirname(entry), '..');
  const manifest = read(require, join(root, 'package.json'));
  if (manifest?.name !== 'sharp' || existsSync(join(root, 'src', 'build'))) return undefined;
  const beside = createRequire(entry);
  if (read(beside, '@img/sharp-wasm32/package') !== undefined) return undefined;
  const found = [platform(), `${platform()}musl`]
    .map((system) => read(beside, `@img/sharp-libvips-${system}-${arch()}/versions`))
    .filter((versions) => versions !== undefined);
  const [versions] = found;
  if (found.length !== 1 || manifest.version === undefined || versions?.vips === undefined) return undefined;
  return { sharp: manifest.version, vips: versions.vips };
}

function read(require: NodeJS.Require, name: string): JsonObject | undefined {
  try {
    return JSON.parse(readFileSync(require.resolve(name), 'utf8')) as JsonObject;
  } catch {
    return undefined;
  }
}
