import {
  failure,
  type Diagnostic,
  type Place,
  type Position,
  type RelatedPlace,
} from '../../foundation/failures/diagnostic.js';
import { isNamed, LABEL } from '../../foundation/schema/names.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import type { Result } from '../../foundation/failures/result.js';
import type { StageReport } from '../stage.js';
import { ownFrame } from './own-frame.js';

export type AnswerCode = 'run/bad-answer' | 'run/bad-metric' | 'run/threw' | 'run/never-settles';

/**
 * What a stage's function gave back, if it is what the contract asks for; else a word about what it is not. A user's module
 * is checked by no compiler here, and a wrong answer must not travel on as NaN that became null or a list that is none.
 */
export function readAnswer(kind: string, answer: unknown): Result<StageReport> {
  let wrong: string | undefined;
  try {
    wrong = problemOf(answer);
  } catch {
    wrong = 'what cannot be looked at: one of its properties throws, or it is a revoked proxy';
  }
  if (wrong === undefined) return answer as Result<StageReport>;
  const help = 'return { ok: true, value: { metrics } } or { ok: false, error: [diagnostic] }; use `ok` and `fail`';
  return { ok: false, error: [failure<AnswerCode>('run/bad-answer', `${kind} returned ${wrong}`, help)] };
}

/**
 * What is wrong with the names of metrics, of any kind: programs of others choose them, and they become keys of locks, records
 * and tables.
 */
export function metricNamesProblem(kind: string, metrics: Readonly<Record<string, unknown>>): Diagnostic | undefined {
  const odd = Object.keys(metrics).find((name) => !isNamed(LABEL, name) || /\p{Surrogate}/u.test(name));
  if (odd === undefined) return undefined;
  const shown = JSON.stringify(odd.length > 50 ? `${odd.slice(0, 50)}...` : odd);
  return failure<AnswerCode>(
    'run/bad-metric',
    `${shown} is no name for a metric of ${kind}: ${LABEL.says}`,
    'rename it',
  );
}

/** Deeper than any fact of a stage, and far above what the stack holds. */
const DEEPEST = 100;

function problemOf(answer: unknown): string | undefined {
  if (answer === undefined) return 'nothing';
  if (!isPlain(answer)) return `${nameOf(answer)}, which is no result`;
  if (answer.ok === false) return failureProblem(answer.error);
  if (answer.ok !== true)
    return Object.hasOwn(answer, 'ok') ? 'an `ok` that is neither true nor false' : 'an object without `ok`';
  const report = answer.value;
  if (!isPlain(report))
    return `${nameOf(report)} as its value, where an object with metrics, facts and warnings belongs`;
  // A misspelt name would lose what it holds.
  const beside = REPORTED.find((name) => answer[name] !== undefined);
  if (beside !== undefined) return `\`${beside}\` beside its value, where nothing reads it: it belongs into \`value\``;
  const unknown = Object.keys(report).find((name) => !REPORTED.includes(name) && report[name] !== undefined);
  if (unknown !== undefined) return `\`${unknown}\` in its value; ${suggestion(unknown, REPORTED, 'known are')!}`;
  const { metrics, facts, warnings } = report;
  for (const [name, values] of Object.entries({ metrics, facts })) {
    if (values === undefined) continue;
    if (!isPlain(values)) return `${nameOf(values)} as its ${name}, where an object belongs`;
    for (const [key, value] of Object.entries(values)) {
      const problem = jsonProblem(value, name === 'metrics');
      if (problem !== undefined) return `the ${name.slice(0, -1)} \`${key}\`, which ${problem}`;
    }
  }
  return warnings === undefined ? undefined : diagnosticsProblem('warnings', warnings);
}

const REPORTED = ['metrics', 'facts', 'warnings'];

function failureProblem(error: unknown): string | undefined {
  if (Array.isArray(error) && error.length === 0) return 'a failure without a message';
  return diagnosticsProblem('error', error);
}

