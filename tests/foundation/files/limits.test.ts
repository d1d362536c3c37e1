import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  changedLimits,
  limit,
  LIMITS,
  raise,
  variableOf,
  wrongLimits,
  type LimitName,
} from '../../../src/foundation/files/limits.js';
import { printQuantity } from '../../../src/foundation/schema/quantity.js';

describe('a limit', () => {
  const names = Object.keys(LIMITS) as LimitName[];

  it('is raised and lowered by its variable, in its own unit', () => {
    assert.equal(limit('image-pixels', {}), 100_000_000);
    assert.equal(limit('image-pixels', { FX_LIMIT_IMAGE_PIXELS: '400M' }), 400_000_000);
    assert.equal(limit('text-bytes', { FX_LIMIT_TEXT_BYTES: '1 KiB' }), 1024);
    assert.equal(limit('image-time', { FX_LIMIT_IMAGE_TIME: '5min' }), 300);
  });

  it('that makes no sense is an error, and does not count', () => {
    const wrong: Readonly<Record<string, string>> = {
      FX_LIMIT_IMAGE_PIXELS: 'many',
      FX_LIMIT_TEXT_BYTES: '-1 GiB',
      FX_LIMIT_IMAGE_TIME: '60',
      FX_LIMIT_BUNDLE_RATIO: '0',
      FX_LIMIT_IMAGE_PIXEL: '400M',
      FX_LIMIT_: '1',
    };
    for (const [variable, value] of Object.entries(wrong)) {
      assert.equal(wrongLimits({ [variable]: value }).length, 1, variable);
      for (const name of names) assert.equal(limit(name, { [variable]: value }), LIMITS[name].is);
    }
    assert.match(wrongLimits({ FX_LIMIT_IMAGE_PIXEL: '1' })[0]!.help!, /did you mean `FX_LIMIT_IMAGE_PIXELS`/);
    assert.deepEqual(wrongLimits({ FX_LIMIT_IMAGE_PIXELS: '1k', FX_CACHE: 'x' }), []);
  });

  it('says how to raise it in words that it takes itself', () => {
    for (const name of names) {
      const [, variable, value] = /(FX_LIMIT_\w+)=(\S+)$/.exec(raise(name))!;
      assert.equal(limit(name, { [variable!]: value }), 2 * LIMITS[name].is, name);
    }
  });

  it('is part of a key where it was changed, and of none where it was not', () => {
    assert.equal(changedLimits('image-pixels', 'image-bytes'), undefined);
    process.env.FX_LIMIT_IMAGE_PIXELS = '7';
    try {
      assert.deepEqual(changedLimits('image-pixels', 'image-bytes'), { 'limit image-pixels': 7 });
    } finally {
      delete process.env.FX_LIMIT_IMAGE_PIXELS;
    }
  });

  it('stands in docs/security.md as it is', () => {
    const page = readFileSync('docs/security.md', 'utf8').replaceAll(/ +/g, ' ');
    for (const name of names) {
      const { of, is, says } = LIMITS[name];
      assert.ok(page.includes(`| \`${variableOf(name)}\` | ${printQuantity(of, is)} | ${says} |`), name);
    }
  });
});
