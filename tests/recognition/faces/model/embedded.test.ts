import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactOf, encodeCompact, readCompact } from '../../../../src/plugins/recognition/faces/model/compact.js';
import { loadEmbeddedModel } from '../../../../src/plugins/recognition/faces/model/embedded.js';
import { evaluateAlbedo, evaluateShape } from '../../../../src/plugins/recognition/faces/model/evaluate.js';
import { coefficients, randomModel } from './random-model.js';

const TAGS = [
  ...['center.chin.tip', 'center.lips.lower.inner', 'center.nose.tip', 'center.front.trichion'],
  ...['left', 'right'].flatMap((side) =>
    [
      ...['ear.lobule.attachement', 'ear.helix.outer', 'eye.corner_outer', 'eye.corner_inner', 'eye.pupil.center'],
      ...['eyebrow.bend.lower', 'eyebrow.inner_lower', 'lips.corner', 'nose.wing.tip'],
    ].map((tag) => `${side}.${tag}`),
  ),
];

describe('the embedded face model', () => {
  const model = loadEmbeddedModel();
  const mean = model.shape.mean;
  const point = (points: Float32Array, name: string): readonly [number, number, number] => {
    const v = 3 * model.landmarks.get(name)!;
    return [points[v]!, points[v + 1]!, points[v + 2]!];
  };
  const distance = (points: Float32Array, a: string, b: string): number => {
    const [p, q] = [point(points, a), point(points, b)];
    return Math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2);
  };

  it('has the size that was promised and every landmark of the generator', () => {
    assert.ok(model.vertices >= 4000 && model.vertices <= 8000);
    assert.ok(model.shape.components >= 60 && model.albedo.components >= 40 && model.expression.components >= 20);
    for (const tag of TAGS) assert.ok(model.landmarks.has(tag), tag);
  });

  it('is a closed surface: each edge borders two triangles, in opposite directions, without handles', () => {
    const edges = new Set<number>();
    const { triangles, vertices } = model;
    for (let t = 0; t < triangles.length; t += 3) {
      for (let c = 0; c < 3; c += 1) {
        const edge = triangles[t + c]! * vertices + triangles[t + ((c + 1) % 3)]!;
        assert.ok(!edges.has(edge));
        edges.add(edge);
      }
    }
    for (const edge of edges) assert.ok(edges.has((edge % vertices) * vertices + Math.floor(edge / vertices)));
    assert.equal(vertices - edges.size / 2 + triangles.length / 3, 2);
  });

  it('faces outwards', () => {
    let volume = 0;
    const { triangles } = model;
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!];
      volume +=
        (mean[a]! * (mean[b + 1]! * mean[c + 2]! - mean[b + 2]! * mean[c + 1]!) +
          mean[a + 1]! * (mean[b + 2]! * mean[c]! - mean[b]! * mean[c + 2]!) +
          mean[a + 2]! * (mean[b]! * mean[c + 1]! - mean[b + 1]! * mean[c]!)) /
        6;
    }
    // A head and neck displace four to six litres.
    assert.ok(volume > 4e6 && volume < 6e6, `${volume} cubic millimetres`);
  });

  it('lies in the frame of the Basel Face Model, in millimetres', () => {
    const near = (name: string, expected: readonly number[], tolerance: number): void =>
      point(mean, name).forEach((value, c) =>
        assert.ok(Math.abs(value - expected[c]!) <= tolerance, `${name}[${c}] is ${value}`),
      );
    near('center.nose.tip', [0, 4, 131], 4);
    near('center.chin.tip', [0, -73, 104], 6);
    near('center.front.trichion', [0, 85, 104], 6);
    near('left.eye.corner_outer', [44, 33, 87], 4);
    near('left.ear.helix.outer', [88, 18, -15], 12);
    for (const tag of TAGS.filter((name) => name.startsWith('left.'))) {
      const [x, y, z] = point(mean, tag);
      assert.deepEqual(point(mean, tag.replace('left', 'right')), [-x, y, z], tag);
    }
  });

  it('has orthonormal components, in order of variance, within the quantisation', () => {
    for (const part of ['shape', 'expression', 'albedo'] as const) {
      const { basis, components, deviation } = model[part];
      const size = 3 * model.vertices;
      for (let a = 0; a < components; a += 1) {
        for (let b = 0; b <= a; b += 3) {
          let sum = 0;
          for (let i = 0; i < size; i += 1) sum += basis[a * size + i]! * basis[b * size + i]!;
          assert.ok(Math.abs(sum - (a === b ? 1 : 0)) < 5e-3, `${part} ${a} ${b}: ${sum}`);
        }
        assert.ok(a === 0 || deviation[a]! <= deviation[a - 1]!);
      }
    }
  });

  it('spreads its heads as people are spread', () => {
    const heads = Array.from({ length: 200 }, (_, i) =>
      evaluateShape(model, coefficients(model.shape.components, i), []),
    );
    // Means and standard deviations, mm: Farkas 1994, both sexes; bands wide enough for one population or several.
    const measures: readonly [string, string, string, number, number, number, number][] = [
      ['between the outer corners of the eyes', 'left.eye.corner_outer', 'right.eye.corner_outer', 82, 96, 2.5, 7],
      ['between the inner corners of the eyes', 'left.eye.corner_inner', 'right.eye.corner_inner', 29, 39, 1.5, 5],
      ['breadth of the mouth', 'left.lips.corner', 'right.lips.corner', 45, 56, 2, 6],
      ['breadth of the nose', 'left.nose.wing.tip', 'right.nose.wing.tip', 30, 40, 1.5, 5.5],
      ['trichion to chin', 'center.front.trichion', 'center.chin.tip', 145, 175, 5, 14],
    ];
    for (const [what, a, b, low, high, least, most] of measures) {
      const values = heads.map((head) => distance(head, a, b));
      const average = values.reduce((sum, v) => sum + v, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length);
      assert.ok(average > low && average < high, `${what}: ${average}`);
      assert.ok(deviation > least && deviation < most, `${what}: standard deviation ${deviation}`);
    }
  });

  it('keeps nearly all colours of most people displayable', () => {
    let outside = 0;
    for (let i = 0; i < 50; i += 1) {
      const colours = evaluateAlbedo(model, coefficients(model.albedo.components, i));
      for (const value of colours) if (value < 0 || value > 1) outside += 1;
    }
    assert.ok(outside / (50 * 3 * model.vertices) < 0.02, `${outside}`);
  });
});

