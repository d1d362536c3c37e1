import assert from 'node:assert/strict';
import { loadBackend, useBackend } from '../../../../src/plugins/recognition/learning/engines/eager/backends.js';
import { lower } from '../../../../src/compiler/lowering/lower.js';
import { record } from '../../../../src/compiler/tape/record.js';
import type { MapLayout } from '../../../../src/compiler/lowering/lowering.js';
import type { TensorType } from '../../../../src/compiler/tape/recording.js';
import { runtime, type RuntimeName } from '../../../../src/compiler/runtime.js';
import type { OnnxModel } from '../../../../src/compiler/onnx/model.js';
import type { Tensor, TensorFlow } from '../../../../src/compiler/tensorflow.js';
import { stream } from '../../../../src/foundation/numbers/random.js';

export type Named = Readonly<Record<string, Tensor>>;
export type Compute = (tf: TensorFlow, tensors: Named) => Tensor | readonly Tensor[];

export interface Input {
  readonly shape: readonly number[];
  readonly type?: TensorType;
  /** Values; by default normal ones, whole numbers for int32, coin tosses for bool. */
  readonly draw?: (random: { uniform(): number; normal(): number }) => number;
}

type Arrays = Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>;

export interface Result {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export async function cpu(): Promise<TensorFlow> {
  const tf = await loadBackend('cpu');
  assert.ok(tf.ok);
  return tf.value;
}

export function drawn(inputs: Readonly<Record<string, Input>>, seed: number): Arrays {
  const arrays: Record<string, Float32Array | Int32Array | Uint8Array> = {};
  for (const [name, { shape, type = 'float32', draw }] of Object.entries(inputs)) {
    const random = stream(seed, `agreement/${name}`);
    const length = shape.reduce((a, b) => a * b, 1);
    if (type === 'float32') arrays[name] = Float32Array.from({ length }, () => draw?.(random) ?? random.normal());
    else if (type === 'int32')
      arrays[name] = Int32Array.from({ length }, () => draw?.(random) ?? Math.floor(random.uniform() * 7) - 3);
    else arrays[name] = Uint8Array.from({ length }, () => draw?.(random) ?? Number(random.uniform() < 0.5));
  }
  return arrays;
}

export async function eagerly(
  compute: Compute,
  inputs: Readonly<Record<string, Input>>,
  arrays: Arrays,
): Promise<Result[]> {
  const tf = await cpu();
  await useBackend(tf, 'cpu');
  const tensors = Object.entries(inputs).map(([name, { shape, type = 'float32' }]) => {
    return [name, tf.tensor(arrays[name]!, [...shape], type)] as const;
  });
  const results = list(compute(tf, Object.fromEntries(tensors)));
  return results.map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() }));
}

export async function model(
  compute: Compute,
  inputs: Readonly<Record<string, Input>>,
  layout?: MapLayout,
): Promise<OnnxModel> {
  const tf = await cpu();
  const graph = await record(tf, inputs, (tensors) => {
    return Object.fromEntries(list(compute(tf, tensors)).map((tensor, i) => [`result${String(i)}`, tensor]));
  });
  assert.ok(graph.ok, graph.ok ? '' : graph.error[0]?.message);
  return lower(tf, graph.value, layout === undefined ? {} : { layout });
}

export async function recordedly(
  compute: Compute,
  inputs: Readonly<Record<string, Input>>,
  arrays: Arrays,
  engine: RuntimeName = 'native',
  layout?: MapLayout,
): Promise<Result[]> {
  const open = await runtime(engine, { threads: 1 }).open(await model(compute, inputs, layout), 'training');
  assert.ok(open.ok);
  const { session, onnx } = open.value;
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => {
      const { shape, type = 'float32' } = inputs[name]!;
      return [name, new onnx.Tensor(type, arrays[name]! as Float32Array, shape)];
    }),
  );
  const results = await session.run(feeds);
  await session.release();
  return session.outputNames.map((name) => ({
    shape: results[name]!.dims,
    values: results[name]!.data as Float32Array,
  }));
}

function list(results: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(results) ? (results as readonly Tensor[]) : [results as Tensor];
}

/** The same shapes, and values within `tolerance` of the largest. */
export function assertClose(actual: readonly Result[], expected: readonly Result[], tolerance = 1e-5): void {
  assert.equal(actual.length, expected.length);
  expected.forEach(({ shape, values }, k) => {
    const { shape: otherShape, values: other } = actual[k]!;
    assert.deepEqual([...otherShape], [...shape]);
    const scale = Math.max(1e-30, ...Array.from(values, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
    for (let i = 0; i < values.length; i += 1) {
      const [a, e] = [Number(other[i]), Number(values[i])];
      const same = Object.is(a, e) || Math.abs(a - e) <= tolerance * scale;
      assert.ok(same, `result ${String(k)}, element ${String(i)}: ${String(a)}, expected ${String(e)}`);
    }
  });
}

/** Records, lowers and runs the function, and compares with TensorFlow.js's own CPU backend. */
export async function assertAgrees(
  compute: Compute,
  inputs: Readonly<Record<string, Input>>,
  seed = 1,
  tolerance = 1e-5,
  layout?: MapLayout,
): Promise<void> {
  const arrays = drawn(inputs, seed);
  const actual = await recordedly(compute, inputs, arrays, 'native', layout);
  assertClose(actual, await eagerly(compute, inputs, arrays), tolerance);
}
