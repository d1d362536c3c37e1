import { existsSync, readFileSync } from 'node:fs';
import type { FigurePlan, StageRecord } from '../../engine/run/record.js';
import { readCsvTable } from '../../foundation/formats/csv-table.js';
import { csvRows } from '../../foundation/words/csv.js';
import type { Evidence } from '../measures/evidence.js';

const PNG = [137, 80, 78, 71, 13, 10, 26, 10];

/** A file that a stage made, fit for a report; a sentence without a full stop that says why there is none. */
export function fileOf(
  stage: StageRecord,
  { shape, file }: FigurePlan & { readonly shape: 'image' | 'rows' },
  evidence: Evidence,
): { readonly content: Uint8Array | string } | string {
  const path = evidence.locate(stage, file);
  if (path === undefined || !existsSync(path)) return `${stage.id} has no file ${file}`;
  const content = readFileSync(path);
  if (shape === 'image')
    return PNG.every((byte, i) => content[i] === byte) ? { content } : `${file} of ${stage.id} is not a PNG`;
  const read = readCsvTable(content.toString('utf8'), `${file} of ${stage.id}`);
  return read.ok ? { content: csvRows([read.value.columns, ...read.value.rows]) } : read.error[0].message;
}
