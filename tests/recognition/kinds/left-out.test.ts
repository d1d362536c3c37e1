import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { experiment, Project } from '../../cli/project.js';

const IMPORTED = (format: string, more = '') =>
  experiment(
    'left-out',
    `  set: { uses: datasets/import, with: { format: ${format}, folder: ./data, size: 16${more} } }\n`,
  );

describe('what an import leaves out', function () {
  this.timeout(120_000);
  let jpeg: Buffer;
  let avif: Buffer;

  before(async () => {
    const image = sharp({ create: { width: 40, height: 40, channels: 3, background: '#963' } });
    jpeg = await image.jpeg().toBuffer();
    avif = await image.avif().toBuffer();
  });

  /** Runs an import of a folder of those files. */
  async function imported(format: string, names: Readonly<Record<string, Buffer | string>>, more = '') {
    const project = new Project({ 'study.yaml': IMPORTED(format, more) });
    try {
      for (const [name, content] of Object.entries(names)) {
        const path = join(project.directory, 'data', name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
      const { code, out, err } = await project.fx('run', 'study.yaml', '--no-report');
      let images = 0;
      if (code === 0) {
        assert.equal((await project.fx('get', 'study.yaml', 'set', '--to', 'out')).code, 0);
        images = (JSON.parse(project.read('out/dataset.json')) as { images: number }).images;
      }
      return { code, said: `${out}${err}`, images };
    } finally {
      project.remove();
    }
  }

  it('is nothing of the formats that are read, and what systems leave behind is passed over without a word', async () => {
    const { code, said, images } = await imported('folder', {
      'a/1.jpg': jpeg,
      'a/2.JFIF': jpeg,
      'a/3.jpe': jpeg,
      'b/1.avif': avif,
      'b/._1.avif': 'resource fork',
      'b/.DS_Store': 'x',
      'b/Thumbs.db': 'x',
      'b/desktop.ini': 'x',
      '__MACOSX/b/1.jpg': 'x',
      '__MACOSX/b/._1.jpg': 'x',
      'README.md': 'words',
      'a/list.txt': 'words',
    });
    assert.equal(code, 0, said);
    assert.equal(images, 4);
    assert.doesNotMatch(said, /warning|left out|DS_Store|Thumbs|MACOSX|README/);
  });

  it('is counted and named: formats that are not read, names that are not the data set’s, and files of no image', async () => {
    const { code, said, images } = await imported('lfw', {
      'Ann/Ann_0001.jpg': jpeg,
      'Ann/Ann_0002.heic': 'x',
      'Ann/Ann_0003.heic': 'x',
      'Ann/Ann_0004.jxl': 'x',
      'Ann/Ann_0005.HEIC': 'x',
      'Ann/Bob_0001.jpg': jpeg,
      'Ann/Ann_12.jpg': jpeg,
      'Ann/Ann_0006': jpeg,
      'Ann/._Ann_0007.jpg': 'x',
    });
    assert.equal(code, 0, said);
    assert.equal(images, 1);
    assert.match(said, /4 files are left out in a format that is not read: \S+, \S+, \S+, and 1 more/);
    assert.match(
      said,
      /2 files are left out whose names are not those of a lfw data set: Ann\/Ann_12\.jpg, Ann\/Bob_0001\.jpg/,
    );
    assert.match(said, /1 file is left out that is no image by its name: Ann\/Ann_0006/);
    assert.doesNotMatch(said, /_0007/);
  });

  it('is everything: that is an error, with what lies there instead', async () => {
    for (const [format, names, words] of [
      [
        'folder',
        { 'a/1.heic': 'x', 'a/2.heic': 'x' },
        /no image of a folder data set was found[\s\S]*2 files are left out in a format/,
      ],
      [
        'casia',
        { '45/001.jpg': jpeg },
        /no image of a casia data set was found[\s\S]*1 file is left out whose name is not/,
      ],
      [
        'folder',
        { 'a/1.jpg': 'no image', 'b/1.jpg': '' },
        /none of the 2 images of the list could be read and aligned/,
      ],
    ] as const) {
      const { code, said } = await imported(format, names);
      assert.equal(code, 1, said);
      assert.match(said, words);
    }
  });

  it('is nothing that would end a run among backgrounds', async () => {
    const project = new Project({
      'study.yaml': experiment(
        'backgrounds',
        '  faces: { uses: faces/generate, with: { identities: 2, samples: 3, size: 16, background: { type: folder, folder: ./back } } }\n',
      ),
    });
    try {
      mkdirSync(join(project.directory, 'back/__MACOSX'), { recursive: true });
      writeFileSync(join(project.directory, 'back/1.jpg'), jpeg);
      writeFileSync(
        join(project.directory, 'back/2.pgm'),
        Buffer.concat([Buffer.from('P5 8 8 255\n'), Buffer.alloc(64, 99)]),
      );
      for (const name of ['._1.jpg', '.hidden.png', 'Thumbs.db', '.DS_Store', '__MACOSX/._1.jpg', '__MACOSX/1.jpg']) {
        writeFileSync(join(project.directory, 'back', name), 'no image');
      }
      const { code, out, err } = await project.fx('run', 'study.yaml', '--no-report');
      assert.equal(code, 0, `${out}${err}`);
    } finally {
      project.remove();
    }
  });
});
