import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { experiment, Project } from '../../cli/project.js';

interface Plan {
  readonly stages: readonly {
    id: string;
    status: string;
    parts: { total: number; known: number };
    reasons: string[];
  }[];
}

interface Shown {
  readonly outputs: readonly { readonly path: string; readonly digest: string }[];
  readonly metrics: { readonly images: number };
}

const MAPS = ['depth', 'normals', 'albedo', 'illumination', 'correspondence'];

describe('faces in an experiment', function () {
  this.timeout(60_000);
  let project: Project;
  before(async () => {
    const stages = [
      `  frontal:\n    uses: faces/generate\n    with: { identities: 100, size: 8, maps: [${MAPS.join(', ')}] }\n`,
      "  turned:\n    uses: faces/generate\n    with: { identities: 100, size: 8, pose: { yaw: '30 deg' } }\n",
    ];
    project = new Project({ 'e.yaml': experiment('e', stages.join('')) });
    const { code, err } = await project.fx('run', 'e.yaml');
    assert.equal(code, 0, err);
  });
  after(() => project.remove());

  const planned = async (): Promise<readonly string[]> => {
    const { stages } = await project.json<Plan>('plan', 'e.yaml');
    return stages.map(({ id, status, parts }) => `${id} ${status}, ${parts.known} of ${parts.total} parts known`);
  };

  it('are rendered again where a parameter of theirs changes, and nowhere else', async () => {
    project.edit('e.yaml', "'30 deg'", "'31 deg'");
    assert.deepEqual(await planned(), ['frontal hit, 4 of 4 parts known', 'turned run, 0 of 4 parts known']);
    project.edit('e.yaml', "'31 deg'", "'30 deg'");
    assert.deepEqual(await planned(), ['frontal hit, 4 of 4 parts known', 'turned hit, 4 of 4 parts known']);
  });

  it('of 100 more people cost the images of 100 people, and leave the others’ as they are', async () => {
    const before = await project.json<Shown>('show', 'e.yaml', 'turned');
    project.edit(
      'e.yaml',
      "identities: 100, size: 8, pose: { yaw: '30 deg' }",
      "identities: 200, size: 8, pose: { yaw: '30 deg' }",
    );
    assert.deepEqual(await planned(), ['frontal hit, 4 of 4 parts known', 'turned run, 4 of 8 parts known']);
    const { err } = await project.fx('run', 'e.yaml');
    assert.match(err, /1 executed, 4 parts executed, 4 reused/);
    const after = await project.json<Shown>('show', 'e.yaml', 'turned');
    assert.equal(after.metrics.images, 200);
    const shards = ({ outputs }: Shown): string[] =>
      outputs.filter(({ path }) => path.startsWith('shard')).map(({ path, digest }) => `${path} ${digest}`);
    assert.equal(shards(before).length, 4);
    assert.deepEqual(shards(after).slice(0, 4), shards(before));
  });

  it('leave as the folders of the Scala generator, with every map', async () => {
    const { code, err } = await project.fx('get', 'e.yaml', 'frontal', '--as', 'scala', '--to', 'scala');
    assert.equal(code, 0, err);
    const files = readdirSync(join(project.directory, 'scala/img/99'));
    assert.deepEqual(files.sort(), ['99_0.png', ...MAPS.map((map) => `99_0_${map}.png`).sort()]);
    for (const kind of ['rps', 'csv', 'tlms'])
      assert.deepEqual(readdirSync(join(project.directory, 'scala', kind, '99')), [`99_0.${kind}`]);
    const again = await project.fx('get', 'e.yaml', 'frontal', '--as', 'scala', '--to', 'scala');
    assert.match(again.err, /scala holds files already/);
  });

  it('leave as WebDataset tars', async () => {
    await project.fx('get', 'e.yaml', 'frontal', '--as', 'webdataset', '--to', 'tars');
    assert.deepEqual(readdirSync(join(project.directory, 'tars')), ['faces-000000.tar']);
    const { code, err } = await project.fx('get', 'e.yaml', 'frontal', '--as', 'webdatasets', '--to', 'others');
    assert.equal(code, 1);
    assert.match(err, /faces\/generate has no export `webdatasets`[^]*webdataset/);
  });

  it('are shown on sheets by pose, person and light, and by map', async () => {
    for (const by of ['pose', 'person', 'light']) {
      await project.fx('show', 'e.yaml', 'frontal', '--with', `by=${by}`, 'map=normals', '--sheet', `${by}.png`);
      const { width, height } = await sharp(join(project.directory, `${by}.png`)).metadata();
      // One image a person: ten persons a row.
      assert.deepEqual([width, height], [102, 82]);
    }
    const { out } = await project.fx('show', 'e.yaml', 'turned', '--with', 'map=normals');
    assert.match(out, /nothing to show/);
    const wrong = await project.fx('show', 'e.yaml', 'frontal', '--with', 'by=name', 'rows=2000', 'colour=red');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /`by=name`: it is one of pose, person, light/);
    assert.match(wrong.err, /`rows=2000`: it must be from 1 to 100/);
    assert.match(wrong.err, /the sheet has no option `colour`/);
  });
});
