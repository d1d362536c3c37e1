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

  it('is still shown to its user', async () => {
    const shown = await project.fx('show', 'own.yaml', 'faces', '--sheet', 'own.png');
    assert.equal(shown.code, 0, shown.err);
    assert.ok(existsSync(join(project.directory, 'own.png')));
  });
});
