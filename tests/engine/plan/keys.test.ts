import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { heldFiles } from '../../../src/engine/artifacts/content/listing.js';
import { openFiles } from '../../../src/engine/artifacts/content/open.js';
import type { Graph } from '../../../src/engine/graph/graph.js';
import { bindParameters, identify, identifyPart, type Identified } from '../../../src/engine/plan/identify.js';
import { keyOf, type Preimage } from '../../../src/engine/plan/preimage.js';
import type { AnyStageKind, Artifact } from '../../../src/engine/stage.js';
import { canonicalText } from '../../../src/foundation/values/canonical.js';
import { readGood, stageOf } from '../graph/world.js';

/** Not by the code under test: docs/keys.md, said again with Node's own hash. */
function keyByTheDocument(preimage: unknown): string {
  const text = canonicalText(preimage);
  return createHash('sha256').update(`string:${text.length}:${text}`, 'utf8').digest('hex');
}

const STUDY = `fx: 1
name: study
parameters:
  yaw: { value: [-35 deg, 35 deg], within: [-90 deg, 90 deg], says: the range of yaw }
stages:
  syn:
    uses: test/generate
    with:
      identities: 10k
      samples: 20
      light: empirical
      noise: 5%
      distance: 1.2 m
      pose: { yaw: "uniform(\${yaw})", pitch: "truncated-normal(0, 5 deg, -10 deg, 10 deg)" }
      model: { type: bfm, file: ./bfm.h5 }
      labels: [é, "\\u0001"]
  pre:
    uses: test/train
    with: { data: "\${syn}", epochs: 20, weights: { b: 1, a: 0.1 } }
    replicates: 2
  score:
    uses: test/verify
    matrix: { benchmark: [lfw, ijba] }
    with: { model: "\${pre[replicate=1]}" }
`;

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function artifactOf(name: string): Artifact {
  const files = [{ path: 'dataset.json', digest: digestOf(`${name}/dataset.json`), bytes: 3 }];
  return openFiles({ digest: digestOf(name), files: heldFiles(files) }, {}, {
    locate: (digest: string) => digest,
  } as never);
}

/** Identifies a stage whose inputs have the content of their names. */
function identified(graph: Graph, id: string, environment?: { readonly version: string }): Identified {
  const node = stageOf(graph, id);
  const inputs = new Map<string, Artifact>();
  for (const { pointer, stage } of node.inputs) inputs.set(pointer, artifactOf(stage));
  for (const { pointer } of node.externals) inputs.set(pointer, artifactOf('a file'));
  return identify(node, inputs, bindParameters(node, inputs), digestOf(`code of ${node.kind.name}`), environment);
}

const divided = (identity: Identified, shape: 'shards' | 'chain'): Identified => {
  const kind = { ...identity.node.kind, division: { shape } } as unknown as AnyStageKind;
  return { ...identity, node: { ...identity.node, kind } };
};

