import { manifestDigest } from '../../../src/engine/artifacts/content/manifest.js';
import type { ResultRecord } from '../../../src/engine/artifacts/content/result-record.js';
import { sha256 } from '../../../src/foundation/files/digest.js';

/** A valid record; another one for each name. */
export function exampleRecord(name: string): ResultRecord {
  const outputs = [
    { path: 'a.txt', digest: sha256(`a of ${name}`), bytes: 5 },
    { path: 'deep/b.bin', digest: sha256(`b of ${name}`), bytes: 7 },
  ];
  return {
    schema: 'fx/result@1',
    key: sha256(name),
    kind: 'test/make',
    stage: name,
    part: 'shard-0001',
    preimage: sha256(name),
    outputs,
    artifact: manifestDigest({ files: outputs }),
    metrics: { accuracy: 0.75, roc: [0, 0.5, 1] },
    facts: { rate: 123.4 },
    warnings: [{ code: 'test/odd', severity: 'warning', message: 'Odd.' }],
    reproducible: true,
    duration: 1.25,
    host: { cpu: 'a processor', cores: 2, system: 'Linux 6 x64', node: 'v20.20.2' },
    log: { digest: sha256('log'), bytes: 3 },
    finished: '2026-11-23T12:00:00.000Z',
  };
}
