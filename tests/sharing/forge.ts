import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCache } from '../../src/engine/artifacts/cache.js';
import { manifestDigest } from '../../src/engine/artifacts/content/manifest.js';
import { parseRecord, type ResultRecord } from '../../src/engine/artifacts/content/result-record.js';
import { value } from '../engine/artifacts/value.js';

/** The records of a cache, in no order. */
export function recordsIn(root: string): readonly ResultRecord[] {
  const folder = join(root, 'results');
  return readdirSync(folder).flatMap((a) =>
    readdirSync(join(folder, a)).map((b) =>
      value(parseRecord(readFileSync(join(folder, a, b), 'utf8'), a + b.replace('.json', ''))),
    ),
  );
}

/**
 * Puts a lie into a cache with all the care that a forger can take: the file's bytes are a sound blob, the record names it,
 * and its digests are right. What was made from it is for the caller to make again.
 */
export async function forge(
  root: string,
  which: (record: ResultRecord) => boolean,
  change: (record: ResultRecord) => {
    readonly files?: Readonly<Record<string, string | Uint8Array>>;
    readonly metrics?: ResultRecord['metrics'];
  },
): Promise<void> {
  const cache = openCache(root);
  for (const record of recordsIn(root).filter(which)) {
    const { files = {}, metrics = record.metrics } = change(record);
    const outputs = [...record.outputs];
    for (const [path, text] of Object.entries(files)) {
      const content = value(await cache.blobs.publishBytes(text));
      outputs[outputs.findIndex((file) => file.path === path)] = { path, ...content };
    }
    const forged = { ...record, outputs, metrics, artifact: manifestDigest({ files: outputs }) };
    value(cache.results.add(forged, { replace: true }));
  }
}
