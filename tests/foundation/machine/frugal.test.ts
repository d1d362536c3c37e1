import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

/** The most that the heap of a process of its own was, in MiB, while it made two million objects and held four thousand. */
function most(begin: string): number {
  const module = new URL('../../../src/foundation/machine/frugal.js', import.meta.url).href;
  const script = `
    import { getHeapStatistics } from 'node:v8';
    import { spareMemory } from '${module}';
    ${begin}
    const kept = [];
    let most = 0;
    for (let i = 0; i < 2000; i += 1) {
      kept[i % 4] = Array.from({ length: 1000 }, (_, k) => ({ path: 'a' + i + '/' + k, i, k }));
      most = Math.max(most, getHeapStatistics().total_physical_size);
    }
    console.log(most);
  `;
  const words = ['--input-type=module', '--eval', script];
  return Number(execFileSync(process.execPath, words, { encoding: 'utf8' })) / 2 ** 20;
}

describe('a process that spares memory', function () {
  this.timeout(60_000);

  it('holds less garbage, as long as it does', () => {
    const plain = most('');
    const spared = most('spareMemory(true);');
    const ended = most('spareMemory(true); spareMemory(false);');
    assert.ok(spared < plain - 8, `${spared} of ${plain} MiB`);
    assert.ok(ended > spared + 8, `${ended}, spared ${spared} MiB`);
  });
});
