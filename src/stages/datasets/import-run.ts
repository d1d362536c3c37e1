import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ALIGNMENT, type AlignmentOptions } from '../../domain/datasets/align-face.js';
import { openOnnxDetector } from '../../domain/datasets/detector.js';
import { gatherDataset, importShard, shardFile } from '../../domain/datasets/import.js';
import { onlyFile, type GatherContext, type PartContext, type StageReport } from '../../engine/stage.js';
import { canonicalText } from '../../foundation/canonical.js';
import type { Json } from '../../foundation/json.js';
import { ok, type Result } from '../../foundation/result.js';
import type { DatasetsImportParameters } from './import-parameters.js';
import { listImages } from './list-images.js';

/** Reads, aligns and packs one range of the list. */
export async function importPart(context: PartContext<DatasetsImportParameters>): Promise<Result<StageReport>> {
  const { parameters: p, part, workspace, signal, progress, cores } = context;
  const images = listOnce(p);
  if (!images.ok) return images;
  const detector =
    p.detector === undefined ? ok(undefined) : await openOnnxDetector(p.detector.locate(onlyFile(p.detector)));
  if (!detector.ok) return detector;
  const { begin, end } = part.parameters as { begin: number; end: number };
  const shard = await importShard(images.value.list.entries.slice(begin, end), {
    alignment: alignmentOf(p),
    onBadImage: p.broken,
    locate: p.folder.locate,
    concurrency: 2 * cores,
    onProgress: (done) => {
      signal.throwIfAborted();
      progress(done, end - begin, 'images');
    },
    ...(detector.value === undefined ? {} : { detector: detector.value }),
  });
  if (!shard.ok) return shard;
  const { bytes, alignedBy, warnings } = shard.value;
  writeFileSync(join(workspace, shardFile(Math.floor(begin / p.shard))), bytes);
  return ok({ metrics: { images: shard.value.images, alignedBy }, warnings });
}

/** Writes `dataset.json`. */
export function gatherImages({
  parameters: p,
  parts,
  workspace,
}: GatherContext<DatasetsImportParameters>): Result<StageReport> {
  const images = listOnce(p);
  if (!images.ok) return images;
  const shards = parts.map(({ artifact, metrics }) => ({
    file: onlyFile(artifact!),
    images: metrics.images as number,
  }));
  const record = gatherDataset(images.value.list, p.size, shards);
  writeFileSync(join(workspace, 'dataset.json'), `${canonicalText(record)}\n`);
  const alignedBy: Record<string, number> = {};
  for (const { metrics } of parts) {
    for (const [means, n] of Object.entries(metrics.alignedBy as Record<string, number>)) {
      alignedBy[means] = (alignedBy[means] ?? 0) + n;
    }
  }
  const metrics: Record<string, Json> = { images: record.images, identities: record.identities, alignedBy };
  return ok({ metrics, warnings: images.value.warnings });
}

let listed: { readonly key: string; readonly images: ReturnType<typeof listImages> } | undefined;

/** The list of the last part's data set, which is mostly the next one's: a long list takes as long as hundreds of images. */
function listOnce(p: DatasetsImportParameters): ReturnType<typeof listImages> {
  const { format, folder, exclude, keep, annotations, points, subset } = p;
  const inputs = [folder, exclude, keep, annotations].map((input) => input?.digest ?? null);
  const key = JSON.stringify([format, points, subset ?? null, inputs]);
  if (listed?.key !== key) listed = { key, images: listImages(p) };
  return listed.images;
}

function alignmentOf(p: DatasetsImportParameters): AlignmentOptions {
  return { ...DEFAULT_ALIGNMENT, size: p.size, template: p.template, ways: p.align, boxScale: p['box-scale'] };
}
