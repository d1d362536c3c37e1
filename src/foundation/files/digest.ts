import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { openPlain, openPlainHandle, type Opening } from './opening.js';

/** sha256, lower-case hex: 64 characters. */
export type Digest = string;

/** A digest with the number of bytes that gave it. */
export interface Content {
  readonly digest: Digest;
  readonly bytes: number;
}

/** Large enough that the cost of a call vanishes beside the hashing, small enough to stay in a core's cache. */
const CHUNK = 1 << 20;
const SMALLEST_CHUNK = 1 << 12;

/** Of bytes, or of a string's UTF-8. */
export function sha256(data: Uint8Array | string): Digest {
  return hash('sha256', data, 'hex');
}

/**
 * Identity of a file that stands for itself: the digest of its bytes, and of a file that may be executed another, since
 * its reader may execute it.
 */
export function identityOfFile({
  digest,
  executable,
}: {
  readonly digest: Digest;
  readonly executable?: boolean;
}): Digest {
  return executable === true ? sha256(`executable ${digest}`) : digest;
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** Of a plain file; the next chunk is read while one is hashed. Rejects with the system's error. */
export async function sha256OfFile(path: string, signal?: AbortSignal, opening: Opening = {}): Promise<Content> {
  const file = await openPlainHandle(path, opening);
  try {
    const sum = createHash('sha256');
    // Of a small file no more than it takes: Node clears up large buffers at length.
    const chunk = Math.min(Math.max(fstatSync(file.fd).size + 1, SMALLEST_CHUNK), CHUNK);
    let [filling, full] = [Buffer.allocUnsafe(chunk), Buffer.allocUnsafe(chunk)];
    let bytes = 0;
    let { bytesRead } = await file.read(filling, 0, chunk, 0);
    while (bytesRead > 0) {
      signal?.throwIfAborted();
      [filling, full] = [full, filling];
      const read = full.subarray(0, bytesRead);
      bytes += bytesRead;
      const next = file.read(filling, 0, chunk, bytes);
      sum.update(read);
      ({ bytesRead } = await next);
    }
    return { digest: sum.digest('hex'), bytes };
  } finally {
    await file.close();
  }
}

const shared: { buffer?: Buffer } = {};

/** Of a plain file, without giving way to other work: for small ones. Throws the system's error. */
export function sha256OfFileSync(path: string, opening: Opening = {}): Content {
  const buffer = (shared.buffer ??= Buffer.allocUnsafe(CHUNK));
  const file = openPlain(path, opening);
  try {
    let count = readSync(file, buffer, 0, CHUNK, null);
    if (count === 0) return { digest: sha256(''), bytes: 0 };
    const sum = createHash('sha256');
    let bytes = 0;
    while (count > 0) {
      sum.update(buffer.subarray(0, count));
      bytes += count;
      count = readSync(file, buffer, 0, CHUNK, null);
    }
    return { digest: sum.digest('hex'), bytes };
  } finally {
    closeSync(file);
  }
}

/** Of a stream of bytes. */
export async function sha256OfStream(stream: AsyncIterable<Uint8Array>): Promise<Content> {
  const sum = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    sum.update(chunk);
    bytes += chunk.length;
  }
  return { digest: sum.digest('hex'), bytes };
}
