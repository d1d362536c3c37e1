import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Project } from './project.js';

const experiment = (engine: string): string => `fx: 1
name: study
stages:
  syn:
    uses: faces/generate
    with: { identities: 3, samples: 3, size: 32 }
  train:
    uses: learning/train
    with:
      data: \${syn}
      network: mini
      width: 2
      engine: ${engine}
      people: 2
      images: 2
      batches: 1
      epochs: 3
      rate: { type: table, from: [[0, 0.25], [2, 0.125]] }
`;

/** Whether this machine may have a device other than its processor. ONNX Runtime names its providers with and without. */
const MAY_HAVE_DEVICE =
  process.platform !== 'linux' ||
  ['/dev/nvidiactl', '/dev/dri', '/dev/dxg', '/dev/kfd'].some((path) => existsSync(path));

describe('a training at the command line', function () {
  this.timeout(120_000);
  let project: Project;
  before(() => {
    project = new Project({ 'package.json': '{ "private": true }\n' });
    project.write('experiments/study.yaml', experiment('exact'));
    project.write('experiments/gpu.yaml', experiment('gpu'));
  });
  after(() => project.remove());

  it('is drawn by fx show: loss, active share, spread and rate of each epoch, and images/s', async () => {
    const ran = await project.fx('run', 'experiments/study.yaml');
    assert.equal(ran.code, 0, ran.err);
    const { code, out } = await project.fx('show', 'experiments/study.yaml', 'train');
    assert.equal(code, 0, out);
    const lines = out.split('\n');
    for (const curve of ['loss', 'active', 'spread']) {
      assert.ok(
        lines.some((line) => new RegExp(`^\\s*${curve} +[▁▂▃▄▅▆▇█]{3} +\\d\\.\\d{4} -> \\d\\.\\d{4}$`).test(line)),
        out,
      );
    }
    const table = lines.slice(lines.findIndex((line) => /^\s*epoch +loss +active +spread +rate$/.test(line)) + 1);
    const rows = table.slice(0, 3).map((line) => line.trim().split(/ +/));
    assert.deepEqual(
      rows.map(([epoch, , , , rate]) => [epoch, rate]),
      [
        ['1', '0.25'],
        ['2', '0.25'],
        ['3', '0.125'],
      ],
    );
    for (const [, loss, active, spread] of rows) {
      assert.ok(Number(loss) >= 0 && Number(spread) >= 0, out);
      assert.ok(Number(active) >= 0 && Number(active) <= 1, out);
    }
    const [, speed] = /^ *imagesPerSecond +([\d.]+)$/m.exec(out) ?? [];
    assert.ok(Number(speed) > 0, out);
  });

  it('gives embeddings of the length that is asked for, and says that the sizes of another network are fixed', async () => {
    const long = experiment('native')
      .replace('epochs: 3', 'epochs: 1')
      .replace('width: 2', 'width: 2\n      embedding: 300');
    project.write('experiments/long.yaml', long);
    const ran = await project.fx('run', 'experiments/long.yaml');
    assert.equal(ran.code, 0, ran.err);
    assert.doesNotMatch(ran.err, /fixed-network/);
    const model = await project.fx('get', 'experiments/long.yaml', 'train', 'network.json', '--to', 'network.json');
    assert.equal(model.code, 0, model.err);
    const network = JSON.parse(project.read('network.json')) as {
      readonly embedding: number;
    };
    assert.equal(network.embedding, 300);

    project.write('experiments/fixed.yaml', long.replace('mini', 'nn4.small2').replace('size: 32', 'size: 96'));
    const fixed = await project.fx('run', 'experiments/fixed.yaml');
    assert.equal(fixed.code, 0, fixed.err);
    for (const name of ['width', 'embedding'])
      assert.match(fixed.err, new RegExp(`\\\`${name}\\\` changes nothing: the sizes of nn4.small2 are fixed`));
  });

  it('in half precision is refused at its line, save with the engine gpu', async () => {
    const half = experiment('native').replace('engine: native', 'engine: native\n      precision: half');
    project.write('experiments/half.yaml', half);
    const { code, err } = await project.fx('run', 'experiments/half.yaml');
    assert.equal(code, 1, err);
    assert.match(err, /half\.yaml:14:\d+/);
    assert.match(err, /the engine native computes in single precision/);
    assert.match(err, /leave precision out, or choose the engine gpu/);
  });

  it('with the engine gpu says where there is no device, and what to install', async function () {
    if (MAY_HAVE_DEVICE) {
      console.log('      skipped: there may be a device here');
      this.skip();
    }
    const { code, err } = await project.fx('run', 'experiments/gpu.yaml');
    assert.equal(code, 1, err);
    assert.match(err, /the engine gpu found no device that ONNX Runtime can use/);
    assert.match(
      err,
      /install a GPU's driver \(fx doctor says what is missing\), or choose the engine native or exact/,
    );
    assert.match(err, /gpu\.yaml:/);
  });
});