function diagnosticsProblem(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value)) return `${nameOf(value)} as its ${name}, where a list of diagnostics belongs`;
  const wrong = (value as unknown[]).find((one) => !isDiagnostic(one));
  return wrong === undefined
    ? undefined
    : `${nameOf(wrong)} among its ${name}, where a diagnostic with code, severity and message (and help, place and related, if any) belongs`;
}

/** All of it: what shows diagnostics trusts their shape. */
export function isDiagnostic(value: unknown): value is Diagnostic {
  if (!isPlain(value)) return false;
  const { code, message, severity, help, place, related } = value;
  return (
    typeof code === 'string' &&
    typeof message === 'string' &&
    (severity === 'error' || severity === 'warning') &&
    (help === undefined || typeof help === 'string') &&
    (place === undefined || isPlace(place)) &&
    (related === undefined || (Array.isArray(related) && related.every(isRelated)))
  );
}

function isRelated(value: unknown): value is RelatedPlace {
  return isPlain(value) && typeof value.message === 'string' && isPlace(value.place);
}

function isPlace(value: unknown): value is Place {
  return isPlain(value) && typeof value.file === 'string' && isPosition(value.start) && isPosition(value.end);
}

function isPosition(value: unknown): value is Position {
  return isPlain(value) && [value.line, value.column].every((one) => Number.isInteger(one) && (one as number) >= 1);
}

/** Why a value is no JSON, anywhere in it. A metric is a number, or a list or object of what measures something. */
export function jsonProblem(value: unknown, isMetric: boolean, depth = 0): string | undefined {
  if (depth > DEEPEST) return `holds itself, or lists and objects more than ${DEEPEST} deep`;
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : `is ${String(value)}`;
    case 'string':
      return isMetric ? `is the text ${JSON.stringify(value.slice(0, 40))}, where a number belongs` : undefined;
    case 'boolean':
      return isMetric ? `is ${String(value)}, where a number belongs` : undefined;
    case 'object':
      if (value === null) return isMetric ? 'is null' : undefined;
      if (!Array.isArray(value) && !isPlain(value)) return `is ${nameOf(value)}`;
      return Object.values(value)
        .map((item: unknown) => (item === null ? undefined : jsonProblem(item, false, depth + 1)))
        .find((problem) => problem !== undefined);
    default:
      return `is ${nameOf(value)}`;
  }
}

export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') {
    const name = classOf(value);
    return name === undefined || name === 'Object' ? 'an object' : `an object of ${name}`;
  }
  switch (typeof value) {
    case 'function':
      return 'a function';
    case 'symbol':
    case 'bigint':
      return `a ${typeof value}`;
    default:
      return `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
  }
}

/** Without asking the value itself, whose properties may be functions that throw. */
function classOf(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const maker: unknown =
    prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof maker === 'function' ? maker.name : undefined;
}

/** What a stage's function threw, as a word. A user's own module is at fault where it threw; of ours the whole stack is shown. */
export function threw(kind: string, error: unknown, isOwn: boolean): Diagnostic<AnswerCode> {
  if (!isOwn) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return failure('run/threw', `a bug in ${kind}: ${text}`);
  }
  const { said, stack } = wordsOf(error);
  const at = ownFrame(stack);
  return failure('run/threw', `${kind} threw ${said}${at === undefined ? '' : ` (at ${at})`}`);
}

/** An error's message may be a function that throws, or no text, or a whole file. */
function wordsOf(error: unknown): { readonly said: string; readonly stack: string } {
  try {
    if (!(error instanceof Error)) return { said: describe(error), stack: '' };
    const said = `${error.name}: ${error.message}`;
    return { said: said.length > LONGEST ? `${said.slice(0, LONGEST)}...` : said, stack: String(error.stack) };
  } catch {
    return { said: 'what cannot even be named', stack: '' };
  }
}

/** Characters of an error's message that are shown. */
const LONGEST = 10_000;

function describe(value: unknown): string {
  return typeof value === 'string' ? `the text ${JSON.stringify(value.slice(0, 500))}` : nameOf(value);
}
