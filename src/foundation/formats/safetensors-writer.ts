import { closeSync, openSync, writeSync } from 'node:fs';
import type { DType, TensorData } from './safetensors.js';

const BYTES: Readonly<Record<DType, number>> = { F32: 4, F64: 8, I32: 4, U32: 4, U8: 1, I8: 1, U16: 2, I16: 2 };

export interface TensorLayout {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * Writes a safetensors file whose shapes are known beforehand, rows in any order, holding none of them: the same bytes
 * as {@link encodeSafetensors} would make of the whole tensors. Rows never written are zero.
 */
export class SafetensorsWriter {
  readonly bytes: number;
  readonly #fd: number;
  readonly #places: ReadonlyMap<string, { readonly begin: number; readonly end: number; readonly rowBytes: number }>;

  /** Creates `path`, which must not exist. */
  constructor(
    path: string,
    tensors: Readonly<Record<string, TensorLayout>>,
    metadata: Readonly<Record<string, string>> = {},
  ) {
    const header: Record<string, unknown> = {};
    const keys = Object.keys(metadata).sort();
    if (keys.length > 0) header.__metadata__ = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
    const places = new Map<string, { begin: number; end: number; rowBytes: number }>();
    let offset = 0;
    for (const name of Object.keys(tensors).sort()) {
      const { dtype, shape } = tensors[name]!;
      const bytes = shape.reduce((a, b) => a * b, 1) * BYTES[dtype];
      header[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
      const rows = shape[0] ?? 1;
      places.set(name, { begin: offset, end: offset + bytes, rowBytes: rows === 0 ? 0 : bytes / rows });
      offset += bytes;
    }
    const json = Buffer.from(JSON.stringify(header));
    const padded = Math.ceil(json.length / 8) * 8;
    const prefix = Buffer.alloc(8 + padded, 0x20);
    prefix.writeBigUInt64LE(BigInt(padded), 0);
    json.copy(prefix, 8);
    for (const place of places.values()) {
      place.begin += prefix.length;
      place.end += prefix.length;
    }
    this.#places = places;
    this.bytes = prefix.length + offset;
    this.#fd = openSync(path, 'wx');
    this.#write(new Uint8Array(prefix.buffer, prefix.byteOffset, prefix.length), 0);
    if (offset > 0) this.#write(new Uint8Array(1), this.bytes - 1);
  }

  /** Writes whole rows from `firstRow` on. */
  writeRows(name: string, firstRow: number, data: TensorData): void {
    const place = this.#places.get(name);
    if (place === undefined) throw new Error(`no tensor ${name} was laid out`);
    const at = place.begin + firstRow * place.rowBytes;
    if (at + data.byteLength > place.end) throw new Error(`${name}: rows beyond the end`);
    this.#write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
  }
}
