import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ALIGNMENT, type AlignmentOptions } from '../../datasets/alignment/align-face.js';
import { openOnnxDetector } from '../../datasets/alignment/detector.js';
import { parseEntries } from '../../datasets/sets/entry-text.js';
import { gatherDataset, importShard } from '../../datasets/import.js';
import type { ShardEntry } from '../../datasets/sets/image-set.js';
import { shardFile } from '../../datasets/sets/shards.js';
import { onlyFile, type GatherContext, type PartContext, type StageReport } from '../../../../engine/stage.js';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { canonicalText } from '../../../../foundation/values/canonical.js';
import type { Json } from '../../../../foundation/values/json.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { DatasetsImportParameters } from './import-parameters.js';
import { listImages } from './list-images.js';

/** Reads, aligns and packs the images of one shard. */
export async function importPart(context: PartContext<DatasetsImportParameters>): Promise<Result<StageReport>> {
  const { parameters: p, part, workspace, signal, progress, cores } = context;
  const { entries: text, begin } = part.parameters as { entries?: string; begin?: number };
  if (text === undefined || begin === undefined) return sayWhatIsWrong(p);
  const entries = parseEntries(text);
  const detector =
    p.detector === undefined ? ok(undefined) : await openOnnxDetector(p.detector.locate(onlyFile(p.detector)));
  if (!detector.ok) return detector;
  try {
    const shard = await importShard(entries, join(workspace, shardFile(Math.floor(begin / p.shard))), {
      alignment: alignmentOf(p),
      onBadImage: p.broken,
      locate: p.folder.locate,
      concurrency: 2 * cores,
      signal,
      onProgress: (done) => progress(done, entries.length, 'images'),
      ...(detector.value === undefined ? {} : { detector: detector.value }),
    });
    if (!shard.ok) return shard;
    const { images, alignedBy, warnings } = shard.value;
    return ok({ metrics: { images, alignedBy }, warnings });
  } finally {
    // The process goes on to other parts, each with a detector of its own.
    await detector.value?.close();
  }
}

/** The one part of a list that cannot be read. */
function sayWhatIsWrong(p: DatasetsImportParameters): Result<StageReport> {
  const images = listImages(p);
  if (images.ok) throw new Error('the list could not be read when planning, and can be read now');
  return images;
}

/** Writes `dataset.json`. */
export function gatherImages({
  parameters: p,
  parts,
  workspace,
}: GatherContext<DatasetsImportParameters>): Result<StageReport> {
  const images = listImages(p);
  if (!images.ok) return images;
  const shards: ShardEntry[] = [];
  const alignedBy: Record<string, number> = {};
  for (const { artifact, metrics } of parts) {
    shards.push({ file: onlyFile(artifact!), images: metrics.images as number });
    for (const [means, n] of Object.entries(metrics.alignedBy as Record<string, number>)) {
      alignedBy[means] = (alignedBy[means] ?? 0) + n;
    }
  }
  const record = {
    ...gatherDataset(images.value.list, p.size, shards),
    ...(p.private ? { private: true as const } : {}),
  };
  writeFileSync(join(workspace, 'dataset.json'), `${canonicalText(record)}\n`);
  if (record.images === 0) {
    const all = images.value.list.count;
    const message = `none of the ${all} images of the list could be read and aligned`;
    const help = 'the stage’s parts name each with its reason (fx show); check `folder`, `format` and `align`';
    return fail(failure('datasets/no-images', message, help));
  }
  const metrics: Record<string, Json> = { images: record.images, identities: record.identities, alignedBy };
  return ok({ metrics, warnings: images.value.warnings });
}

function alignmentOf(p: DatasetsImportParameters): AlignmentOptions {
  return { ...DEFAULT_ALIGNMENT, size: p.size, template: p.template, ways: p.align, boxScale: p['box-scale'] };
}
