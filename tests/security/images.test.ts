import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { decodeImage, loadSharp, readHeader } from '../../src/plugins/recognition/datasets/images/decode.js';
import { importShard } from '../../src/plugins/recognition/datasets/import.js';
import { DEFAULT_ALIGNMENT } from '../../src/plugins/recognition/datasets/alignment/align-face.js';
import { BackgroundFolder } from '../../src/plugins/recognition/faces/background/folder.js';

const SIDE = 65_000;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PNG of 8 bits RGB whose header says a size, with what data there are. */
function png(width: number, height: number, data: Buffer, more: readonly Buffer[] = []): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const parts = [chunk('IHDR', head), ...more, chunk('IDAT', deflateSync(data)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

/** A TIFF of one strip: its tags, each a short or a long. `next`: where the next page is said to be. */
function tiff(tags: Readonly<Record<number, number>>, next = 0): Buffer {
  const entries = Object.entries(tags).sort(([a], [b]) => Number(a) - Number(b));
  const out = Buffer.alloc(8 + 2 + 12 * entries.length + 4 + 64);
  out.write('II*\0', 0, 'latin1');
  out.writeUInt32LE(8, 4);
  out.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, value], i) => {
    const at = 10 + 12 * i;
    out.writeUInt16LE(Number(tag), at);
    out.writeUInt16LE(4, at + 2);
    out.writeUInt32LE(1, at + 4);
    out.writeUInt32LE(value, at + 8);
  });
  out.writeUInt32LE(next, 10 + 12 * entries.length);
  return out;
}

const TIFF = { 256: 32, 257: 32, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: 32, 279: 64 };

/** A progressive JPEG whose last scan comes again and again. */
async function scans(times: number, side: number): Promise<Buffer> {
  const noise = Buffer.from(Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * i) % 251));
  const jpeg = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ progressive: true })
    .toBuffer();
  const last = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = jpeg.subarray(last, jpeg.length - 2);
  return Buffer.concat([jpeg.subarray(0, last), ...Array.from({ length: times }, () => scan), jpeg.subarray(-2)]);
}

const SVG = (inside: string): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">${inside}</svg>`); // prettier-ignore

const rubbish = Buffer.alloc(64);
const gif = (side: number): Buffer => {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\0\0\0\0\0\x02\x02D\x01\0;', 'latin1');
  for (const at of [6, 8, 24, 26]) head.writeUInt16LE(side, at);
  return head;
};
const bmp = (width: number, height: number): Buffer => {
  const head = Buffer.alloc(54 + 64);
  head.write('BM');
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(24, 28);
  return head;
};
const pnm = (text: string): Buffer => Buffer.from(text);

