import { failure, type Diagnostic } from '../foundation/failures/diagnostic.js';
import { isJsonObject, type Json, type JsonObject } from '../foundation/values/json.js';
import { fail, ok, type Result } from '../foundation/failures/result.js';
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
  if (!isWhole || !isJsonObject(value.experiment)) return bad('is not a whole report');
  return ok((value.schema === 'fx/report@1' ? ofVersion1(value) : value) as unknown as Report);
}

/** The first version knew one notice, and had it as a flag of the report and of each table, beside `percent`. */
function ofVersion1(report: JsonObject): JsonObject {
  const tables = (report.tables as readonly JsonObject[]).map((table) => {
    const isNoticed = Object.entries(table).some(([name, flag]) => name !== 'percent' && flag === true);
    return isNoticed ? { ...table, measuredOn: 'data of an earlier report' } : table;
  });
  return { ...report, schema: 'fx/report@2', notices: [], tables };
}
