import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stream } from '../../src/foundation/numbers/random.js';
import { decodeImage, readHeader } from '../../src/plugins/recognition/datasets/images/decode.js';

const FIXTURES = 'tests/recognition/datasets/fixtures';

/** Images of few kilobytes: JPEG and PNG of all sorts, and one of each plain format. */
const images: readonly Uint8Array[] = [
  ...readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(jpg|png)$/.test(name))
    .sort()
    .map((name) => readFileSync(join(FIXTURES, name)))
    .filter(({ length }) => length > 0 && length < 50_000),
  Buffer.from('P2\n3 2\n255\n0 1 2\n3 4 5\n'),
  Buffer.concat([Buffer.from('P6 4 4 255\n'), Buffer.alloc(48, 7)]),
  Buffer.concat([Buffer.from('P5 4 4 65535\n'), Buffer.alloc(32, 7)]),
];

/** The bytes of an image, changed. */
export function mutatedImage(random: Stream): Uint8Array {
  let bytes = Buffer.from(pick(random, images));
  for (let times = 1 + random.integer(5); times > 0; times -= 1) {
    const at = random.integer(bytes.length + 1);
    switch (random.integer(6)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = random.integer(256);
        break;
      case 2: // A length or a size: what a header says of what follows.
        bytes.fill(pick(random, [0x00, 0x7f, 0xff]), at, Math.min(bytes.length, at + 1 + random.integer(4)));
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(64))]);
        break;
      case 4: // A part of another image.
        bytes = Buffer.concat([bytes.subarray(0, at), pick(random, images).subarray(random.integer(200))]);
        break;
      case 5: // In the header, where most of it is decided.
        if (bytes.length > 0) bytes[random.integer(Math.min(bytes.length, 64))] = random.integer(256);
    }
  }
  return bytes;
}

/** What is wrong with how a changed image is read; undefined where it is decoded, or refused by name. */
export async function readImage(bytes: Uint8Array): Promise<string | undefined> {
  const name = 'x/a.png';
  const header = await readHeader(bytes, name);
  const said = header.ok ? await decodeImage(bytes, name) : header;
  if (!said.ok) {
    const unnamed = said.error.find(({ message }) => !message.includes(name) || /\bundefined\b|\bNaN\b/.test(message));
    return unnamed === undefined ? undefined : `it says: ${unnamed.message}`;
  }
  if (!header.ok || !('data' in said.value)) return undefined;
  const { width, height, data } = said.value;
  if (width !== header.value.width || height !== header.value.height)
    return 'it is of another size than its header says';
  return data.length === width * height * 3 ? undefined : 'it has not three bytes for each pixel';
}

function pick<T>(random: Stream, from: readonly T[]): T {
  return from[random.integer(from.length)]!;
}
