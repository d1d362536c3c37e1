import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FinishedPart, GatherContext, PartContext, StageReport } from '../../../../engine/stage.js';
import { formatAnnotations, parseAnnotations, type Annotations } from '../../datasets/formats/annotations.js';
import {
  formatIjbaComparisons,
  formatIjbaMetadata,
  ijbaTableFile,
  parseIjbaMetadata,
  type IjbaRow,
} from '../../datasets/formats/ijba.js';
import { formatPairs } from '../../datasets/formats/lfw.js';
import { drawCasia, type CasiaOptions } from '../../standin/casia.js';
import { drawIjba, ijbaSplit } from '../../standin/ijba.js';
import { drawLfw, lfwPairs } from '../../standin/lfw.js';
import { drawMultiPie } from '../../standin/multipie.js';
import type { DrawingHooks, PersonRange, World } from '../../standin/world.js';
import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { readText } from '../../../../foundation/files/text-file.js';
import type { Difficulty } from '../../standin/photograph/characters.js';
import type {
  StandinCasiaParameters,
  StandinIjbaParameters,
  StandinLfwParameters,
  StandinMultiPieParameters,
} from './parameters.js';

/** What a shard knows of its faces, for `gather` to join: kept out of the way of the data set's own files. */
const SHARD_TABLES = 'shards';

export async function makeCasia(context: PartContext<StandinCasiaParameters>): Promise<Result<StageReport>> {
  const { parameters: p, part, workspace } = context;
  const annotations = await drawCasia(casiaOptions(p), rangeOf(context), workspace, hooksOf(context));
  writeText(workspace, tableOf(part.id), formatAnnotations(annotations));
  return ok({ metrics: { images: annotations.size } });
}

function casiaOptions(p: StandinCasiaParameters): CasiaOptions {
  return { world: worldOf(p), images: p.images, size: p.size };
}

export function gatherCasia({ parts, workspace }: GatherContext<StandinCasiaParameters>): Result<StageReport> {
  writeText(workspace, 'annotations.csv', formatAnnotations(joinAnnotations(parts)));
  return ok({ metrics: { images: imagesOf(parts) } });
}

export async function makeLfw(context: PartContext<StandinLfwParameters>): Promise<Result<StageReport>> {
  const { parameters: p, part, workspace } = context;
  const annotations = await drawLfw({ world: worldOf(p), size: p.size }, rangeOf(context), workspace, hooksOf(context));
  writeText(workspace, tableOf(part.id), formatAnnotations(annotations));
  return ok({ metrics: { images: annotations.size } });
}

export function gatherLfw({
  parameters: p,
  parts,
  workspace,
}: GatherContext<StandinLfwParameters>): Result<StageReport> {
  const pairs = lfwPairs({ world: worldOf(p), size: p.size }, p.identities, p.folds, p.pairs);
  if (!pairs.ok) return err(pairs.error);
  writeText(workspace, 'pairs.txt', formatPairs(pairs.value));
  writeText(workspace, 'annotations.csv', formatAnnotations(joinAnnotations(parts)));
  return ok({ metrics: { images: imagesOf(parts), pairs: pairs.value.pairs.length } });
}

export async function makeMultiPie(context: PartContext<StandinMultiPieParameters>): Promise<Result<StageReport>> {
  const { parameters: p, workspace } = context;
  const options = { world: worldOf(p), recordings: p.recordings, size: p.size };
  return ok({ metrics: { images: await drawMultiPie(options, rangeOf(context), workspace, hooksOf(context)) } });
}

export function gatherMultiPie({ parts }: GatherContext<StandinMultiPieParameters>): Result<StageReport> {
  return ok({ metrics: { images: imagesOf(parts) } });
}

export async function makeIjba(context: PartContext<StandinIjbaParameters>): Promise<Result<StageReport>> {
  const { parameters: p, part, workspace } = context;
  const { photographs, videos, frames, size } = p;
  const options = { world: worldOf(p), photographs, videos, frames, size };
  const { rows, annotations } = await drawIjba(options, rangeOf(context), workspace, hooksOf(context));
  writeText(workspace, tableOf(part.id), formatAnnotations(annotations));
  writeText(workspace, facesOf(part.id), formatIjbaMetadata(rows));
  return ok({ metrics: { images: rows.length } });
}

export function gatherIjba({
  parameters: p,
  parts,
  workspace,
}: GatherContext<StandinIjbaParameters>): Result<StageReport> {
  const faces = parts.flatMap((part) => whole<readonly IjbaRow[]>(parseIjbaMetadata, part, facesOf(part.id)));
  const { splits, templates, impostors } = p;
  for (let split = 1; split <= splits; split += 1) {
    const { metadata, comparisons } = ijbaSplit(faces, split, { seed: p.world, share: p.tested, templates, impostors });
    writeText(workspace, ijbaTableFile('verify_metadata', split), formatIjbaMetadata(metadata));
    writeText(workspace, ijbaTableFile('verify_comparisons', split), formatIjbaComparisons(comparisons));
  }
  writeText(workspace, 'annotations.csv', formatAnnotations(joinAnnotations(parts)));
  return ok({ metrics: { images: imagesOf(parts), splits } });
}

function worldOf({ world, difficulty }: { readonly world: number; readonly difficulty: Difficulty }): World {
  return { seed: world, difficulty };
}

function rangeOf({ part }: PartContext<unknown>): PersonRange {
  return part.parameters as unknown as PersonRange;
}

function hooksOf({ signal, progress, part }: PartContext<unknown>): DrawingHooks {
  const { begin, end } = part.parameters as unknown as PersonRange;
  // How many images there will be is not known before; persons are a fair measure for a shard's size.
  return { signal, onProgress: (done) => progress(done, Math.max(done, end - begin), 'images') };
}

function tableOf(part: string): string {
  return `${SHARD_TABLES}/${part}.csv`;
}

function facesOf(part: string): string {
  return `${SHARD_TABLES}/${part}-faces.csv`;
}

function writeText(workspace: string, file: string, text: string): void {
  mkdirSync(dirname(join(workspace, file)), { recursive: true });
  writeFileSync(join(workspace, file), text);
}

function joinAnnotations(parts: readonly FinishedPart[]): Annotations {
  return new Map(parts.flatMap((part) => [...whole<Annotations>(parseAnnotations, part, tableOf(part.id))]));
}

/** A shard's table, which this program wrote: that it does not parse is a bug. */
function whole<T>(parse: (text: string, file: string) => Result<T>, part: FinishedPart, file: string): T {
  const parsed = parse(readText(part.artifact!.locate(file)), file);
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join('; '));
  return parsed.value;
}

function imagesOf(parts: readonly FinishedPart[]): number {
  return parts.reduce((sum, { metrics }) => sum + (metrics.images as number), 0);
}
