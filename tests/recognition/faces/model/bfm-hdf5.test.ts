import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../../../../src/foundation/failures/diagnostic.js';
import {
  landmarkVertex,
  readBfmHdf5,
  type ReadOptions,
} from '../../../../src/plugins/recognition/faces/model/bfm-hdf5.js';
import type { MorphableModel } from '../../../../src/plugins/recognition/faces/model/morphable-model.js';
import { randomModel } from './random-model.js';
import { storedModel, writeStored, type Stored } from './stored-model.js';

const model = randomModel(30, 5, 3, 4);

const reference = (vertex: number): number[] => [...model.shape.mean.subarray(3 * vertex, 3 * vertex + 3)];
const contents = (): Map<string, Stored> => storedModel(model);

describe('reading a morphable model in the layout of the Basel Face Model', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'fx-bfm-'))));
  after(() => rmSync(folder, { recursive: true }));

  async function write(entries: ReadonlyMap<string, Stored>): Promise<string> {
    const path = join(folder, 'model.h5');
    await writeStored(path, entries);
    return path;
  }

  async function read(change: (entries: Map<string, Stored>) => void, options?: ReadOptions): Promise<MorphableModel> {
    const entries = contents();
    change(entries);
    const result = await readBfmHdf5(await write(entries), options);
    assert.ok(result.ok, result.ok ? '' : result.error[0]?.message);
    return result.value;
  }

  async function refusal(change: (entries: Map<string, Stored>) => void, options?: ReadOptions): Promise<Diagnostic> {
    const entries = contents();
    change(entries);
    const result = await readBfmHdf5(await write(entries), options);
    assert.ok(!result.ok);
    return result.error[0]!;
  }

  const unchanged = (): void => undefined;

  it('gives the same bits read in slabs of one row, of some rows, and at once', async () => {
    const whole = await read(unchanged);
    for (const slab of [1, 4 * model.shape.components, 100_000])
      assert.deepEqual(await read(unchanged, { slab }), whole, String(slab));
  });

  it('gives back what was stored', async () => {
    const got = await read(unchanged);
    assert.equal(got.name, 'model.h5');
    assert.deepEqual(got.triangles, model.triangles);
    for (const part of ['shape', 'expression', 'albedo'] as const) {
      assert.deepEqual(got[part].mean, model[part].mean);
      assert.deepEqual(got[part].basis, model[part].basis);
      got[part].deviation.forEach((d, k) => assert.ok(Math.abs(d - model[part].deviation[k]!) < 1e-6));
    }
    assert.deepEqual(got.landmarks, model.landmarks);
  });

  it('reads triangles of unsigned integers, scalar noise, double precision and strings in an array', async () => {
    const got = await read((entries) => {
      const cells = entries.get('shape/representer/cells')!;
      entries.set('shape/representer/cells', { ...cells, data: Uint32Array.from(cells.data as Int32Array) });
      entries.set('shape/model/noiseVariance', { data: new Float32Array([0.1]), shape: [] });
      entries.set('color/model/mean', { data: Float64Array.from(model.albedo.mean) });
      const json = entries.get('metadata/landmarks/json')!;
      entries.set('metadata/landmarks/json', { data: [json.data as string] });
    });
    assert.deepEqual(got.triangles, model.triangles);
    assert.deepEqual(got.albedo.mean, model.albedo.mean);
    assert.deepEqual(got.landmarks, model.landmarks);
  });

  for (const version of ['0.8', undefined]) {
    it(`normalises the columns of a basis of version ${version ?? 'unknown'}`, async () => {
      const got = await read((entries) => {
        const basis = entries.get('shape/model/pcaBasis')!;
        const scaled = (basis.data as Float32Array).map((value, at) => value * (3 + (at % 5)));
        entries.set('shape/model/pcaBasis', { ...basis, data: scaled });
        for (const group of ['shape', 'expression', 'color']) {
          if (version === undefined) {
            entries.delete(`${group}/version/majorVersion`);
            entries.delete(`${group}/version/minorVersion`);
          } else entries.set(`${group}/version/minorVersion`, { data: new Int32Array([8]), shape: [] });
        }
      });
      got.shape.basis.forEach((value, i) => assert.ok(Math.abs(value - model.shape.basis[i]!) < 1e-6));
    });
  }

  it('takes the basis of version 1.0 as it is', async () => {
    const got = await read((entries) => {
      entries.set('shape/version/majorVersion', { data: new Int32Array([1]), shape: [] });
      entries.set('shape/version/minorVersion', { data: new Int32Array([0]), shape: [] });
    });
    assert.deepEqual(got.shape.basis, model.shape.basis);
  });

  it('finds landmarks given as text', async () => {
    const got = await read((entries) => {
      entries.delete('metadata/landmarks/json');
      const lines = [...model.landmarks].map(([name, v]) => `${name} 1 ${reference(v).join(' ')}`);
      entries.set('metadata/landmarks/text', { data: `${lines.join('\n')}\n` });
    });
    assert.deepEqual(got.landmarks, model.landmarks);
  });

  it('does without expressions and landmarks where there are none', async () => {
    const got = await read((entries) => {
      for (const name of [...entries.keys()]) if (/^(expression|metadata)/.test(name)) entries.delete(name);
    });
    assert.equal(got.expression.components, 0);
    assert.equal(got.landmarks.size, 0);
    const missing = landmarkVertex(got, 'center.nose.tip');
    assert.ok(!missing.ok && missing.error[0]!.code === 'model/no-landmark');
  });

  it('reads the leading components that are asked for', async () => {
    const got = await read(unchanged, { components: { shape: 2, expression: 0, albedo: 4 } });
    assert.deepEqual(got.shape.basis, model.shape.basis.slice(0, 2 * 90));
    assert.deepEqual([got.shape.components, got.expression.components, got.albedo.components], [2, 0, 4]);
  });

  const refusals: readonly [string, string, RegExp, (e: Map<string, Stored>) => void, ReadOptions?][] = [
    ['a missing dataset', 'model/missing-dataset', /\/shape\/model\/pcaBasis/, (e) => e.delete('shape/model/pcaBasis')],
    [
      'a mean too short',
      'model/wrong-shape',
      /\(89\); expected \(90\)/,
      (e) => e.set('color/model/mean', { data: new Float32Array(89) }),
    ],
    [
      'a basis on its side',
      'model/wrong-shape',
      /\(5, 90\)/,
      (e) => e.set('shape/model/pcaBasis', { ...e.get('shape/model/pcaBasis')!, shape: [5, 90] }),
    ],
    [
      'points that are not (3, N)',
      'model/wrong-shape',
      /points/,
      (e) => e.set('shape/representer/points', { data: new Float32Array(90), shape: [30, 3] }),
    ],
    [
      'a NaN in a basis, saying where',
      'model/not-finite',
      /pcaBasis\[7, 2\].* is NaN/,
      (e) => ((e.get('shape/model/pcaBasis')!.data as Float32Array)[7 * 5 + 2] = NaN),
    ],
    [
      'an infinite mean',
      'model/not-finite',
      /mean\[4\].* is Infinity/,
      (e) => {
        const mean = Float32Array.from(model.shape.mean);
        mean[4] = Infinity;
        e.set('shape/model/mean', { data: mean });
      },
    ],
    [
      'a negative variance',
      'model/negative-variance',
      /\[1\] is -1/,
      (e) => e.set('shape/model/pcaVariance', { data: new Float32Array([2, -1, 1, 1, 1]) }),
    ],
    [
      'a triangle of a vertex that is not there',
      'model/cell-out-of-range',
      /vertex 30/,
      (e) => ((e.get('shape/representer/cells')!.data as Int32Array)[5] = 30),
    ],
    [
      'triangles of reals',
      'model/wrong-type',
      /int32 or uint32/,
      (e) => {
        const cells = e.get('shape/representer/cells')!;
        e.set('shape/representer/cells', { ...cells, data: Float32Array.from(cells.data as Int32Array) });
      },
    ],
    [
      'landmarks that are no list',
      'model/malformed-landmarks',
      /id, coordinates/,
      (e) => e.set('metadata/landmarks/json', { data: '{"id": 1}' }),
    ],
    [
      'noise that is not one number',
      'model/wrong-shape',
      /scalar or \(1\)/,
      (e) => e.set('shape/model/noiseVariance', { data: new Float32Array(2) }),
    ],
    [
      'more components than there are',
      'model/too-many-components',
      /6 shape .* has 5/,
      unchanged,
      { components: { shape: 6 } },
    ],
    [
      'more albedo components than there are',
      'model/too-many-components',
      /9 albedo .* has 4/,
      unchanged,
      { components: { albedo: 9 } },
    ],
    [
      'a landmark that the model lacks',
      'model/no-landmark',
      /left.ear.helix.outer/,
      unchanged,
      { landmarks: ['left.ear.helix.outer'] },
    ],
  ];
  for (const [what, code, message, change, options] of refusals) {
    it(`refuses ${what}`, async () => {
      const diagnostic = await refusal(change, options);
      assert.equal(diagnostic.code, code);
      assert.match(diagnostic.message, message);
    });
  }

  it('refuses what is not HDF5, what is cut short, a folder and what is not there', async () => {
    const code = async (path: string): Promise<string> => {
      const result = await readBfmHdf5(path);
      assert.ok(!result.ok);
      return result.error[0]!.code;
    };
    const text = join(folder, 'text.h5');
    writeFileSync(text, 'a morphable model, honestly');
    assert.equal(await code(text), 'model/not-hdf5');
    const short = join(folder, 'short.h5');
    writeFileSync(short, Buffer.from('\x89HDF\r\n\x1a\n\0\0\0\0', 'latin1'));
    assert.equal(await code(short), 'model/not-hdf5');
    assert.equal(await code(folder), 'model/not-hdf5');
    assert.equal(await code(join(folder, 'absent.h5')), 'model/not-found');
  });
});
