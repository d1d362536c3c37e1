import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOnnxDetector } from '../../src/plugins/recognition/datasets/alignment/detector.js';
import { onnxProblem } from '../../src/plugins/recognition/datasets/alignment/onnx-guard.js';
import { FX } from '../cli/project.js';
import { constant, dotDetector, message, model, node, tensor, type Field } from '../recognition/datasets/onnx-file.js';

/** A tensor whose values lie in another file. */
function elsewhere(name: string, file: string, length = 16): Buffer {
  const entry = (key: string, value: string): Field => [13, message([1, key], [2, value])];
  return message([1, 4], [2, 1], [8, name], entry('location', file), entry('offset', '0'), entry('length', String(length)), [14, 1]); // prettier-ignore
}

const OUTPUTS: readonly Field[] = [
  [11, tensor('image', [1, 3, 'h', 'w'])],
  [12, tensor('boxes', ['n', 4])],
  [12, tensor('scores', ['n'])],
  [12, tensor('points', ['n', 5, 2])],
];
const FACE: readonly Field[] = [
  [1, node('Identity', ['the-boxes'], 'boxes')],
  [1, node('Identity', ['the-scores'], 'scores')],
  [1, node('Identity', ['the-points'], 'points')],
  [5, constant('the-boxes', [1, 4], [0, 0, 9, 9])],
  [5, constant('the-scores', [1], [1])],
  [5, constant('the-points', [1, 5, 2], new Array<number>(10).fill(1))],
];

/** A node with one attribute: 5 a tensor, 6 a graph, 10 tensors, 11 graphs, 22 a sparse tensor. */
function holding(field: number, inside: Buffer): Field {
  return [1, message([1, 'image'], [2, 'x'], [4, 'Constant'], [5, message([1, 'value'], [field, inside])])];
}

function nested(depth: number): Buffer {
  let graph = message([2, 'innermost']);
  for (let i = 0; i < depth; i += 1) graph = message(holding(6, graph));
  return graph;
}

/** A detector that counts to 2^62 before it says anything. */
function endless(): Buffer {
  const body = message(
    [1, node('Identity', ['go-on'], 'still')],
    [1, node('Identity', ['before'], 'after')],
    [2, 'body'],
    [11, scalar('i', 7)],
    [11, scalar('go-on', 9)],
    [11, scalar('before', 1)],
    [12, scalar('still', 9)],
    [12, scalar('after', 1)],
  );
  const loop = message([1, 'most'], [1, 'yes'], [1, 'one'], [2, 'end'], [4, 'Loop'], [5, message([1, 'body'], [6, body], [20, 5])]); // prettier-ignore
  return model(
    [1, loop],
    ...FACE.filter(([, field]) => !(field as Buffer).includes('the-scores')),
    [1, node('Mul', ['start', 'end'], 'scores')],
    [5, constant('start', [1], [1])],
    [5, constant('one', [], [1])],
    [5, constant('most', [], [2 ** 62], 7)],
    [5, message([2, 9], [8, 'yes'], [9, Buffer.from([1])])],
    ...OUTPUTS,
  );
}

function scalar(name: string, type: number): Buffer {
  return message([1, name], [2, message([1, message([1, type], [2, message()])])]);
}

