import type { Point, ResultFiles, Series } from '../engine/presentation.js';
import type { AnyStageKind } from '../engine/stage.js';
import type { JsonObject } from '../foundation/json.js';
import { readText } from '../foundation/text-file.js';

/** The series of a result: as its kind reads them; else of `epochs.json` (schema `fx/epochs@1`), if there is one. */
export async function seriesIn(
  files: ResultFiles,
  kind: AnyStageKind | undefined,
  parameters: JsonObject,
): Promise<Series | undefined> {
  const declared = kind?.shows?.series;
  if (declared !== undefined) return declared(files, parameters);
  const path = files.locate('epochs.json');
  if (path === undefined) return undefined;
  const { epochs } = JSON.parse(readText(path)) as { epochs: readonly Readonly<Record<string, unknown>>[] };
  const values: Record<string, Point[]> = {};
  for (const [i, record] of epochs.entries()) {
    const epoch = typeof record.epoch === 'number' ? record.epoch : i;
    for (const [name, value] of Object.entries(record))
      if (typeof value === 'number') (values[name] ??= []).push([epoch, value]);
  }
  return { step: 'epoch', values };
}
