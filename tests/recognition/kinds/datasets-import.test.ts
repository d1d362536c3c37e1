import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { heldFiles } from '../../../src/engine/artifacts/content/listing.js';
import type { Artifact, Part, PartContext, Shards } from '../../../src/engine/stage.js';
import type { DatasetsImportParameters } from '../../../src/plugins/recognition/kinds/datasets/import-parameters.js';
import { datasetsImport } from '../../../src/plugins/recognition/kinds/datasets/import.js';

/** A folder of the fixtures, or some of its files: what a part is given. */
function folder(name: string, only?: readonly string[]): Artifact {
  const root = join('tests/recognition/datasets/fixtures', name);
  const files = [...listFolder(root)]
    .filter(({ path }) => only?.includes(path) ?? true)
    .map((file) => ({ ...file, digest: file.path }));
  const locate = (path: string) => {
    if (!files.some((file) => file.path === path)) throw new Error(`${path} is not given`);
    return join(root, path);
  };
  return { digest: name, files: heldFiles(files), metrics: {}, locate };
}

const withFolder = (given: Artifact, more: Partial<DatasetsImportParameters> = {}): DatasetsImportParameters => ({
  format: 'folder',
  folder: given,
  points: 'none',
  size: 16,
  template: 'padded',
  align: ['points', 'box', 'whole'],
  'box-scale': 1,
  private: false,
  broken: 'skip',
  shard: 2,
  ...more,
});

describe('the parts of an import', () => {
  const division = datasetsImport.division as Shards<DatasetsImportParameters>;
  let workspace = '';
  beforeEach(() => (workspace = mkdtempSync(join(tmpdir(), 'fx-import-part-'))));
  afterEach(() => rmSync(workspace, { recursive: true }));
  const run = (parameters: DatasetsImportParameters, part: Part) => {
    const silent = { log: () => undefined, progress: () => undefined };
    const context = { parameters, part, workspace, cores: 1, signal: new AbortController().signal, ...silent };
    return division.run(context satisfies PartContext<DatasetsImportParameters>);
  };

  it('hold their entries, so that each needs the files it reads and no list', async () => {
    const whole = withFolder(folder('folder'), { points: 'data-set' });
    const parts = [...division.parts(whole)];
    assert.deepEqual(parts.map(({ id }) => id), ['images-0000000', 'images-0000002']); // prettier-ignore
    assert.ok(parts.every(({ reads }) => !reads!.folder!.includes('annotations.csv')));
    for (const part of parts) {
      const alone = await run({ ...whole, folder: folder('folder', part.reads!.folder) }, part);
      assert.ok(alone.ok);
      const [file] = readdirSync(workspace);
      const bytes = readFileSync(join(workspace, file!));
      rmSync(join(workspace, file!));
      assert.ok((await run(whole, part)).ok);
      assert.ok(readFileSync(join(workspace, file!)).equals(bytes));
      assert.deepEqual(readdirSync(workspace), [file]);
      rmSync(join(workspace, file!));
    }
  });

  it('change with what is known of their images, and not with other images', () => {
    const text = (parameters: DatasetsImportParameters) =>
      Array.from(division.parts(parameters), (part) => JSON.stringify(part));
    const plain = withFolder(folder('folder'));
    const annotated = withFolder(folder('folder'), { points: 'data-set' });
    assert.notEqual(text(plain)[0], text(annotated)[0]);
    const [first] = text(plain);
    const [part] = division.parts(plain);
    assert.equal(text(withFolder(folder('folder', part!.reads!.folder)))[0], first);
  });

  it('are one where the list cannot be read, whose run says what is wrong', async () => {
    const none = withFolder(folder('folder', []));
    const parts = [...division.parts(none)];
    assert.deepEqual(parts, [{ id: 'list', parameters: {} }]);
    const said = await run(none, parts[0]!);
    assert.ok(!said.ok);
    assert.equal(said.error[0]!.code, 'datasets/no-images');
  });
});
