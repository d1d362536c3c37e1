import type { MorphableModel } from '../../../../src/plugins/recognition/faces/model/morphable-model.js';

/** What a data set is made from. */
export interface Stored {
  data: Float32Array | Float64Array | Int32Array | Uint32Array | string | string[];
  shape?: number[];
}

/** The datasets of a good file of a model, by path; a test changes what it is about. */
export function storedModel(model: MorphableModel): Map<string, Stored> {
  const reference = (vertex: number): number[] => [...model.shape.mean.subarray(3 * vertex, 3 * vertex + 3)];
  const entries = new Map<string, Stored>();
  for (const [group, linear] of [
    ['shape', model.shape],
    ['expression', model.expression],
    ['color', model.albedo],
  ] as const) {
    const { mean, basis, deviation, components } = linear;
    const size = mean.length;
    const columns = Float32Array.from(basis, (_, at) => basis[(at % components) * size + Math.floor(at / components)]!);
    entries.set(`${group}/model/mean`, { data: mean });
    entries.set(`${group}/model/pcaBasis`, { data: columns, shape: [size, components] });
    entries.set(`${group}/model/pcaVariance`, { data: deviation.map((d) => d * d) });
    entries.set(`${group}/model/noiseVariance`, { data: new Float32Array([0]) });
    entries.set(`${group}/version/majorVersion`, { data: new Int32Array([0]), shape: [] });
    entries.set(`${group}/version/minorVersion`, { data: new Int32Array([9]), shape: [] });
  }
  const n = model.vertices;
  const t = model.triangles.length / 3;
  const points = Float32Array.from({ length: 3 * n }, (_, at) => model.shape.mean[3 * (at % n) + Math.floor(at / n)]!);
  const cells = Int32Array.from({ length: 3 * t }, (_, at) => model.triangles[3 * (at % t) + Math.floor(at / t)]!);
  entries.set('shape/representer/points', { data: points, shape: [3, n] });
  entries.set('shape/representer/cells', { data: cells, shape: [3, t] });
  const landmarks = [...model.landmarks].map(([id, v]) => ({ id, coordinates: reference(v).map((c) => c + 1e-4) }));
  entries.set('metadata/landmarks/json', { data: JSON.stringify(landmarks) });
  return entries;
}

export async function writeStored(path: string, entries: ReadonlyMap<string, Stored>): Promise<void> {
  const { File, ready } = await import('h5wasm/node');
  await ready;
  const file = new File(path, 'w');
  for (const [name, { data, shape }] of entries) {
    const parts = name.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const group = parts.slice(0, depth).join('/');
      if (file.get(group) === null) file.create_group(group);
    }
    file.create_dataset({ name, data, ...(shape === undefined ? {} : { shape }) });
  }
  file.close();
}
