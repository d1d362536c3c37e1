import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeProtocol } from '../../../src/plugins/recognition/kinds/benchmarks/protocol-run.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { encodeSafetensors } from '../../../src/foundation/formats/safetensors.js';
import { subjectName } from '../../../src/foundation/statistics/subject-names.js';
import { inFolder } from '../learning/tiny.js';

const NAMES = ['001/frontal/01.jpg', '001/frontal/02.jpg', '002/frontal/01.jpg', '001/profile/01.jpg'];
const IDENTITY = [0, 0, 1, 0];

interface Written {
  readonly persons?: Record<string, string>;
  readonly known?: Record<string, string>;
}

/** `benchmark.json` of a protocol on those images. */
const benchmarkOf = (
  protocol: string,
  files: Readonly<Record<string, string>>,
  identityNames?: readonly string[],
  { digest = 'images', isPrivate = false } = {},
) =>
  inFolder((folder) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'set', path)), { recursive: true });
      writeFileSync(join(folder, 'set', path), text);
    }
    const count = NAMES.length;
    const record = { schema: 'fx/dataset@1', images: count, identities: 2, height: 1, width: 1, source: 'test' };
    const shards = [{ file: 'shard', images: count }];
    writeFileSync(
      join(folder, 'dataset.json'),
      JSON.stringify({ ...record, shards, identityNames, ...(isPrivate ? { private: true } : {}) }),
    );
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
    const images = { digest, locate: (file: string) => join(folder, file) };
    const parameters = { protocol, folder: source, images, seed: 0, folds: 10, 'per-fold': 300 };
    const written = writeProtocol({ parameters, workspace: folder } as unknown as Parameters<typeof writeProtocol>[0]);
    assert.ok(written.ok, JSON.stringify(written));
    return JSON.parse(readFileSync(join(folder, 'benchmark.json'), 'utf8')) as Written;
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

describe('a protocol says who its persons are in other benchmarks, too', () => {
  const pairs = { 'pairs.csv': `a,b,same\n${NAMES[0]},${NAMES[3]},1\n${NAMES[0]},${NAMES[2]},0\n` };
  const frontal = {
    'Protocol/Pair_list_F.txt':
      '1 ../Data/Images/001/frontal/01.jpg\n2 ../Data/Images/001/frontal/02.jpg\n3 ../Data/Images/002/frontal/01.jpg\n',
    'Protocol/Split/FF/01/same.txt': '1,2\n',
    'Protocol/Split/FF/01/diff.txt': '1,3\n',
  };
  const knownOf = async (...given: Parameters<typeof benchmarkOf>) => (await benchmarkOf(...given)).known;

  it('by numbers among the same images alone, whatever the protocol', async () => {
    const numbers = ['001', '002'];
    const known = await knownOf('pairs', pairs, numbers);
    assert.deepEqual(known, { '001': subjectName('001', 'images'), '002': subjectName('002', 'images') });
    assert.deepEqual(await knownOf('cfp-ff', frontal, numbers), known);
    const others = await knownOf('pairs', pairs, numbers, { digest: 'other images' });
    assert.ok(Object.values(others!).every((name) => !Object.values(known).includes(name)));
  });

  it('by names in full among any', async () => {
    const names = ['Ada_Lovelace', 'Alan_Turing'];
    const known = await knownOf('pairs', pairs, names);
    assert.equal(known!.Ada_Lovelace, subjectName('Ada Lovelace', undefined));
    assert.deepEqual(await knownOf('pairs', pairs, names, { digest: 'other images' }), known);
  });

  it('of a private set by numbers in it, from which nobody can guess a name', async () => {
    const known = await knownOf('pairs', pairs, ['Ada_Lovelace', 'Alan_Turing'], { isPrivate: true });
    assert.deepEqual(known, { Ada_Lovelace: subjectName('0', 'images'), Alan_Turing: subjectName('1', 'images') });
  });

  it('of templates by the numbers of their subjects, as other protocols on the same images', async () => {
    const tables = {
      'IJB-A_11_sets/split1/verify_metadata_1.csv':
        'TEMPLATE_ID,SUBJECT_ID,FILE,MEDIA_ID,SIGHTING_ID,FRAME,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT\n' +
        '1,7,img/1.jpg,1,1,,0,0,1,1\n2,7,img/2.jpg,2,2,,0,0,1,1\n3,9,img/3.jpg,3,3,,0,0,1,1\n',
      'IJB-A_11_sets/split1/verify_comparisons_1.csv': '1,2\n1,3\n',
    };
    const known = { 7: subjectName('7', 'images'), 9: subjectName('9', 'images') };
    assert.deepEqual(await knownOf('ijba', tables, ['7', '9']), known);
    assert.deepEqual(await knownOf('pairs', pairs, ['7', '9']), known);
    // A private set that lacks one of the subjects cannot say who that is.
    assert.equal(await knownOf('ijba', tables, ['7', '8'], { isPrivate: true }), undefined);
    assert.equal(await knownOf('ijba', tables, undefined, { isPrivate: true }), undefined);
  });
});
