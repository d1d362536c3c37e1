import { closeSync, fstatSync, readSync } from 'node:fs';
import { failure, type Diagnostic } from '../failures/diagnostic.js';
import { sayBytes } from '../files/files.js';
import { isJsonObject } from '../values/json.js';
import { limit, raise } from '../files/limits.js';
import { openPlain, UnfitFile } from '../files/opening.js';
import { err, ok, type Result } from '../failures/result.js';

/**
 * The safetensors format (huggingface/safetensors): an unsigned 64-bit little-endian header length, a JSON header
 * `{name: {dtype, shape, data_offsets}}`, then the tensors' bytes. Written with names sorted and the header padded to 8
 * bytes, so that equal tensors are equal files and rows can be viewed in place.
 */

export type DType = 'F32' | 'F64' | 'I32' | 'U32' | 'U8' | 'I8' | 'U16' | 'I16';
export type TensorData =
  Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | Int8Array | Uint16Array | Int16Array;

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface TensorInfo {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Byte range in the file. */
  readonly begin: number;
  readonly end: number;
}

export type SafetensorsCode = 'safetensors/malformed' | 'safetensors/no-tensor';

const ARRAYS = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
} as const;

/** The bytes of a safetensors file. `metadata` becomes the header's `__metadata__`. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const names = Object.keys(tensors).sort();
  const header: Record<string, unknown> = {};
  if (metadata !== undefined) {
    header.__metadata__ = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  let offset = 0;
  for (const name of names) {
    const { shape, data } = tensors[name]!;
    const count = shape.reduce((a, b) => a * b, 1);
    if (count !== data.length) throw new Error(`${name}: ${data.length} values for shape [${shape.join(', ')}]`);
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = Buffer.alloc(8 + padded + offset, 0x20);
  file.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(file, 8);
  let at = 8 + padded;
  for (const name of names) {
    const { data } = tensors[name]!;
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** A file opened for reading tensors, or rows of them, without holding the rest in memory. */
export class SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #fd: number;

  private constructor(
    path: string,
    fd: number,
    tensors: ReadonlyMap<string, TensorInfo>,
    metadata: Readonly<Record<string, string>>,
  ) {
    this.path = path;
    this.#fd = fd;
    this.tensors = tensors;
    this.metadata = metadata;
  }

  /** Reads the header alone. Fails on anything that is not a whole safetensors file. */
  static open(path: string): Result<SafetensorsFile, readonly Diagnostic<SafetensorsCode>[]> {
    const fd = openPlain(path);
    const parsed = readHeader(fd, path);
    if (!parsed.ok) {
      closeSync(fd);
      return err([failure('safetensors/malformed', `${path} is not a safetensors file: ${parsed.error}`)]);
    }
    return ok(new SafetensorsFile(path, fd, parsed.value.tensors, parsed.value.metadata));
  }

  /**
   * Rows `from` to `to` (exclusive) of a tensor along its first axis; the whole tensor by default. Reads into `into`
   * where it is given and fits.
   */
  read(name: string, from = 0, to?: number, into?: TensorData): TensorData {
    const info = this.tensors.get(name);
    if (info === undefined) throw new UnfitFile('EBADMSG', this.path, `a safetensors file without a tensor ${name}`);
    const rows = info.shape[0] ?? 1;
    const rowBytes = rows === 0 ? 0 : (info.end - info.begin) / rows;
    const length = ((to ?? rows) - from) * rowBytes;
    const target = into ?? new ARRAYS[info.dtype](length / ARRAYS[info.dtype].BYTES_PER_ELEMENT);
    const bytes = new Uint8Array(target.buffer, target.byteOffset, length);
    let done = 0;
    while (done < length) {
      const got = readSync(this.#fd, bytes, done, length - done, info.begin + from * rowBytes + done);
      if (got === 0) throw new UnfitFile('EBADMSG', this.path, `a safetensors file that ends inside ${name}`);
      done += got;
    }
    return target;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** As {@link SafetensorsFile.open}, for what an artifact must hold: throws {@link UnfitFile}. */
export function openTensors(path: string): SafetensorsFile {
  const opened = SafetensorsFile.open(path);
  if (opened.ok) return opened.value;
  throw new UnfitFile('EBADMSG', path, opened.error.map(({ message }) => message).join('; '));
}

interface Header {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

function readHeader(fd: number, path: string): Result<Header, string> {
  const size = fstatSync(fd).size;
  const prefix = Buffer.alloc(8);
  if (size < 8 || readSync(fd, prefix, 0, 8, 0) < 8) return err('it is shorter than a header');
  const length = Number(prefix.readBigUInt64LE(0));
  if (8 + length > size) return err(`its header would have ${length} bytes, of ${size}`);
  // The format allows 100 MB, which as JSON may take gigabytes; the header of ten thousand tensors takes one.
  if (length > limit('safetensors-header'))
    return err(`its header has ${sayBytes(length)}; ${raise('safetensors-header')}`);
  const text = Buffer.alloc(length);
  readSync(fd, text, 0, length, 8);
  let json: unknown;
  try {
    json = JSON.parse(text.toString('utf8'));
  } catch {
    return err('its header is not JSON');
  }
  if (!isJsonObject(json)) return err('its header is not an object');
  const tensors = new Map<string, TensorInfo>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      if (!isTexts(value)) return err('its metadata is not a map of texts');
      metadata = value;
      continue;
    }
    if (!isJsonObject(value)) return err(`tensor ${name} is not described`);
    const { dtype, shape, data_offsets: offsets } = value;
    if (typeof dtype !== 'string' || !Object.hasOwn(ARRAYS, dtype))
      return err(`tensor ${name} has dtype ${JSON.stringify(dtype)}`);
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) return err(`tensor ${name} has no shape`);
    const [begin, end] = offsets as unknown as [number, number];
    const bytes = shape.reduce((a, b) => a * b, 1) * ARRAYS[dtype as DType].BYTES_PER_ELEMENT;
    if (!Number.isSafeInteger(bytes) || end - begin !== bytes || 8 + length + end > size)
      return err(`tensor ${name} lies outside ${path}`);
    tensors.set(name, { dtype: dtype as DType, shape, begin: 8 + length + begin, end: 8 + length + end });
  }
  const overlapping = overlap(tensors);
  if (overlapping !== undefined) return err(`tensor ${overlapping} lies over another`);
  return ok({ tensors, metadata });
}

/** The name of a tensor that has bytes of one before it. */
function overlap(tensors: ReadonlyMap<string, TensorInfo>): string | undefined {
  const inOrder = [...tensors].filter(([, { begin, end }]) => end > begin).sort(([, a], [, b]) => a.begin - b.begin);
  return inOrder.find(([, { begin }], i) => i > 0 && begin < inOrder[i - 1]![1].end)?.[0];
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function dtypeOf(data: TensorData): DType {
  for (const [dtype, type] of Object.entries(ARRAYS)) if (data instanceof type) return dtype as DType;
  throw new Error('unsupported array');
}
