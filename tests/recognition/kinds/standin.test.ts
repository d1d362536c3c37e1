import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heldFiles } from '../../../src/engine/artifacts/content/listing.js';
import type { FinishedPart, Part, Shards, StageKind } from '../../../src/engine/stage.js';
import { AS_MADE } from '../../../src/plugins/recognition/standin/photograph/characters.js';
import { parseIjbaComparisons } from '../../../src/plugins/recognition/datasets/formats/ijba.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { imageLibraries, prebuiltVersions } from '../../../src/plugins/recognition/kinds/standin/image-libraries.js';
import { standinCasia } from '../../../src/plugins/recognition/kinds/standin/casia.js';
import { standinIjba } from '../../../src/plugins/recognition/kinds/standin/ijba.js';

function division<P>(kind: StageKind<P>): Shards<P> {
  assert.equal(kind.division?.shape, 'shards');
  return kind.division;
}

const quiet = (): void => undefined;
const world = { world: 20, difficulty: AS_MADE, size: 64 };

describe('stages of the stand-in world', () => {
  it('a larger set takes over the shards of a smaller one', () => {
    const { parts } = division(standinCasia);
    const of = (identities: number) => [...parts({ ...world, identities, images: 3, shard: 4 })];
    const [small, large] = [of(8), of(10)];
    assert.deepEqual(large.slice(0, 2), small);
    assert.deepEqual(
      large.map(({ parameters: { begin, end } }) => [begin, end]),
      [[0, 4], [4, 8], [8, 10]], // prettier-ignore
    );
  });

  it('asking for more splits or templates draws nothing anew', () => {
    const { parts } = division(standinIjba);
    const drawing = { ...world, identities: 6, photographs: 2, videos: 1, frames: 2, shard: 3 };
    const few = parts({ ...drawing, splits: 1, tested: 0.5, templates: 2, impostors: 5 });
    assert.deepEqual(parts({ ...drawing, splits: 10, tested: 1, templates: 3, impostors: 500 }), few);
  });

  it('IJB-A: shards and then the whole write tables for the splits asked for', async () => {
    const root = mkdtempSync(join(tmpdir(), 'standin-'));
    try {
      const p = { ...world, identities: 6, photographs: 2, videos: 1, frames: 2, shard: 3 };
      const parameters = { ...p, splits: 2, tested: 1, templates: 2, impostors: 9 };
      const { parts, run, gather } = division(standinIjba);
      const context = { parameters, cores: 1, signal: new AbortController().signal, log: quiet, progress: quiet };
      const finished: FinishedPart[] = [];
      for (const part of parts(parameters))
        finished.push(await finish(part, root, (at) => run({ ...context, part, workspace: at })));
      const whole = join(root, 'whole');
      assert.ok((await gather({ ...context, parts: finished, workspace: whole })).ok);
      const files = [...listFolder(whole)].map(({ path }) => path);
      assert.deepEqual(files, [
        'IJB-A_11_sets/split1/verify_comparisons_1.csv',
        'IJB-A_11_sets/split1/verify_metadata_1.csv',
        'IJB-A_11_sets/split2/verify_comparisons_2.csv',
        'IJB-A_11_sets/split2/verify_metadata_2.csv',
        'annotations.csv',
      ]);
      const comparisons = parseIjbaComparisons(readFileSync(join(whole, files[0]!), 'utf8'), files[0]!);
      assert.ok(comparisons.ok && comparisons.value.length >= 6);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

async function finish(
  part: Part,
  root: string,
  run: (workspace: string) => ReturnType<Shards<never>['run']>,
): Promise<FinishedPart> {
  const folder = join(root, part.id);
  const report = await run(folder);
  assert.ok(report.ok);
  const locate = (file: string): string => join(folder, file);
  const artifact = { digest: '', files: heldFiles([]), metrics: {}, locate };
  return { id: part.id, artifact, metrics: report.value.metrics ?? {}, facts: report.value.facts ?? {} };
}

describe('the library that compresses the images of the stand-in world', () => {
  it('is told by its packages as it tells itself', async () => {
    const { default: sharp } = await import('sharp');
    const { sharp: version, vips } = sharp.versions;
    assert.deepEqual(prebuiltVersions() ?? { sharp: version, vips }, { sharp: version, vips });
    assert.deepEqual(await imageLibraries(), { sharp: version, vips });
  });
});
