import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import type { AnyStageKind, ParameterProblem } from '../stage.js';
import { isDiagnostic, isPlain, jsonProblem, nameOf, threw } from './answer.js';

/**
 * What the functions of a kind that planning calls give back, if it is what the contract asks for. The compiler sees to our own
 * kinds; a user's module or package is checked by none, and its mistakes are its own.
 */
function isUsers(kind: AnyStageKind): boolean {
  return kind.name.includes('#');
}

/** What a kind has against its parameters, or against the machine that this process runs on. */
export async function askCheck(
  kind: AnyStageKind,
  parameters: unknown,
  which: 'check' | 'checkMachine' = 'check',
): Promise<readonly ParameterProblem[]> {
  if (!isUsers(kind)) return (await kind[which]?.(parameters)) ?? [];
  const whole = (problem: Diagnostic): readonly ParameterProblem[] => [{ ...problem, pointer: '' }];
  const badAnswer = (what: string): readonly ParameterProblem[] =>
    whole(failure('run/bad-answer', `the ${which} of ${kind.name} returned ${what}`));
  try {
    const problems: unknown = (await kind[which]?.(parameters)) ?? [];
    if (!Array.isArray(problems)) return badAnswer(`${nameOf(problems)}, where a list of diagnostics belongs`);
    const wrong = (problems as unknown[]).find((one) => !isProblem(one));
    return wrong === undefined
      ? (problems as readonly ParameterProblem[])
      : badAnswer(`${nameOf(wrong)}, where a diagnostic with code, severity, message and pointer belongs`);
  } catch (error) {
    return whole(threw(kind.name, error, true));
  }
}

function isProblem(value: unknown): value is ParameterProblem {
  return isPlain(value) && typeof value.pointer === 'string' && isDiagnostic(value);
}

/** What else belongs to the key of a stage of a kind. */
export async function askEnvironment(kind: AnyStageKind, parameters: unknown): Promise<Result<JsonObject | undefined>> {
  if (!isUsers(kind)) return ok(await kind.environment?.(parameters));
  try {
    const environment: unknown = await kind.environment?.(parameters);
    if (environment === undefined) return ok(undefined);
    const problem = isPlain(environment) ? jsonProblem(environment, false) : `is ${nameOf(environment)}`;
    if (problem === undefined) return ok(environment as JsonObject);
    return fail(
      failure('run/bad-answer', `the environment of ${kind.name} ${problem}, where an object of JSON belongs`),
    );
  } catch (error) {
    return fail(threw(kind.name, error, true));
  }
}

/** Far above what a run can do: a generator that never ends is told, and no memory filled. */
const PARTS_AT_MOST = 1_000_000;

/** What is wrong with the parts into which a kind divides its work. */
export function partsProblem(kind: AnyStageKind, parameters: unknown): Diagnostic | undefined {
  const { division } = kind;
  if (division === undefined || !isUsers(kind)) return undefined;
  const bad = (what: string): Diagnostic => failure('run/bad-answer', `${kind.name} ${what}`);
  if (!['shards', 'chain'].includes(division.shape))
    return bad(
      `divides its work in the shape ${JSON.stringify(division.shape)}, which is neither "shards" nor "chain"`,
    );
  try {
    const parts: unknown = division.parts(parameters);
    if (typeof parts !== 'object' || parts === null || !(Symbol.iterator in parts))
      return bad(`has ${nameOf(parts)} as its parts, where a list belongs`);
    const seen = new Set<string>();
    for (const part of parts as Iterable<unknown>) {
      const problem =
        seen.size < PARTS_AT_MOST ? partProblem(part, seen) : `has more than ${PARTS_AT_MOST} parts, or never ends`;
      if (problem !== undefined) return bad(problem);
    }
    return undefined;
  } catch (error) {
    return threw(kind.name, error, true);
  }
}

function partProblem(part: unknown, seen: Set<string>): string | undefined {
  if (typeof part !== 'object' || part === null)
    return `has ${nameOf(part)} among its parts, where an object with id and parameters belongs`;
  const { id, parameters, reads } = part as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || !/^(?!\.{1,2}$)[^/\\\x00-\x1f\x7f]{1,200}$/.test(id))
    return `has a part whose id is ${typeof id === 'string' ? JSON.stringify(id.slice(0, 200)) : nameOf(id)}, which is not fit for a file name`;
  if (seen.has(id)) return `has two parts with the id \`${id}\``;
  seen.add(id);
  const problem = isPlain(parameters) ? jsonProblem(parameters, false) : `is ${nameOf(parameters)}`;
  if (problem !== undefined)
    return `has a part \`${id}\` whose \`parameters\` ${problem}, where an object of JSON belongs`;
  const isRead = (files: unknown): boolean => Array.isArray(files) && files.every((file) => typeof file === 'string');
  if (reads === undefined || (isPlain(reads) && Object.values(reads).every(isRead))) return undefined;
  return `has a part \`${id}\` whose \`reads\` is no object of lists of paths`;
}