describe('a detector that means harm', function () {
  this.timeout(60_000);
  let desk: string;
  before(() => {
    desk = mkdtempSync(join(tmpdir(), 'fx-onnx-'));
    writeFileSync(join(desk, 'secret.bin'), Buffer.from(Float32Array.of(1, 2, 3, 4).buffer));
  });
  after(() => rmSync(desk, { recursive: true }));

  const secret = (): string => join(desk, 'secret.bin');
  const harmful: Readonly<Record<string, readonly [() => Buffer, RegExp]>> = {
    'a constant in another file': [() => model([5, elsewhere('a', secret())], ...FACE, ...OUTPUTS), /in other files/],
    'a constant in a file above': [() => model([5, elsewhere('a', '../secret.bin')], ...FACE, ...OUTPUTS), /in other files/],
    'a device as a constant': [() => model([5, elsewhere('a', '/dev/zero', 2 ** 40)], ...FACE, ...OUTPUTS), /in other files/],
    'a place elsewhere without a name': [() => model([5, message([1, 4], [2, 1], [8, 'a'], [14, 1])]), /in other files/],
    'a value in another file': [() => model(holding(5, elsewhere('a', secret())), ...FACE, ...OUTPUTS), /in other files/],
    'values in other files': [() => model(holding(10, elsewhere('a', secret()))), /in other files/],
    'a sparse value in another file': [() => model(holding(22, message([1, elsewhere('a', secret())]))), /in other files/],
    'a sparse constant in another file': [() => model([15, message([2, elsewhere('a', secret())])]), /in other files/],
    'one in a graph inside': [() => model(holding(6, message([5, elsewhere('a', secret())]))), /in other files/],
    'one in the graphs inside': [() => model(holding(11, message([5, elsewhere('a', secret())]))), /in other files/],
    'one in a function': [() => Buffer.concat([model(...FACE, ...OUTPUTS), message([25, message([7, message([5, message([5, elsewhere('a', secret())])])])])]), /in other files/],
    'one in what trains it': [() => Buffer.concat([model(...FACE, ...OUTPUTS), message([20, message([2, message([5, elsewhere('a', secret())])])])]), /in other files/],
    'graphs a hundred deep': [() => message([7, nested(100)]), /graphs more than 16 deep.*FX_LIMIT_ONNX_DEPTH=32/],
    'graphs two thousand deep': [() => message([7, nested(2000)]), /graphs more than 16 deep/],
    'a field longer than the file': [() => Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]), /no ONNX model, or cut off/],
    'a length of 2^63': [() => Buffer.from([0x3a, ...new Array<number>(9).fill(0xff), 0x7f]), /no ONNX model, or cut off/],
    'a number without end': [() => Buffer.from(new Array<number>(64).fill(0xff)), /no ONNX model, or cut off/],
    'a model of the runtime’s own format': [() => Buffer.concat([Buffer.from([24, 0, 0, 0]), Buffer.from('ORTM'), Buffer.alloc(64)]), /no ONNX model|holds no graph/],
    'text': [() => Buffer.from('#!/bin/sh\ntouch marker\n'), /no ONNX model|holds no graph/],
    'nothing': [() => Buffer.alloc(0), /holds no graph/],
    'a constant of 2^50 values that are not there': [() => model([5, message([1, 2 ** 50], [2, 1], [8, 'a'])], [1, node('Identity', ['a'], 'x')], ...FACE, ...OUTPUTS), /cannot be opened/],
    'an operator of a library of its own': [() => model([1, message([1, 'image'], [2, 'x'], [4, 'Run'], [7, 'evil'])], ...FACE, ...OUTPUTS), /cannot be opened/],
  }; // prettier-ignore
  for (const [what, [make, words]] of Object.entries(harmful)) {
    it(`is refused for ${what}`, async () => {
      const begun = performance.now();
      const opened = await openOnnxDetector(make());
      assert.ok(!opened.ok);
      assert.equal(opened.error[0]!.code, 'datasets/detector');
      assert.match(opened.error[0]!.message, words);
      assert.ok(performance.now() - begun < 10_000);
    });
  }

  it('is refused for its size before it is read', async () => {
    const path = join(desk, 'huge.onnx');
    writeFileSync(path, model(...FACE, ...OUTPUTS));
    truncateSync(path, 2 ** 33);
    const opened = await openOnnxDetector(path);
    assert.ok(!opened.ok);
    assert.match(opened.error[0]!.message, /8\.0 GiB, more than the 1\.0 GiB/);
  });

  const answers: Readonly<Record<string, readonly Field[]>> = {
    'fewer boxes than scores': [[5, constant('the-scores', [9], new Array<number>(9).fill(1))]],
    'no points': [[5, constant('the-points', [0, 5, 2], [])]],
    'whole numbers for scores': [[5, constant('the-scores', [1], [1], 7)]],
  };
  for (const [what, instead] of Object.entries(answers)) {
    it(`is refused where it gives ${what}`, async () => {
      const name = /the-\w+/.exec((instead[0]![1] as Buffer).toString('latin1'))![0];
      const rest = FACE.filter(([field, value]) => field !== 5 || !(value as Buffer).includes(name));
      const opened = await openOnnxDetector(model(...rest, ...instead, [11, OUTPUTS[0]![1]], ...['boxes', 'scores', 'points'].map((output): Field => [12, message([1, output])]))); // prettier-ignore
      if (!opened.ok) {
        assert.match(opened.error[0]!.message, /cannot be opened/);
        return;
      }
      const found = await opened.value.detect({ width: 8, height: 8, left: 0, top: 0, data: new Uint8Array(192) });
      await opened.value.close();
      assert.ok(!found.ok);
      assert.match(found.error[0]!.message, /the face detector gave .*expected float32/);
    });
  }

  it('is ended where it would never end, with a word, and the run goes on to its own end', () => {
    const study = join(desk, 'study');
    mkdirSync(join(study, 'images/a'), { recursive: true });
    writeFileSync(join(study, 'package.json'), '{ "private": true }');
    writeFileSync(join(study, 'images/a/1.png'), readFileSync('tests/recognition/datasets/fixtures/folder/ann/1.png'));
    writeFileSync(join(study, 'endless.onnx'), endless());
    writeFileSync(
      join(study, 'a.yaml'),
      `fx: 1\nname: endless\nstages:\n  images:\n    uses: datasets/import\n    with: { format: folder, folder: images, detector: endless.onnx, align: [detector] }\n`,
    );
    const env = { ...process.env, FX_LIMIT_IMAGE_TIME: '1s', NO_COLOR: '1' };
    const begun = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [FX, 'run', 'a.yaml'], { cwd: study, env, timeout: 50_000 });
    assert.equal(status, 1, String(stderr));
    assert.match(String(stderr), /the face detector took more than 1 s; .*FX_LIMIT_IMAGE_TIME=2min/);
    assert.ok(performance.now() - begun < 40_000);
  });

  it('is told from an honest one, which has nothing against it', () => {
    assert.equal(onnxProblem(dotDetector()), undefined);
    assert.equal(onnxProblem(message([7, nested(15)])), undefined);
  });
});
