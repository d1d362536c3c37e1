/**
 * A process with a cache of its own that makes results, sends them to a remote folder and fetches the other's, over and
 * over. Run twice at once by remote-run.test.ts with the cache, the remote and a number: 15 results are made by both.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archive, openCache, publishFolder } from '../../src/engine/artifacts/cache.js';
import { DirectoryStore } from '../../src/engine/sharing/remote/directory.js';
import { remoteOn } from '../../src/engine/sharing/remote/open.js';
import { pullAll, pushAll } from '../../src/engine/sharing/remote/transfer-all.js';
import { canonicalDigest } from '../../src/foundation/values/canonical.js';
import { exampleRecord } from '../engine/artifacts/example.js';
import { value } from '../engine/artifacts/value.js';

const [root, folder, self] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4])];
const cache = openCache(root);
const remote = remoteOn(new DirectoryStore(folder));
const made: string[] = [];

const preimageOf = (number: number) => ({ kind: 'test/transfer', number });

for (let round = 0; round < 30; round += 1) {
  // Every other number is made by both.
  const number = round % 2 === 0 ? round : 1000 * (self + 1) + round;
  const workspace = join(root, 'work', String(round));
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(workspace, 'out.bin'), Buffer.alloc(100_000, number % 251));
  writeFileSync(join(workspace, 'number.txt'), String(number));
  const outputs = value(await publishFolder(cache, workspace));
  const preimage = preimageOf(number);
  // What a maker adds of its own must not mix: the record that stands is one of the two, whole.
  const record = { ...exampleRecord(`by ${self}`), key: canonicalDigest(preimage), log: outputs.files[0]! };
  value(archive(cache, record, outputs, preimage));
  made.push(record.key);
  const sent = await pushAll(remote, cache, made.slice(-4), () => undefined);
  if (sent.failed > 0 && sent.problems.some(({ severity }) => severity === 'error'))
    throw new Error(JSON.stringify(sent));
  const other = canonicalDigest(preimageOf(round % 2 === 0 ? round : 1000 * (2 - self) + round));
  await pullAll(remote, cache, [other], () => undefined);
}
