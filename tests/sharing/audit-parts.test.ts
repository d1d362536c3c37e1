import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '../../src/engine/sharing/audit/audit.js';
import { differenceOf } from '../../src/engine/sharing/audit/differences.js';
import { encodeSafetensors } from '../../src/foundation/formats/safetensors.js';
import { sha256 } from '../../src/foundation/files/digest.js';
import type { Graph } from '../../src/engine/graph/graph.js';
import { chain, write } from '../engine/run/kinds.js';
import { graphOf, World } from '../engine/run/world.js';
import { forge, recordsIn } from './forge.js';

describe('how two makings of a file differ', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'fx-differ-'))));
  after(() => rmSync(folder, { recursive: true }));

  const said = (name: string, before: Uint8Array | string, after: Uint8Array | string): string | undefined => {
    const side = (bytes: Uint8Array | string, of: string) => {
      writeFileSync(join(folder, of), bytes);
      return { files: [{ path: name, digest: sha256(bytes), bytes: bytes.length }], locate: () => join(folder, of) };
    };
    return differenceOf(side(before, 'one'), side(after, 'two'))?.how;
  };
  const tensors = (values: readonly number[], shape: readonly number[] = [2, 3]) =>
    encodeSafetensors({
      bias: { shape: [1], data: Float32Array.of(0) },
      weight: { shape, data: Float32Array.from(values) },
    });

  it('is told by tensor, place and distance', () => {
    assert.equal(
      said('w.safetensors', tensors([0, 1, 2, 3, 4, 5]), tensors([0, 1, 2, 3, 4.5, 7])),
      'differs in 2 of 6 values of tensor weight (F32 [2, 3]): the first at [1, 1] is 4 in the result and 4.5 recomputed; the furthest are 2 apart',
    );
    assert.match(
      said('w.safetensors', tensors([1, 2], [2]), tensors([1, 2], [1, 2]))!,
      /as F32 \[2\]; recomputed: F32 \[1, 2\]/,
    );
    // -0 and 0 are equal numbers and other bits.
    assert.match(
      said('w.safetensors', tensors([0], [1]), tensors([-0], [1]))!,
      /1 of 1 values of tensor weight.* 0 apart/,
    );
  });

  it('is told by the field of JSON', () => {
    const how = said('m.json', '{"a":[1,{"b/c":2.5}],"z":0}', '{"a":[1,{"b/c":2}],"z":1}');
    assert.equal(how, 'has another value at /a/1/b~1c: 2.5 in the result and 2 recomputed, 0.500 apart');
    assert.match(said('m.json', '{"a":1}', '{"a":1,"b":2}')!, /at \/b: nothing in the result and 2 recomputed/);
    assert.match(
      said('m.json', '{"a": 1}', '{"a":1}')!,
      /^differs from byte 5 on/,
      'the same value, written otherwise',
    );
  });

  it('is told by the byte of anything else, also of what only claims to be a tensor file', () => {
    assert.equal(said('x.bin', 'alpha beta', 'alpha bexa'), 'differs from byte 8 on, in 1 of 10 bytes (10 bytes)');
    assert.match(
      said('x.bin', 'alpha', 'alphabet')!,
      /5 bytes in the result, 8 recomputed, the shorter being the beginning/,
    );
    assert.match(said('w.safetensors', 'alpha', 'alphx')!, /^differs from byte 4 on/);
  });
});

describe('an audit of a chain', function () {
  this.timeout(30_000);
  let world: World;
  const graph: Graph = graphOf([
    { id: 'a', kind: write, with: { text: 'a' } },
    { id: 'c', kind: chain, with: { text: 'x', count: 4 }, reads: ['a'] },
  ]);
  beforeEach(async () => {
    world = new World();
    assert.ok((await world.run(graph)).ok);
    world.executed();
  });
  afterEach(() => world.close());

  async function audited(only = new Set(['c'])) {
    const outcome = await world.run(graph);
    const records = new Map(
      outcome.stages.flatMap((one) => ('record' in one ? [[one.node.id, one.record] as const] : [])),
    );
    const { checks, summary } = await audit(
      graph,
      { services: world.services, records, bring: () => Promise.resolve(true) },
      {
        share: 1,
        seed: 1,
        metrics: false,
        only,
        resources: { cores: 2, memory: 2 ** 30, gpus: 0 },
        signal: new AbortController().signal,
      },
    );
    const findings = checks.flatMap((check) => check.findings.map(({ diagnostic }) => diagnostic.message));
    return { findings, names: summary.recomputed.map(({ name }) => name), executed: world.executed() };
  }

  it('takes each link by itself, from the one before', async () => {
    const { findings, names, executed } = await audited();
    assert.deepEqual(findings, []);
    assert.deepEqual(names, ['c, link-0', 'c, link-1', 'c, link-2', 'c, link-3', 'c, gathering']);
    assert.deepEqual(executed, ['gather', 'link-0', 'link-1', 'link-2', 'link-3']);
  });

  it('goes back to the newest link that is kept', async () => {
    for (const { part, outputs } of recordsIn(world.cache.root)) {
      if (part === 'link-0' || part === 'link-1') world.cache.blobs.remove(outputs[0]!.digest);
    }
    const { findings, executed } = await audited();
    assert.deepEqual(findings, []);
    assert.deepEqual(executed.filter((line) => line === 'link-0').length, 3, 'for itself and for the two after it');
  });

  it('takes the whole where the links are not known', async () => {
    for (const { part, key } of recordsIn(world.cache.root)) if (part === 'link-1') world.cache.results.remove(key);
    const { findings, names, executed } = await audited();
    assert.deepEqual(findings, []);
    assert.deepEqual(names, ['c']);
    assert.deepEqual(executed, ['gather', 'link-0', 'link-1', 'link-2', 'link-3']);
  });

  it('finds a forged whole whose links are honest', async () => {
    await forge(
      world.cache.root,
      ({ stage, part }) => stage === 'c' && part === undefined,
      () => ({ files: { 'model.txt': 'link-0;link-9;' } }),
    );
    const { findings } = await audited();
    assert.equal(findings.length, 1);
    assert.match(findings[0]!, /^gathering: model\.txt differs from byte 12 on/);
  });
});
