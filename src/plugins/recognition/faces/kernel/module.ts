import { encode, Local, unsigned, type Code, type ValueType } from './assembler.js';

/** A function of a kernel: it takes addresses and counts (i32), gives nothing back, and works on the memory. */
export interface KernelFunction {
  readonly name: string;
  readonly parameters: number;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/**
 * Writes a function.
 * @param body is given the parameters by name, and a maker of variables, which are 0 at first
 */
export function kernelFunction<Name extends string>(
  name: string,
  parameters: readonly Name[],
  body: (parameters: Readonly<Record<Name, Local>>, local: (type: ValueType) => Local) => Code,
): KernelFunction {
  const taken = Object.fromEntries(parameters.map((parameter, index) => [parameter, new Local(index, 'i32')]));
  const locals: ValueType[] = [];
  const local = (type: ValueType): Local => new Local(parameters.length + locals.push(type) - 1, type);
  const code = body(taken as Record<Name, Local>, local);
  return { name, parameters: parameters.length, locals, body: code };
}

/** A WebAssembly memory. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/** One that threads share; sending it to a thread copies nothing. */
export interface SharedMemory extends KernelMemory {
  readonly buffer: SharedArrayBuffer;
}

/** The part of the WebAssembly interface used here, which the types of Node leave out. */
interface WebAssemblyApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: boolean }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

const PAGE = 65536;
/** 4 GiB, all that WebAssembly addresses. */
const MOST_PAGES = 65536;

/** Zeroed memory of at least so many bytes, up to 4 GiB, for one thread. */
export function createMemory(bytes: number): KernelMemory & { readonly buffer: ArrayBuffer } {
  return new Memory(descriptor(bytes, false)) as KernelMemory & { readonly buffer: ArrayBuffer };
}

/** Zeroed memory of at least so many bytes, up to 4 GiB, for many threads. */
export function createSharedMemory(bytes: number): SharedMemory {
  return new Memory(descriptor(bytes, true)) as SharedMemory;
}

function descriptor(bytes: number, shared: boolean): { initial: number; maximum: number; shared: boolean } {
  const pages = Math.max(Math.ceil(bytes / PAGE), 1);
  return { initial: pages, maximum: pages, shared };
}

/** Makes functions ready to run over a memory. */
export function instantiate<Name extends string>(
  functions: Readonly<Record<Name, KernelFunction>>,
  memory: KernelMemory,
): Readonly<Record<Name, (...values: number[]) => void>> {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const module = new Module(encodeModule(Object.values(functions), shared));
  const { exports } = new Instance(module, { host: { memory } });
  const ready = Object.entries<KernelFunction>(functions).map(([key, { name }]) => [key, exports[name]]);
  return Object.fromEntries(ready) as Record<Name, (...values: number[]) => void>;
}

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b };

/** The module's bytes (core specification, section 5.5; shared memory is the threads proposal's). */
function encodeModule(functions: readonly KernelFunction[], shared: boolean): Uint8Array<ArrayBuffer> {
  const limits = shared ? [0x03, ...unsigned(1), ...unsigned(MOST_PAGES)] : [0x00, ...unsigned(1)];
  const signature = ({ parameters }: KernelFunction): number[] => [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [TYPES.i32])),
    0,
  ];
  const code = ({ locals, body }: KernelFunction): number[] =>
    sized([...vector(locals.map((type) => [1, TYPES[type]])), ...encode(body), 0x0b]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, functions.map(signature)),
    ...section(2, [[...text('host'), ...text('memory'), 0x02, ...limits]]),
    ...section(
      3,
      functions.map((_, type) => unsigned(type)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]),
    ),
    ...section(10, functions.map(code)),
  ]);
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  return [id, ...sized(vector(entries))];
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...unsigned(entries.length), ...entries.flat()];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return sized([...Buffer.from(value)]);
}
