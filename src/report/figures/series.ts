import type { Point, ResultFiles, Series } from '../../engine/presentation.js';
import type { AnyStageKind } from '../../engine/stage.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { epochsIn } from './epochs.js';

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
  const epochs = epochsIn(path);
  if (epochs === undefined) return undefined;
  const values = new Map<string, Point[]>();
  for (const [i, record] of epochs.entries())
    for (const [name, value] of Object.entries(record)) {
      const points = values.get(name);
      if (points === undefined) values.set(name, [[record.epoch ?? i, value]]);
      else points.push([record.epoch ?? i, value]);
    }
  return { step: 'epoch', values: Object.fromEntries(values) };
}
