import type {
  BackendValues,
  DataType,
  KernelFunc,
  NamedTensorInfoMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import type { CompilerDiagnostic } from '../diagnostic.js';
import { KERNELS } from '../kernels/table.js';
import type {
  RecordedCall,
  RecordedConstant,
  RecordedGraph,
  RecordedTensor,
  TensorSpec,
  TensorType,
} from './recording.js';
import type { TensorFlow } from '../tensorflow.js';

/** The name under which the recording backend is known to TensorFlow.js while a recording lasts. */
const BACKEND = 'fx-recording';

type Named = Readonly<Record<string, Tensor>>;

/**
 * Runs a function once on tensors without values and notes each kernel that TensorFlow.js calls, those of its own
 * gradients included. Nothing is computed, so a recording takes milliseconds whatever the network's size.
 *
 * The function must be a pure function of its tensors, with shapes that depend on nothing but shapes: reading a value
 * throws. It must finish before it returns (no promise).
 *
 * @returns the graph; an error where the function calls a kernel that is not in the table of kernels
 */
export async function record(
  tf: TensorFlow,
  inputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly type?: TensorType }>>,
  compute: (tensors: Named) => Named,
): Promise<Result<RecordedGraph, readonly CompilerDiagnostic[]>> {
  const backend = registered(tf);
  const before = tf.engine().backendName as string | null | undefined;
  while (tf.getBackend() !== BACKEND) await tf.setBackend(BACKEND);
  // No await from here on: the current backend and its tape are the process's.
  const tape = new Tape(tf);
  backend.tape = tape;
  const recorded: Record<string, RecordedTensor> = {};
  const results: Record<string, RecordedTensor> = {};
  try {
    tf.tidy(() => {
      const tensors: Record<string, Tensor> = {};
      for (const [name, { shape, type = 'float32' }] of Object.entries(inputs)) {
        const tensor = tape.tensor({ shape, type });
        recorded[name] = tensor;
        tensors[name] = tf.engine().makeTensorFromTensorInfo({ dataId: tensor, shape: [...shape], dtype: type });
      }
      for (const [name, tensor] of Object.entries(compute(tensors))) results[name] = asRecorded(tensor);
    });
  } catch (error) {
    if (!(error instanceof UnknownKernel)) throw error;
    return fail(
      failure(
        'compiler/kernel-absent',
        `the engine has no lowering for TensorFlow.js's kernel ${error.kernel}`,
        'use an engine that runs TensorFlow.js itself (tfjs:wasm), or add the kernel to src/compiler/kernels/',
      ),
    );
  } finally {
    delete backend.tape;
    if (before !== null && before !== undefined) await tf.setBackend(before);
  }
  return ok({ inputs: recorded, outputs: results, constants: tape.constants, calls: tape.calls });
}

class UnknownKernel extends Error {
  readonly kernel: string;

  constructor(kernel: string) {
    super(`no lowering for kernel ${kernel}`);
    this.kernel = kernel;
  }
}

/** What has been recorded so far. */
class Tape {
  readonly calls: RecordedCall[] = [];
  readonly constants: RecordedConstant[] = [];
  readonly #tf: TensorFlow;
  #tensors = 0;

  constructor(tf: TensorFlow) {
    this.#tf = tf;
  }

  tensor({ shape, type }: TensorSpec): RecordedTensor {
    this.#tensors += 1;
    return { id: this.#tensors, shape: [...shape], type };
  }

  constant(values: BackendValues, shape: readonly number[], type: DataType): RecordedTensor {
    const tensor = this.tensor({ shape, type: tensorType(type) });
    this.constants.push({ tensor, values: values as RecordedConstant['values'] });
    return tensor;
  }

  call(kernel: string, inputs: Record<string, RecordedTensor>, attributes: Record<string, unknown>): RecordedTensor[] {
    const outputs = KERNELS[kernel]!.result(this.#tf, inputs, attributes).map((spec) => this.tensor(spec));
    this.calls.push({ kernel, inputs, attributes, outputs });
    return outputs;
  }
}

interface Recorder {
  /** Where kernels go; there while a function is being recorded. */
  tape?: Tape;
}

const recorders = new WeakMap<TensorFlow, Recorder>();

/**
 * Registers, once a process, the recording backend, and a recording kernel under every name that TensorFlow.js has, so
 * that a missing one is known by its name.
 */
function registered(tf: TensorFlow): Recorder {
  const known = recorders.get(tf);
  if (known !== undefined) return known;
  const recorder: Recorder = {};
  recorders.set(tf, recorder);
  tf.registerBackend(BACKEND, () => recordingBackend(tf, recorder), -1);
  const names = Object.entries(tf).flatMap(([name, value]) => (name === value ? [name] : []));
  for (const kernelName of new Set([...names, ...Object.keys(KERNELS)])) {
    const kernelFunc: KernelFunc = ({ inputs, attrs }) => {
      if (!(kernelName in KERNELS)) throw new UnknownKernel(kernelName);
      const results = recorder
        .tape!.call(kernelName, recordedInputs(inputs), { ...attrs })
        .map((tensor): TensorInfo => {
          return { dataId: tensor, shape: [...tensor.shape], dtype: tensor.type };
        });
      return KERNELS[kernelName]!.list === true ? results : results[0]!;
    };
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  }
  return recorder;
}

function recordedInputs(inputs: NamedTensorInfoMap): Record<string, RecordedTensor> {
  const recorded: Record<string, RecordedTensor> = {};
  // An optional input that is left out is there as undefined or null.
  for (const [name, info] of Object.entries(inputs) as [string, TensorInfo | undefined | null][]) {
    if (info !== undefined && info !== null) recorded[name] = asRecorded(info);
  }
  return recorded;
}

/** The data id of a tensor of this backend is the recorded tensor itself. */
function asRecorded({ dataId }: TensorInfo): RecordedTensor {
  return dataId as RecordedTensor;
}

function tensorType(type: DataType): TensorType {
  if (type === 'float32' || type === 'int32' || type === 'bool') return type;
  throw new TypeError(`tensors of type ${type} cannot be recorded`);
}

/** The part of a backend that TensorFlow.js's engine calls by itself; tensors live as long as the recording. */
function recordingBackend(tf: TensorFlow, recorder: Recorder): InstanceType<TensorFlow['KernelBackend']> {
  class RecordingBackend extends tf.KernelBackend {
    override write(values: BackendValues, shape: number[], dtype: DataType): object {
      return recorder.tape!.constant(values, shape, dtype);
    }
    override readSync(): never {
      throw new Error('a recorded function may not read values: no shape and no branch may depend on data');
    }
    override read(): never {
      return this.readSync();
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
  return new RecordingBackend();
}
