/**
 * A process that publishes results for as long as it lives. Run by crash.test.ts, which kills it, with the cache, the
 * first number to publish and how many: what it makes is a function of the number.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archive, makeWorkspace, openCache, publishFolder } from '../../../src/engine/artifacts/cache.js';
import { canonicalDigest } from '../../../src/foundation/values/canonical.js';
import { stream } from '../../../src/foundation/numbers/random.js';
import { exampleRecord } from './example.js';
import { value } from './value.js';

const cache = openCache(process.argv[2]!);
const [first, count] = [Number(process.argv[3]), Number(process.argv[4])];

for (let number = first; number < first + count; number += 1) {
  const workspace = makeWorkspace(cache);
  if (!workspace.ok) report(workspace.error);
  try {
    write(workspace.value, number);
  } catch {
    // No room in the workspace either: the engine's business. Publish from elsewhere what the cache cannot take.
    process.exit(3);
  }
  const outputs = await publishFolder(cache, workspace.value, { move: number % 2 === 0 });
  if (!outputs.ok) report(outputs.error);
  rmSync(workspace.value, { recursive: true });
  const preimage = { kind: 'test/publish', number };
  const record = { ...exampleRecord(`stage ${number % 3}`), key: canonicalDigest(preimage) };
  const archived = archive(cache, record, outputs.value, preimage);
  if (!archived.ok) report(archived.error);
  value(archived);
  process.stdout.write(`${record.key}\n`);
}

/** One file that all share, one small and one of up to 3 MiB that are this number's own. */
function write(folder: string, number: number): void {
  const random = stream(number, 'publisher');
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'shared.txt'), 'the same for all');
  writeFileSync(join(folder, 'deep', 'small.json'), JSON.stringify({ number }));
  writeFileSync(join(folder, 'large.bin'), Buffer.alloc(1 + Math.floor(random.uniform() * (3 << 20)), number));
}

function report(problems: readonly { readonly code: string; readonly message: string }[]): never {
  process.stdout.write(`${problems.map((each) => `${each.code}: ${each.message}`).join('\n')}\n`);
  process.exit(4);
}