describe('the compact format of models', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'fx-compact-'))));
  after(() => rmSync(folder, { recursive: true }));

  for (const bits of [16, 8] as const) {
    it(`gives any model back to half a step of ${bits} bits`, () => {
      const model = randomModel(40, 5, 3, 2);
      const path = join(folder, 'model.safetensors');
      writeFileSync(path, encodeCompact(compactOf(model, bits)));
      const read = readCompact(path);
      assert.ok(read.ok);
      const { name, vertices, triangles, landmarks } = model;
      assert.deepEqual([read.value.name, read.value.vertices, read.value.triangles], [name, vertices, triangles]);
      assert.deepEqual(read.value.landmarks, landmarks);
      for (const part of ['shape', 'expression', 'albedo'] as const) {
        assert.deepEqual(read.value[part].mean, model[part].mean);
        assert.deepEqual(read.value[part].deviation, model[part].deviation);
        const most = Math.max(...model[part].basis.map(Math.abs));
        read.value[part].basis.forEach((value, i) =>
          assert.ok(Math.abs(value - model[part].basis[i]!) <= (0.51 * most) / (bits === 8 ? 127 : 32767)),
        );
      }
    });
  }

  it('refuses other safetensors', () => {
    const path = join(folder, 'other.safetensors');
    writeFileSync(path, Buffer.concat([Buffer.from([8, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}      ')]));
    const read = readCompact(path);
    assert.ok(!read.ok && read.error[0]!.code === 'model/malformed');
  });
});