describe('keys', () => {
  let graph: Graph;
  before(async () => {
    ({ graph } = await readGood({ 'a.yaml': STUDY, 'bfm.h5': 'a model' }));
  });

  /**
   * Frozen: whoever changes one of these makes every cache and every lock there is worthless. That needs another `format`,
   * and a line in docs/keys.md.
   */
  const GOLDEN: Readonly<Record<string, string>> = {
    syn: '87251804a30c75555c4157393992003ed31b5dabcbb85fec283c6320d48d10f8',
    'pre[replicate=1]': '8909548463f6e7cc6f9f53bb215d589602bbe08cef054f857b234e11a71f0ffe',
    'pre[replicate=2]': '3f70e7813bdb5a010168ae24875cc251ca1cf1231ff71a12df2700611ec5f551',
    'score[benchmark=lfw]': '13e50b9accc807f15306e40fa5956370c5105889f2728d41d1ae9ac793ec6606',
    'score[benchmark=ijba]': '92661b0493c1f7cd4e75fcf9440747fae6654f2200bdf68f0b28b22ea36c4181',
    'syn with an environment': '1948101339ed38b746150f787d2adf7ab62e8b6c45239bd190019c5f884343d8',
    'a shard of syn': '71cbb5db54db98db6cb10f457d94d8668cec36221b54276dcf2c904b44de0e8e',
    'a shard of syn that reads one file': 'd5498757d095d26cea709e743fb899445b2e40dbaddefe0a0f4df385fa66bb57',
    'the first link of pre': '4af20b7cf4c707499b7521ec66f3f9dfb973d9d4d5a8ae72ecbb2f2dce4c4e14',
    'the second link of pre': '5e0f8d5c8da8836d8995d2167a8ec4544e81f6715d1d29402fb1ace87019b78c',
  };

  const all = (): Readonly<Record<string, { readonly key: string; readonly preimage: Preimage }>> => {
    const syn = identified(graph, 'syn');
    const shards = divided(syn, 'shards');
    const links = divided(identified(graph, 'pre[replicate=1]'), 'chain');
    const part = { id: 'identities-00000', parameters: { from: 0, to: 64, seed: 1 } };
    return {
      ...Object.fromEntries(graph.stages.map(({ id }) => [id, identified(graph, id)])),
      'syn with an environment': identified(graph, 'syn', { version: 'v1' }),
      'a shard of syn': identifyPart(shards, part),
      'a shard of syn that reads one file': identifyPart(shards, {
        ...part,
        reads: { 'model/file': ['dataset.json'] },
      }),
      'the first link of pre': identifyPart(links, { id: 'epoch-0000', parameters: { rate: 0.001 } }),
      'the second link of pre': identifyPart(links, { id: 'epoch-0001', parameters: { rate: 0.001 } }, digestOf('one')),
    };
  };

  it('are what they were', () => {
    const keys = Object.fromEntries(Object.entries(all()).map(([name, { key }]) => [name, key]));
    assert.deepEqual(keys, GOLDEN);
  });

  it('are the digest of their preimage as docs/keys.md has it, and of nothing else', () => {
    for (const { key, preimage } of Object.values(all())) assert.equal(key, keyByTheDocument(preimage));
  });

  it('see every field and every parameter', () => {
    for (const { preimage } of Object.values(all())) {
      const seen = new Set([keyOf(preimage)]);
      const changes = leavesOf(preimage).map((path) => changed(preimage, path));
      for (const other of changes) seen.add(keyOf(other));
      assert.equal(seen.size, 1 + changes.length, 'two changes gave one key');
    }
  });

  it('are made of the fields that docs/keys.md lists, each with its reason', () => {
    const document = readFileSync('docs/keys.md', 'utf8');
    const section = document.slice(document.indexOf('## The preimage'), document.indexOf('## Code identity'));
    const rows = [...section.matchAll(/^\| `(\w+)` +\| .{20,} \| .{20,} \|$/gm)].map(([, field]) => field);
    const fields = new Set(Object.values(all()).flatMap(({ preimage }) => Object.keys(preimage)));
    assert.deepEqual(rows.toSorted(), [...fields].sort());
  });

  it('include the example of docs/keys.md', () => {
    const document = readFileSync('docs/keys.md', 'utf8');
    const [, text, key] = /```text\n(\{"code".*\})\n```\n\nand its key `([0-9a-f]{64})`/.exec(document)!;
    assert.equal(canonicalText(JSON.parse(text!)), text);
    assert.equal(keyOf(JSON.parse(text!) as Preimage), key);
  });
});

type Path = readonly string[];

/** Every place in a value that holds no other. */
function leavesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([name, item]) => leavesOf(item, [...path, name]));
}

/** A copy that is another at one place. */
function changed(value: unknown, [name, ...rest]: Path): Preimage {
  if (name === undefined) return (typeof value === 'number' ? value + 1 : `not ${String(value)}`) as never;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[name] = changed(copy[name], rest);
  return copy as unknown as Preimage;
}

describe('parameters with something in place of what is read', () => {
  const bound = (parameters: object, inputs: Readonly<Record<string, unknown>>): unknown =>
    bindParameters({ parameters } as never, new Map(Object.entries(inputs)));

  it('have it at any depth, in lists, and under names that pointers escape', () => {
    const parameters = { a: { 'b/c~1': ['x', { d: 'y' }], e: 1 }, f: 'z' };
    const inputs = { '/a/b~1c~01/1/d': 'D', '/a/b~1c~01/0': 'X', '/f': 'F' };
    assert.deepEqual(bound(parameters, inputs), { a: { 'b/c~1': ['X', { d: 'D' }], e: 1 }, f: 'F' });
    assert.deepEqual(parameters, { a: { 'b/c~1': ['x', { d: 'y' }], e: 1 }, f: 'z' });
  });

  it('keep the order of their names, and names of properties that objects inherit', () => {
    const parameters = JSON.parse('{"__proto__":{"a":1},"b":2,"constructor":3}') as object;
    const replaced = bound(parameters, { '/__proto__/a': 'A', '/b': 'B', '/toString': 'none' }) as object;
    assert.equal(JSON.stringify(replaced), '{"__proto__":{"a":"A"},"b":"B","constructor":3}');
  });
});
