import assert from 'node:assert/strict';
import { join } from 'node:path';
import sharp from 'sharp';
import { builtInIdentity } from '../../../src/engine/plan/identity/built-in.js';
import { SafetensorsFile } from '../../../src/foundation/formats/safetensors.js';
import { probeGl } from '../../../src/plugins/recognition/faces/render/gl-probe.js';
import { experiment, Project } from '../../cli/project.js';

interface Plan {
  readonly stages: readonly {
    readonly id: string;
    readonly kind: string;
    readonly key: string;
    readonly status: string;
  }[];
}

interface Shown {
  readonly kind: string;
  readonly reproducible: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly artifact: string;
}

const faces = (id: string, given: string): string => `  ${id}:\n    uses: faces/generate\n    with: { ${given} }\n`;
const SHARED = 'identities: 30, size: 24';

describe('the renderer of faces', function () {
  this.timeout(90_000);
  const project = new Project();
  after(() => project.remove());

  it('is `software` where nothing is said, with one key for both; `gl` is another', async () => {
    const stages = faces('unsaid', SHARED) + faces('software', `${SHARED}, renderer: software`);
    project.write('e.yaml', experiment('e', stages + faces('gl', `${SHARED}, renderer: gl`)));
    const { stages: planned } = await project.json<Plan>('plan', 'e.yaml');
    const of = (id: string): Plan['stages'][number] => planned.find((stage) => stage.id === id)!;
    assert.equal(of('software').key, of('unsaid').key);
    assert.notEqual(of('gl').key, of('unsaid').key);
    assert.deepEqual(
      ['unsaid', 'software', 'gl'].map((id) => of(id).kind),
      ['faces/generate', 'faces/generate', 'faces/generate+gl'],
    );
  });

  it('`gl` is no part of the code behind other keys', () => {
    const files = new Set(builtInIdentity('faces/generate')!.declarations.map(({ file }) => file));
    assert.deepEqual(
      [...files].filter((file) => /\bgl\b/.test(file)),
      [],
    );
    const others = new Set(builtInIdentity('faces/generate+gl')!.declarations.map(({ file }) => file));
    for (const file of ['generate/gl-painter.ts', 'render/gl.ts', 'render/software.ts'])
      assert.ok(others.has(`src/plugins/recognition/faces/${file}`), file);
  });

  it('`gl` is refused where it was written, before anything runs, on a machine where it cannot draw', async function () {
    // X11 is how it opens a context on Linux; elsewhere it needs none.
    if (process.platform !== 'linux' && (await probeGl()).draws) this.skip();
    project.write('refused.yaml', experiment('e', faces('gl', `${SHARED}, renderer: gl`)));
    const { code, err } = await project.fxWith({ DISPLAY: '' }, 'check', 'refused.yaml');
    assert.notEqual(code, 0);
    assert.match(err, /refused\.yaml:\d+:\d+/);
    assert.match(err, /the renderer `gl` cannot be used: the (optional )?package gl is (not installed|installed, but)/);
    assert.match(err, /xvfb-run|docs\/faces\.md/);
    const planned = await project.fxWith({ DISPLAY: '' }, 'plan', 'refused.yaml');
    assert.notEqual(planned.code, 0);
    // On a cluster the nodes are asked, when they do the work.
    for (const command of ['check', 'plan']) {
      const onNodes = await project.fxWith({ DISPLAY: '' }, command, 'refused.yaml', '--on', 'slurm');
      assert.equal(onNodes.code, 0, onNodes.err);
    }
  });

  it('is no other word', async () => {
    project.write('other.yaml', experiment('e', faces('other', `${SHARED}, renderer: vulkan`)));
    const { err } = await project.fx('check', 'other.yaml');
    assert.match(err, /`software`.*`gl`|software.*gl/);
  });

  it('`gl` draws within the tolerance, leaves all else as it is, and is not called reproducible', async function () {
    const gl = await probeGl();
    if (!gl.draws) {
      assert.equal(process.env.FX_TEST_GL, undefined, gl.why);
      console.log(`      skipped: ${gl.why}`);
      this.skip();
    }
    project.write('backgrounds/readme.txt', 'Two colours.\n');
    for (const [name, colour] of Object.entries({ a: '#406080', b: '#c0a020' }))
      await sharp({ create: { width: 40, height: 30, channels: 3, background: colour } })
        .png()
        .toFile(join(project.directory, `backgrounds/${name}.png`));
    const more = [
      'size: 64, samples: 2, shard: 5',
      "pose: { yaw: 'uniform(-60 deg, 60 deg)' }",
      'maps: [depth, normals]',
      'appearance: { hair: 50%, glasses: 50% }',
      'background: { type: folder, folder: backgrounds }',
    ].join(', ');
    const stages = faces('ours', `identities: 10, ${more}`) + faces('theirs', `identities: 10, renderer: gl, ${more}`);
    project.write('e.yaml', experiment('e', stages));
    const { code, err } = await project.fx('run', 'e.yaml');
    assert.equal(code, 0, err);
    const [ours, theirs] = [
      await project.json<Shown>('show', 'e.yaml', 'ours'),
      await project.json<Shown>('show', 'e.yaml', 'theirs'),
    ];
    assert.equal(ours.reproducible, true);
    assert.equal(theirs.reproducible, false);
    for (const id of ['ours', 'theirs']) await project.fx('get', 'e.yaml', id, '--to', id);
    let sum = 0;
    let far = 0;
    let all = 0;
    for (const shard of ['shard-00000000.safetensors', 'shard-00000005.safetensors']) {
      const [a, b] = ['ours', 'theirs'].map((id) => {
        const file = SafetensorsFile.open(join(project.directory, id, shard));
        assert.ok(file.ok);
        return file.value;
      }) as [SafetensorsFile, SafetensorsFile];
      assert.deepEqual([...b.tensors], [...a.tensors]);
      for (const name of a.tensors.keys()) {
        const [expected, found] = [a.read(name), b.read(name)];
        if (name !== 'images') assert.deepEqual(found, expected, name);
        else
          expected.forEach((value, i) => {
            const difference = Math.abs(value - found[i]!);
            sum += difference;
            all += 1;
            if (difference > 2) far += 1;
          });
      }
      a.close();
      b.close();
    }
    assert.ok(sum > 0, 'the images are those of the software renderer');
    assert.ok(sum / all < 0.6, `mean difference ${sum / all}`);
    assert.ok(far / all < 0.01, `${far} of ${all} values differ by more than 2`);
    const again = await project.fx('run', 'e.yaml');
    assert.match(again.err, /2 (stages )?reused|nothing/);
  });
});
