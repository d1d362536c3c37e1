import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { readLines } from '../../../../src/foundation/machine/lines.js';
import { TaskLog, keepLog, KEPT } from '../../../../src/engine/run/output/log.js';
import { World } from '../world.js';

describe('the log of a task', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());
  const logged = (lines: Iterable<string>): { readonly log: TaskLog; readonly heard: string[] } => {
    const heard: string[] = [];
    const log = new TaskLog(join(world.directory, 'task.log'), (line) => heard.push(line));
    for (const line of lines) log.add(line);
    log.end();
    return { log, heard };
  };
  const kept = async (log: TaskLog): Promise<string> => {
    const content = await keepLog(log, world.cache.blobs, join(world.directory, 'logs/whole.log'));
    log.discard();
    return content === undefined ? '' : readFileSync(world.cache.blobs.locate(content.digest), 'utf8');
  };

  it('is kept word for word and heard as it comes while it is short', async () => {
    const { log, heard } = logged(['one', '', 'two']);
    assert.deepEqual(heard, ['one', '', 'two']);
    assert.equal(await kept(log), 'one\n\ntwo\n');
  });

  it('is no blob where nothing was said', async () => {
    assert.equal(await kept(logged([]).log), '');
  });

  it('is kept word for word in a file where it is too long for memory', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i}`);
    const { log } = logged(lines);
    assert.ok(existsSync(join(world.directory, 'task.log')));
    assert.equal(await kept(log), `${lines.join('\n')}\n`);
    assert.ok(!existsSync(join(world.directory, 'task.log')));
  });

  it('is kept as head and tail beyond the limit, with the whole beside; of a flood few lines are heard, the last among them', async () => {
    const line = 'x'.repeat(1023);
    const count = KEPT / 1024 + 2000;
    const { log, heard } = logged(
      (function* () {
        yield 'the first';
        for (let i = 0; i < count; i += 1) yield line;
        yield 'the last';
      })(),
    );
    assert.equal(heard[0], 'the first');
    assert.equal(heard.at(-1), 'the last');
    assert.ok(heard.length < count);
    const text = await kept(log);
    assert.ok(text.length < KEPT + 1000);
    assert.ok(text.startsWith('the first\n') && text.endsWith('the last\n'));
    assert.match(text, /of the log are omitted here; the whole log is at .*whole\.log/);
    assert.equal(readFileSync(join(world.directory, 'logs/whole.log'), 'utf8').length, count * 1024 + 19);
  });

  it('is heard in part where its lines are short and many: each is a message', async () => {
    for (const line of ['', 'x']) {
      const { log, heard } = logged(Array.from({ length: 300_000 }, () => line));
      assert.ok(heard.length < 50_000, String(heard.length));
      assert.equal((await kept(log)).length, 300_000 * (line.length + 1));
    }
  });

  it('takes anything that a module says', async () => {
    const { log } = logged([]);
    for (const said of [3, undefined, { a: 1 }] as unknown[]) log.add(said);
    assert.equal(await kept(log), '3\nundefined\n{ a: 1 }\n');
  });
});

describe('lines of a stream', () => {
  const linesOf = (chunks: readonly string[]): readonly string[] => {
    const stream = new PassThrough();
    const lines: string[] = [];
    const end = readLines(stream, (line) => lines.push(line));
    for (const chunk of chunks) stream.emit('data', chunk);
    end();
    return lines;
  };

  it('come whole, however they were cut', () => {
    assert.deepEqual(linesOf(['a\nb', 'c\n', '\nd']), ['a', 'bc', '', 'd']);
    assert.deepEqual(linesOf(['a\n']), ['a']);
    assert.deepEqual(linesOf(['', 'a', '', 'b']), ['ab']);
  });

  it('come in pieces where there is no end of a line: none is longer than two chunks, and nothing is lost', () => {
    const chunk = '0123456789abcdef'.repeat(4096);
    const lines = linesOf(Array.from({ length: 1000 }, () => chunk));
    assert.ok(lines.every((line) => line.length <= 2 * chunk.length));
    assert.equal(lines.join('').length, 1000 * chunk.length);
  });
});
