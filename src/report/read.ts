import { failure, type Diagnostic } from '../foundation/diagnostic.js';
import { isJsonObject, type Json } from '../foundation/json.js';
import { fail, ok, type Result } from '../foundation/result.js';
import type { Report } from './report.js';

export type ReadReportCode = 'report/unreadable';

/**
 * Reads a `report.json`.
 *
 * @param name what to call it in a diagnostic
 */
export function readReport(text: string, name: string): Result<Report, readonly Diagnostic<ReadReportCode>[]> {
  const bad = (what: string) => fail(failure<ReadReportCode>('report/unreadable', `${name} ${what}`));
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return bad('is not JSON');
  }
  if (!isJsonObject(value)) return bad('is not a report');
  if (value.schema !== 'fx/report@2' && value.schema !== 'fx/report@1') {
    return bad(`has the schema ${JSON.stringify(value.schema ?? null)}, where "fx/report@2" is expected`);
  }
  const isWhole = ['tables', 'figures', 'claims', 'stages'].every((part) => Array.isArray(value[part]));
  return isWhole && isJsonObject(value.experiment) ? ok(value as unknown as Report) : bad('is not a whole report');
}
