import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '../../src/foundation/files/files.js';
import { readZip } from '../sharing/zip.js';
import { Project } from './project.js';

/** The fixture's faces, which lie in the project, by one stage that is private and one that is not. */
const study = (isPrivate: boolean): string => `
fx: 1
name: study
stages:
  faces:
    uses: datasets/import
    with: { format: folder, folder: data/faces, align: [whole], size: 16, private: ${isPrivate} }
report:
  figures: [{ id: sheet, type: contact-sheet, of: faces }]
`;

describe('a private data set', function () {
  this.timeout(60_000);
  let project: Project;
  before(() => {
    project = new Project({ 'open.yaml': study(false), 'own.yaml': study(true) });
    cpSync('tests/recognition/datasets/fixtures/folder', join(project.directory, 'data/faces'), { recursive: true });
  });
  after(() => project.remove());

  /** Pictures of the report, and what of the bundle holds images: the data set itself, and files of results. */
  const leaving = async (name: string) => {
    const run = await project.fx('run', `${name}.yaml`);
    assert.equal(run.code, 0, run.err);
    const pictures = (await filesBelow(join(project.directory, 'reports/study/default'))).filter((file) =>
      file.endsWith('.png'),
    );
    const exported = await project.fx('export', `${name}.yaml`, '--to', `${name}.zip`);
    assert.equal(exported.code, 0, exported.err);
    const entries = [...readZip(readFileSync(join(project.directory, `${name}.zip`))).entries()];
    const inputs = entries.filter(([path]) => path.startsWith('data/faces/'));
    // Shards and records of data sets, and whatever else results consist of.
    const blobs = entries.filter(([path]) => path.startsWith('fx-bundle/blobs/'));
    return { pictures: pictures.length, inputs: inputs.length, blobs: blobs.length };
  };

  it('is left out of contact sheets and bundles, and others are not', async () => {
    const open = await leaving('open');
    assert.equal(open.pictures, 1);
    assert.ok(open.inputs >= 3 && open.blobs >= 2, JSON.stringify(open));
    rmSync(join(project.directory, 'reports'), { recursive: true });
    assert.deepEqual(await leaving('own'), { pictures: 0, inputs: 0, blobs: 0 });
  });

  it('leaves what is made of it in bundles as far as the report needs it, or a stage is named', async () => {
    const behind = (isPrivate: boolean): string => `
fx: 1
name: behind
stages:
  faces:
    uses: datasets/import
    with: { format: folder, folder: data/faces, align: [whole], size: 16, private: ${isPrivate} }
  pixels: { uses: learning/pixels, with: { data: '\${faces}', size: 8 } }
report:
  tables: [{ id: images, from: [pixels], rows: { all: pixels }, columns: { images: images } }]
`;
    /** What the files of results in a bundle say, one behind the other. */
    const packed = async (isPrivate: boolean, ...words: readonly string[]): Promise<string> => {
      const name = `behind-${isPrivate}-${words.length}`;
      project.write('behind.yaml', behind(isPrivate));
      const run = await project.fx('run', 'behind.yaml');
      assert.equal(run.code, 0, run.err);
      const exported = await project.fx('export', 'behind.yaml', '--to', `${name}.zip`, ...words);
      assert.equal(exported.code, 0, exported.err);
      const entries = [...readZip(readFileSync(join(project.directory, `${name}.zip`))).entries()];
      const blobs = entries.filter(([path]) => path.startsWith('fx-bundle/blobs/'));
      return blobs.map(([, bytes]) => Buffer.from(bytes).toString('latin1')).join('\n');
    };
    assert.match(await packed(false), /"ann\//);
    assert.equal(await packed(true), '');
    assert.match(await packed(true, '--artifacts', 'pixels'), /"ann\//);
  });

  it('is left out where another stage reads a folder around it', async () => {
    cpSync(join(project.directory, 'data/faces/ann'), join(project.directory, 'data'), { recursive: true });
    const background = 'background: { type: folder, folder: data }';
    const around = `  others: { uses: faces/generate, with: { identities: 1, size: 16, ${background} } }\nreport:`;
    project.write('around.yaml', study(true).replace('report:', around));
    const run = await project.fx('run', 'around.yaml');
    assert.equal(run.code, 0, run.err);
    const exported = await project.fx('export', 'around.yaml', '--to', 'around.zip');
    assert.equal(exported.code, 0, exported.err);
    const paths = [...readZip(readFileSync(join(project.directory, 'around.zip'))).keys()];
    const images = paths.filter((path) => path.startsWith('data/'));
    assert.ok(images.length > 0, paths.join(' '));
    assert.ok(!images.some((path) => path.startsWith('data/faces/')), images.join(' '));
  });

  it('is still shown to its user', async () => {
    const shown = await project.fx('show', 'own.yaml', 'faces', '--sheet', 'own.png');
    assert.equal(shown.code, 0, shown.err);
    assert.ok(existsSync(join(project.directory, 'own.png')));
  });
});
