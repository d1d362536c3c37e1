import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { countLines, LinesAt, linesOf, TextWriter } from '../../../src/foundation/files/text-file.js';

describe('a text on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-text-'));
  const path = join(folder, 'text');
  afterEach(() => rmSync(path, { force: true }));
  after(() => rmSync(folder, { recursive: true }));

  const line = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'x'.repeat(70_000), 'ü'.repeat(40_000)));
  const lines = fc.array(
    line.map((text) => text.replaceAll('\n', ' ')),
    { maxLength: 40 },
  );

  it('gives the lines that were written, and from any of them on', () => {
    fc.assert(
      fc.property(lines, (written) => {
        rmSync(path, { force: true });
        const writer = new TextWriter(path);
        for (const each of written) writer.add(`${each}\n`);
        writer.close();
        assert.equal(readFileSync(path, 'utf8'), written.map((each) => `${each}\n`).join(''));
        const read = [...linesOf(path)];
        assert.deepEqual(
          read.map((each) => each.line),
          written,
        );
        for (const { at, line } of read) assert.deepEqual(linesOf(path, at).next().value, { line, at });
      }),
      { numRuns: 30 },
    );
  });

  it('does not tell a line that is not ended, unless it is asked to', () => {
    writeFileSync(path, 'one\ntwo\nthr');
    assert.deepEqual(
      Array.from(linesOf(path), (each) => each.line),
      ['one', 'two'],
    );
    assert.deepEqual([...linesOf(path, 4, 'kept')], [{ line: 'two', at: 4 }, { line: 'thr', at: 8 }]); // prettier-ignore
  });

  it('gives its lines in any order, by where they begin, and their number', () => {
    const orders = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(lines, fc.boolean(), orders, (written, isEnded, order) => {
        const text = written.join('\n') + (isEnded && written.length > 0 ? '\n' : '');
        writeFileSync(path, text);
        const told = [...linesOf(path, 0, 'kept')];
        const wanted = text.replace(/\n$/, '').split('\n');
        assert.deepEqual(told.map(({ line }) => line), text === '' ? [] : wanted); // prettier-ignore
        assert.equal(countLines(path), told.length);
        const at = new LinesAt(path);
        for (const each of told) assert.equal(at.read(each.at), each.line);
        for (let look = 0; look < told.length; look += 1) {
          const any = told[(order.next().value as number) % told.length]!;
          assert.equal(at.read(any.at), any.line);
        }
        at.close();
      }),
      { numRuns: 60 },
    );
  });

  it('leaves nothing of what is discarded, and takes no place that is taken', () => {
    const writer = new TextWriter(path);
    writer.add('x'.repeat(100_000));
    assert.throws(() => new TextWriter(path), { code: 'EEXIST' });
    writer.discard();
    assert.ok(!existsSync(path));
  });

  it('is open no longer than it is written', function () {
    if (!existsSync('/proc/self/fd')) this.skip();
    const own = join(folder, 'own');
    const isOpen = (): boolean =>
      readdirSync('/proc/self/fd').some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(own);
        } catch {
          return false; // The folder's own.
        }
      });
    for (const end of ['close', 'discard'] as const) {
      const writer = new TextWriter(own);
      assert.ok(isOpen());
      writer.add('x');
      writer[end]();
      assert.ok(!isOpen(), end);
      rmSync(own, { force: true });
    }
  });
});
