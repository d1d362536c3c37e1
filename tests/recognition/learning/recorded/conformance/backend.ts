/**
 * A TensorFlow.js backend out of the table of kernels: calls are kept until a value is read; then those that it needs are
 * lowered to one ONNX graph and run. It serves the tests that ship with TensorFlow.js, nothing else.
 */
import type { BackendValues, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { KERNELS } from '../../../../../src/compiler/kernels/table.js';
import { lower } from '../../../../../src/compiler/lowering/lower.js';
import type { MapLayout } from '../../../../../src/compiler/lowering/lowering.js';
import type {
  RecordedCall,
  RecordedConstant,
  RecordedTensor,
  TensorType,
} from '../../../../../src/compiler/tape/recording.js';
import { runtime } from '../../../../../src/compiler/runtime.js';
import { Uncovered } from './uncovered.js';
import type { TensorFlow } from '../../../../../src/compiler/tensorflow.js';

type Maker = { readonly call: RecordedCall } | { readonly constant: RecordedConstant };

/** @param layout in which maps lie */
export async function useConformanceBackend(tf: TensorFlow, layout: MapLayout): Promise<void> {
  const makers = new WeakMap<object, Maker>();
  let count = 0;
  const tensor = (shape: readonly number[], type: TensorType): RecordedTensor => ({ id: (count += 1), shape, type });

  class Backend extends tf.KernelBackend {
    override write(values: BackendValues, shape: number[], dtype: DataType): object {
      if (dtype === 'string' || dtype === 'complex64') throw new Uncovered(`tensors of type ${dtype}`);
      const made = tensor(shape, dtype);
      makers.set(made, { constant: { tensor: made, values: values as Float32Array } });
      return made;
    }
    override async read(dataId: object): Promise<BackendValues> {
      return evaluate(tf, dataId as RecordedTensor, makers, layout);
    }
    override readSync(): never {
      throw new Uncovered('reading at once');
    }
    override incRef(): void {
      return;
    }
    decRef(): void {
      return;
    }
    override refCount(): number {
      return 1;
    }
    override disposeData(): boolean {
      return true;
    }
    override numDataIds(): number {
      return 0;
    }
    override memory(): { unreliable: boolean } {
      return { unreliable: true };
    }
    override floatPrecision(): 32 {
      return 32;
    }
    override epsilon(): number {
      return 1e-7;
    }
    override timerAvailable(): boolean {
      return false;
    }
    override dispose(): void {
      return;
    }
  }

  const names = Object.entries(tf).flatMap(([name, value]) => (name === value ? [name] : []));
  for (const kernelName of new Set([...names, ...Object.keys(KERNELS)])) {
    tf.registerKernel({
      kernelName,
      backendName: 'recorded',
      kernelFunc: ({ inputs, attrs }) => {
        const kernel = KERNELS[kernelName];
        if (kernel === undefined) throw new Uncovered(`kernel ${kernelName}`);
        if (attrs?.dtype === 'string') throw new Uncovered('tensors of strings');
        const given = Object.entries(inputs) as unknown as [string, TensorInfo | undefined | null][];
        const operands = given.flatMap(([name, info]) =>
          info === undefined || info === null ? [] : [[name, info.dataId as RecordedTensor] as const],
        );
        const named = Object.fromEntries(operands);
        const outputs = kernel.result(tf, named, { ...attrs }).map(({ shape, type }) => tensor(shape, type));
        const call = { kernel: kernelName, inputs: named, attributes: { ...attrs }, outputs };
        for (const output of outputs) makers.set(output, { call });
        const infos = outputs.map((output): TensorInfo => {
          return { dataId: output, shape: [...output.shape], dtype: output.type };
        });
        return kernel.list === true ? infos : infos[0]!;
      },
    });
  }
  tf.registerBackend('recorded', () => new Backend());
  await tf.setBackend('recorded');
}

async function evaluate(
  tf: TensorFlow,
  wanted: RecordedTensor,
  makers: WeakMap<object, Maker>,
  layout: MapLayout,
): Promise<BackendValues> {
  const made = makers.get(wanted)!;
  if ('constant' in made) return made.constant.values;
  const calls: RecordedCall[] = [];
  const constants: RecordedConstant[] = [];
  const seen = new Set<object>();
  const visit = (of: RecordedTensor): void => {
    const maker = makers.get(of)!;
    const key = 'call' in maker ? maker.call : maker.constant;
    if (seen.has(key)) return;
    seen.add(key);
    if ('constant' in maker) return void constants.push(maker.constant);
    Object.values(maker.call.inputs).forEach(visit);
    calls.push(maker.call);
  };
  visit(wanted);
  const model = lower(tf, { inputs: {}, outputs: { wanted }, constants, calls }, { layout });
  const open = await runtime('native', { threads: 1 }).open(model, 'training');
  if (!open.ok) throw new Error('no session');
  const { session } = open.value;
  const { data } = (await session.run({})).wanted!;
  await session.release();
  return data as Float32Array;
}