describe('an image that means harm', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'fx-images-'))));
  after(() => rmSync(folder, { recursive: true }));

  const drawn: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
    'is drawn by a program: SVG': () => SVG('<rect width="64" height="64" fill="red"/>'),
    'is drawn by a program that names another file': () => SVG(`<image xlink:href="file://${folder}/secret.png" width="64" height="64"/>`), // prettier-ignore
    'is drawn by a program with entities without end': () =>
      Buffer.from('<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&b;</text></svg>'), // prettier-ignore
    'is drawn by a program that is compressed': async () => {
      const { gzipSync } = await import('node:zlib');
      return gzipSync(SVG('<rect width="9" height="9"/>'));
    },
    'is PDF': () => Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>'),
    'is PostScript': () => Buffer.from('%!PS\n(/etc/passwd) (r) file\n'),
    'is a script of ImageMagick': () => Buffer.from('push graphic-context\nimage over 0,0 0,0 "msl:/etc/passwd"\n'),
    'is an image of libvips itself': () => Buffer.concat([Buffer.from([0xb6, 0xa6, 0xf2, 0x08]), Buffer.alloc(200)]),
    'is HTML': () => Buffer.from('<html><img src="x"></html>'),
    'is a list of numbers': () => Buffer.from('64 64\n1 2 3\n'),
    'is a zip': () => Buffer.from('PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
  };
  for (const [what, make] of Object.entries(drawn)) {
    it(`is not read where it ${what}, though it is called .jpg`, async () => {
      const header = await readHeader(await make(), 'x.jpg');
      assert.ok(!header.ok);
      assert.equal(header.error[0]!.code, 'datasets/unreadable-image');
      assert.ok(!(await decodeImage(await make(), 'x.jpg')).ok);
    });
  }

  const large: Readonly<Record<string, Buffer>> = {
    'PNG of four milliards of pixels': png(SIDE, SIDE, rubbish),
    'PNG of 2^31 - 1 by 1': png(2 ** 31 - 1, 1, rubbish),
    'TIFF of four milliards of pixels': tiff({ ...TIFF, 256: SIDE, 257: SIDE, 278: SIDE }),
    'TIFF of 2^32 - 1 by 2^32 - 1': tiff({ ...TIFF, 256: 2 ** 32 - 1, 257: 2 ** 32 - 1 }),
    'TIFF whose next page is its first': tiff({ ...TIFF, 256: SIDE, 257: SIDE }, 8),
    'GIF of 65,535 by 65,535': gif(65_535),
    'BMP of 2^31 - 1 by 2^31 - 1': bmp(2 ** 31 - 1, 2 ** 31 - 1),
    'BMP that is -2^31 high': bmp(1, -(2 ** 31)),
    'PPM of a million by a million': pnm('P6 1000000 1000000 255\n'),
    'PBM of 10^15 by 10^15': pnm('P4 1000000000000000 1000000000000000\n'),
    'PGM of more digits than a number has': pnm(`P2 ${'9'.repeat(400)} 9 255\n`),
  };
  for (const [what, bytes] of Object.entries(large)) {
    it(`is refused by its header: ${what}`, async () => {
      const before = process.memoryUsage().rss;
      const begun = performance.now();
      const header = await readHeader(bytes, 'x.png');
      assert.ok(!header.ok);
      assert.match(header.error[0]!.code, /image-too-large|unreadable-image/);
      if (header.error[0]!.code === 'datasets/image-too-large')
        assert.match(header.error[0]!.help!, /FX_LIMIT_IMAGE_PIXELS=200M/);
      assert.ok(process.memoryUsage().rss - before < 200 << 20);
      assert.ok(performance.now() - begun < 5000);
    });
  }

  const damaged: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
    'PNG of 81 million pixels and 64 bytes': () => png(9000, 9000, rubbish),
    'PNG whose data go on for a gigabyte': () => png(8, 8, Buffer.alloc(64 << 20)),
    'PNG with a text that unpacks to 64 MiB': () =>
      png(8, 8, rubbish, [chunk('zTXt', Buffer.concat([Buffer.from('k\0\0'), deflateSync(Buffer.alloc(64 << 20))]))]),
    'PNG with a profile that unpacks to 64 MiB': () =>
      png(8, 8, rubbish, [chunk('iCCP', Buffer.concat([Buffer.from('k\0\0'), deflateSync(Buffer.alloc(64 << 20))]))]),
    'TIFF of 81 million pixels in one strip': () => tiff({ ...TIFF, 256: 9000, 257: 9000, 278: 9000 }),
    'TIFF with 65,535 samples a pixel': () => tiff({ ...TIFF, 277: 65_535 }),
    'TIFF whose strip lies beyond its end': () => tiff({ ...TIFF, 273: 2 ** 32 - 1, 279: 2 ** 32 - 1 }),
    'TIFF in strips of no rows': () => tiff({ ...TIFF, 278: 0 }),
    'BMP of 81 million pixels and 64 bytes': () => bmp(9000, 9000),
    'PPM of 81 million pixels and none there': () => pnm('P6 9000 9000 255\n'),
    'PPM in text of 81 million pixels': () => pnm('P3 9000 9000 255\n1 2 3'),
    'PBM in text of 81 million pixels': () => pnm('P1 9000 9000\n1 0 1'),
    'WebP of 16,383 by 5,000 without data': () =>
      Buffer.from('RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xfe\x3f\xe1\x04\0\0\0\0\0\0\0\0', 'latin1'),
    'JPEG that ends in its header': async () =>
      (await sharp(Buffer.alloc(3 * 64 * 64), { raw: { width: 64, height: 64, channels: 3 } }).jpeg().toBuffer()).subarray(0, 300), // prettier-ignore
    'JPEG of a thousand scans': () => scans(1000, 512),
  };
  for (const [what, make] of Object.entries(damaged)) {
    it(`costs little before it is refused, or read as the small one that it is: ${what}`, async () => {
      const bytes = await make();
      const begun = performance.now();
      const header = await readHeader(bytes, 'x.png');
      const decoded = header.ok ? await decodeImage(bytes, 'x.png') : header;
      if (!decoded.ok) assert.match(decoded.error[0]!.code, /unreadable-image|image-too/);
      else assert.ok(decoded.value.width * decoded.value.height <= 1 << 18, 'only a small one is read');
      assert.ok(performance.now() - begun < 10_000);
    });
  }

  it('is given up after a time, which is never a reason to leave it out', async function () {
    process.env.FX_LIMIT_IMAGE_TIME = '1s';
    try {
      const side = 9900;
      // Every row is the one above and what lies left of it (Paeth's filter), which takes a while to undo.
      const rows = Buffer.alloc(side * (3 * side + 1));
      for (let row = 0; row < side; row += 1) rows[row * (3 * side + 1)] = 4;
      const at = join(folder, 'slow.png');
      writeFileSync(at, png(side, side, rows));
      const entry = { name: 'x', file: at, identity: 'x', person: 0, sample: 0, box: undefined, points: undefined };
      const alignment = { ...DEFAULT_ALIGNMENT, size: 32 };
      const shard = join(folder, 'shard');
      const made = await importShard([entry], shard, { alignment, onBadImage: 'skip', locate: (file) => file });
      // A machine that decodes it within the second has nothing to give up.
      if (made.ok && made.value.images === 1) this.skip();
      assert.ok(!made.ok, 'the whole part fails');
      assert.equal(made.error[0]!.code, 'datasets/image-too-slow');
      assert.match(made.error[0]!.help ?? '', /FX_LIMIT_IMAGE_TIME=2min/);
    } finally {
      delete process.env.FX_LIMIT_IMAGE_TIME;
    }
  });

  const files: Readonly<Record<string, (path: string) => void>> = {
    'a file of a terabyte': (path) => {
      writeFileSync(path, '\xff\xd8\xff');
      truncateSync(path, 2 ** 40);
    },
    'a named pipe': (path) => void execFileSync('mkfifo', [path]),
    'a folder': (path) => {
      mkdirSync(path);
    },
  };
  for (const [what, put] of Object.entries(files)) {
    it(`is left out, with a word, where it is ${what}`, async () => {
      const path = join(folder, what.replaceAll(' ', '-'));
      put(path);
      const entry = { name: 'x', file: path, identity: 'x', person: 0, sample: 0, box: undefined, points: undefined };
      const alignment = { ...DEFAULT_ALIGNMENT, size: 32 };
      const shard = join(folder, `${what}.shard`);
      const made = await importShard([entry], shard, { alignment, onBadImage: 'skip', locate: (file) => file });
      assert.ok(made.ok);
      assert.equal(made.value.images, 0);
      assert.match(made.value.warnings[0]!.message, /it is left out/);
    });
  }

  it('is no background either: SVG, bombs and pipes', async () => {
    const backgrounds = join(folder, 'backgrounds');
    mkdirSync(backgrounds);
    writeFileSync(join(backgrounds, 'a.jpg'), SVG('<rect width="64" height="64" fill="red"/>'));
    writeFileSync(join(backgrounds, 'b.png'), png(SIDE, SIDE, rubbish));
    writeFileSync(join(backgrounds, 'c.ppm'), pnm('P6 1000000 1000000 255\n'));
    execFileSync('mkfifo', [join(backgrounds, 'd.jpg')]);
    const open = (broken: 'skip' | 'fail'): BackgroundFolder => {
      const opened = BackgroundFolder.open({ type: 'folder', path: backgrounds, broken }, { width: 32, height: 32 });
      assert.ok(opened.ok);
      return opened.value;
    };
    for (let i = 0; i < 4; i += 1) assert.ok(!(await open('fail').pixels(i)).ok);
    assert.ok(!(await open('skip').pixels(0)).ok);
    writeFileSync(join(backgrounds, 'e.png'), await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } }).png().toBuffer()); // prettier-ignore
    const pixels = await open('skip').pixels(0);
    assert.ok(pixels.ok);
    assert.deepEqual([...pixels.value.subarray(0, 3)], [255, 0, 0]);
  });

  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
    it(`is told from an honest ${format}, which is read`, async () => {
      await loadSharp();
      const made = sharp({ create: { width: 40, height: 30, channels: 3, background: { r: 200, g: 20, b: 20 } } });
      const bytes = await made.toFormat(format).toBuffer();
      const decoded = await decodeImage(bytes, 'x');
      assert.ok(decoded.ok);
      assert.deepEqual([decoded.value.width, decoded.value.height], [40, 30]);
      assert.ok(Math.abs(decoded.value.data[0]! - 200) < 8);
    });
  }
});
