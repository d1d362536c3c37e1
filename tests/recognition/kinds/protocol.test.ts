import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeProtocol } from '../../../src/plugins/recognition/kinds/benchmarks/protocol-run.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { encodeSafetensors } from '../../../src/foundation/formats/safetensors.js';
import { inFolder } from '../learning/tiny.js';

const NAMES = ['001/frontal/01.jpg', '001/frontal/02.jpg', '002/frontal/01.jpg', '001/profile/01.jpg'];
const IDENTITY = [0, 0, 1, 0];

/** `benchmark.json` of a protocol on those images. */
const benchmarkOf = (protocol: string, files: Readonly<Record<string, string>>, identityNames?: readonly string[]) =>
  inFolder((folder) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'set', path)), { recursive: true });
      writeFileSync(join(folder, 'set', path), text);
    }
    const count = NAMES.length;
    const record = { schema: 'fx/dataset@1', images: count, identities: 2, height: 1, width: 1, source: 'test' };
    const shards = [{ file: 'shard', images: count }];
    writeFileSync(join(folder, 'dataset.json'), JSON.stringify({ ...record, shards, identityNames }));
    const tensors = {
      images: { shape: [count, 1, 1, 3], data: new Uint8Array(3 * count) },
      identity: { shape: [count], data: Int32Array.from(IDENTITY) },
      file_names: { shape: [NAMES.join('\n').length + 1], data: new TextEncoder().encode(`${NAMES.join('\n')}\n`) },
    };
    writeFileSync(join(folder, 'shard'), encodeSafetensors(tensors));
    const source = {
      files: [...listFolder(join(folder, 'set'))],
      locate: (path: string) => join(folder, 'set', path),
    };
    const images = { locate: (file: string) => join(folder, file) };
    const parameters = { protocol, folder: source, images, seed: 0, folds: 10, 'per-fold': 300 };
    const written = writeProtocol({ parameters, workspace: folder } as unknown as Parameters<typeof writeProtocol>[0]);
    assert.ok(written.ok, JSON.stringify(written));
    return JSON.parse(readFileSync(join(folder, 'benchmark.json'), 'utf8')) as { persons?: Record<string, string> };
  });

describe('a protocol says whom its images show, so that intervals are of persons', () => {
  it('of CFP', async () => {
    const { persons } = await benchmarkOf(
      'cfp-ff',
      {
        'Protocol/Pair_list_F.txt':
          '1 ../Data/Images/001/frontal/01.jpg\n2 ../Data/Images/001/frontal/02.jpg\n3 ../Data/Images/002/frontal/01.jpg\n',
        'Protocol/Split/FF/01/same.txt': '1,2\n',
        'Protocol/Split/FF/01/diff.txt': '1,3\n',
      },
      ['001', '002'],
    );
    assert.deepEqual(persons, { [NAMES[0]!]: '001', [NAMES[1]!]: '001', [NAMES[2]!]: '002' });
  });

  it('of pairs of one’s own, by number where persons have no names', async () => {
    const table = `a,b,same\n${NAMES[0]},${NAMES[3]},1\n${NAMES[0]},${NAMES[2]},0\n`;
    const { persons } = await benchmarkOf('pairs', { 'pairs.csv': table });
    assert.deepEqual(persons, { [NAMES[0]!]: '0', [NAMES[2]!]: '1', [NAMES[3]!]: '0' });
  });
});
