import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { decodeImage, readHeader } from '../../../src/plugins/recognition/datasets/images/decode.js';

interface Fixture {
  readonly width: number;
  readonly height: number;
  readonly cases: readonly { readonly name: string; readonly file: string; readonly rgb: readonly number[] }[];
}

const fixture = JSON.parse(readFileSync('tests/recognition/datasets/fixtures/plain-images.json', 'utf8')) as Fixture;

describe('an image in one of Netpbm’s or Windows’ formats', () => {
  for (const { name, file, rgb } of fixture.cases) {
    it(`has the values that Pillow reads: ${name}`, async () => {
      const bytes = Buffer.from(file, 'base64');
      const header = await readHeader(bytes, name);
      assert.ok(header.ok);
      assert.deepEqual([header.value.width, header.value.height], [fixture.width, fixture.height]);
      const image = await decodeImage(bytes, name);
      assert.ok(image.ok, image.ok ? '' : image.error[0]!.message);
      assert.deepEqual([...image.value.data], rgb);
      const part = await decodeImage(bytes, name, { left: 2, top: 1, width: 3, height: 2 });
      assert.ok(part.ok);
      const wanted = [1, 2].flatMap((y) => rgb.slice(3 * (y * fixture.width + 2), 3 * (y * fixture.width + 5)));
      assert.deepEqual([...part.value.data], wanted);
    });

    it(`is refused where it is cut off: ${name}`, async () => {
      const bytes = Buffer.from(file, 'base64');
      for (const share of [0.3, 0.6, 0.9]) {
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        const header = await readHeader(cut, name);
        const image = header.ok ? await decodeImage(cut, name, { left: 0, top: 0, width: 1, height: 1 }) : header;
        assert.ok(!image.ok, `${share}`);
        assert.equal(image.error[0]!.code, 'datasets/unreadable-image');
      }
    });
  }
});

describe('an image that is cut off', function () {
  this.timeout(60_000);
  const picture = () =>
    sharp({ create: { width: 250, height: 1900, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } } }); // prettier-ignore
  for (const [form, make] of [
    ['JPEG', () => picture().jpeg({ quality: 90 })],
    ['progressive JPEG', () => picture().jpeg({ quality: 90, progressive: true })],
    ['JPEG of grey', () => picture().toColourspace('b-w').jpeg()],
    ['PNG', () => picture().png()],
    ['WebP', () => picture().webp()],
    ['TIFF', () => picture().tiff({ compression: 'lzw' })],
  ] as const) {
    it(`is good or bad whatever part of it is asked for: ${form}`, async () => {
      const whole = await make().toBuffer();
      const parts = [
        undefined,
        { left: 0, top: 0, width: 250, height: 20 },
        { left: 60, top: 40, width: 100, height: 100 },
        { left: 0, top: 1899, width: 1, height: 1 },
      ];
      for (const part of parts) assert.ok((await decodeImage(whole, 'whole', part)).ok);
      for (const share of [0.5, 0.8, 0.97, 0.99]) {
        const cut = whole.subarray(0, Math.floor(whole.length * share));
        for (const part of parts) {
          assert.ok(!(await decodeImage(cut, 'cut', part)).ok, `${share} ${JSON.stringify(part)}`);
        }
      }
    });
  }
});

describe('a JPEG that has an end, but not all of its pixels', function () {
  this.timeout(60_000);
  const parts = [undefined, { left: 0, top: 0, width: 250, height: 20 }, { left: 249, top: 189, width: 1, height: 1 }];
  const picture = (options: object = {}) =>
    sharp({ create: { width: 250, height: 190, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } } }) // prettier-ignore
      .jpeg({ quality: 90, ...options })
      .toBuffer();
  const END = Buffer.from([0xff, 0xd9]);

  for (const [form, progressive] of [
    ['JPEG', false],
    ['progressive JPEG', true],
  ] as const) {
    it(`is bad whatever part of it is asked for: ${form}`, async () => {
      const whole = await picture({ progressive });
      for (const share of [0.4, 0.7, 0.95]) {
        const closed = Buffer.concat([whole.subarray(0, Math.floor(whole.length * share)), END]);
        for (const part of parts) {
          const image = await decodeImage(closed, 'closed.jpg', part);
          assert.ok(!image.ok, `${share} ${JSON.stringify(part)}`);
          assert.match(image.error[0]!.message, /^closed\.jpg cannot be read: .*premature end of data segment/);
        }
      }
    });
  }

  it('is good where libjpeg only finds bytes too many, or a version that it does not know', async () => {
    const whole = await picture();
    const wanted = await decodeImage(whole, 'whole');
    assert.ok(wanted.ok);
    const longer = Buffer.concat([whole.subarray(0, -2), Buffer.alloc(7), END]);
    const jfif = Buffer.from([0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 3, 0, 0, 0, 1, 0, 1, 0, 0]);
    const newer = Buffer.concat([whole.subarray(0, 2), jfif, whole.subarray(2)]);
    for (const bytes of [longer, newer]) {
      assert.ok((await readHeader(bytes, 'odd.jpg')).ok);
      const image = await decodeImage(bytes, 'odd.jpg');
      assert.ok(image.ok, image.ok ? '' : image.error[0]!.message);
      assert.deepEqual(image.value.data, wanted.value.data);
    }
  });
});
