import { numberIn, readCsvRecords } from '../../foundation/formats/csv-table.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../foundation/failures/result.js';

export type CommandMetricsCode = 'command/bad-metrics';

type Metrics = Result<Readonly<Record<string, number>>, readonly Diagnostic<CommandMetricsCode>[]>;

/**
 * Numbers by name from what a program wrote: a JSON object of numbers, or, in a file that ends in `.csv`, lines of a name and
 * a number (a first line `metric,value` is a head).
 *
 * @param name what to call the file
 */
export function readMetrics(text: string, name: string): Metrics {
  return /\.csv$/i.test(name) ? fromCsv(text, name) : fromJson(text.replace(/^\ufeff/, ''), name);
}

function fromJson(text: string, name: string): Metrics {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const help = /\b(NaN|Infinity)\b/.test(text)
      ? 'JSON has no NaN and no Infinity: leave such a metric out'
      : 'write one object, such as {"accuracy": 0.93}';
    return fail(failure('command/bad-metrics', `${name} is not JSON: ${(error as Error).message}`, help));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const help = 'write one object, such as {"accuracy": 0.93}';
    return fail(failure('command/bad-metrics', `${name} is not an object of numbers by name`, help));
  }
  const found = numbers(Object.entries(value), name);
  const twice = found.ok ? repeated(text) : undefined;
  if (twice !== undefined) return fail(failure('command/bad-metrics', `${name}: \`${twice}\` stands twice`));
  return found;
}

/** A name that a flat JSON object has twice: to `JSON.parse` the last counts. */
function repeated(text: string): string | undefined {
  const names = new Set<string>();
  for (const [, written, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    if (colon === undefined) continue;
    const name = JSON.parse(written!) as string;
    if (names.has(name)) return name;
    names.add(name);
  }
  return undefined;
}

function fromCsv(text: string, name: string): Metrics {
  const bad = (message: string): Metrics =>
    fail(failure('command/bad-metrics', message, 'write lines of a name, a comma and a number'));
  const read = readCsvRecords(text, name);
  if (!read.ok) return bad(read.error[0].message);
  const rows = read.value.map(({ cells }) => cells);
  if (rows[0]?.join() === 'metric,value') rows.shift();
  const odd = rows.find((row) => row.length !== 2);
  if (odd !== undefined) return bad(`${name}: \`${odd.join(',')}\` is no name and number`);
  return numbers(
    rows.map(([metric, value]) => [metric!, numberIn(value!)] as const),
    name,
  );
}

function numbers(entries: readonly (readonly [string, unknown])[], name: string): Metrics {
  const found = new Map<string, number>();
  const wrong: Diagnostic<CommandMetricsCode>[] = [];
  for (const [metric, value] of entries) {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      const help = 'a metric is a finite number; leave other facts to files of their own';
      wrong.push(failure('command/bad-metrics', `${name}: \`${metric}\` is not a finite number`, help));
    } else if (found.has(metric)) {
      wrong.push(failure('command/bad-metrics', `${name}: \`${metric}\` stands twice`));
    } else found.set(metric, value);
  }
  return wrong.length > 0 ? err(wrong) : ok(Object.fromEntries(found));
}
