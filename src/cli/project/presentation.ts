import { nameOf, threw } from '../../engine/plan/answer.js';
import { PresentationFault, type Presentation } from '../../engine/presentation.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';

type Known = Readonly<Record<string, unknown>>;

/**
 * What is wrong with how a user's kind says that its results are shown; undefined where nothing is. No compiler looks at a module
 * here, and what is no function would be called after the work is done.
 */
export function presentationProblem(shows: unknown): string | undefined {
  if (shows === undefined) return undefined;
  if (!isObject(shows)) return `\`shows\` is ${nameOf(shows)}, no object`;
  const texts = [lacks('colour', shows.colour, 'string', true), ...within('notice', shows.notice, ['on', 'says'], [])];
  const all = [
    ...texts,
    lacks('series', shows.series, 'function', true),
    ...within('sheet', shows.sheet, [], ['draw'], ['options']),
    ...each('figures', shows.figures, (path, type) =>
      type.shape === 'curves'
        ? [...within(path, type, [], ['line']), ...within(`${path}.axes`, type.axes ?? null, ['x', 'y'], [])]
        : type.shape === 'pictures'
          ? within(path, type, [], ['draw'], ['options'])
          : [`\`shows.${path}.shape\` is ${nameOf(type.shape)}, neither "curves" nor "pictures"`],
    ),
    ...each('exports', shows.exports, (path, type) => within(path, type, ['unit'], ['write'])),
    ...each('histograms', shows.histograms, (path, type) => within(path, type, [], ['values'])),
    ...each('cases', shows.cases, (path, type) => within(path, type, [], ['groups'])),
    ...each('maps', shows.maps, (path, type) => within(path, type, [], ['points'])),
  ];
  return all.find((one) => one !== undefined);
}

type Found = string | undefined;

function lacks(path: string, value: unknown, type: 'string' | 'function' | 'object', mayLack = false): Found {
  if ((mayLack && value === undefined) || (value !== null && typeof value === type)) return undefined;
  return `\`shows.${path}\` is ${nameOf(value)}, no ${type === 'string' ? 'text' : type}`;
}

function within(
  path: string,
  value: unknown,
  texts: readonly string[],
  functions: readonly string[],
  objects: readonly string[] = [],
): readonly Found[] {
  if (value === undefined) return [];
  if (!isObject(value)) return [lacks(path, undefined, 'object')];
  return [
    ...texts.map((name) => lacks(`${path}.${name}`, value[name], 'string')),
    ...functions.map((name) => lacks(`${path}.${name}`, value[name], 'function')),
    ...objects.map((name) => lacks(`${path}.${name}`, value[name], 'object')),
  ];
}

function each(path: string, value: unknown, look: (path: string, one: Known) => readonly Found[]): readonly Found[] {
  if (value === undefined) return [];
  if (!isObject(value)) return [lacks(path, value, 'object')];
  return Object.entries(value).flatMap(([name, one]) =>
    isObject(one) ? look(`${path}.${name}`, one) : [lacks(`${path}.${name}`, one, 'object')],
  );
}

/** The same, of which a function that throws, or gives what it must not, is a {@link PresentationFault} and no bug of `fx`. */
export function guarded(kind: string, shows: Presentation): Presentation {
  return guardAll(kind, 'shows', shows as unknown as Known);
}

function guardAll(kind: string, path: string, object: Known): Known {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => {
      const at = `${path}.${name}`;
      if (typeof value === 'function') return [name, guard(kind, at, value.bind(object) as Shown, ANSWERS[name])];
      return [name, isObject(value) && name !== 'options' ? guardAll(kind, at, value) : value];
    }),
  );
}

/** What a function that shows results gave, or what was wrong with it. */
export async function orFault<T>(answer: Promise<T>): Promise<Result<T>> {
  try {
    return ok(await answer);
  } catch (error) {
    if (!(error instanceof PresentationFault)) throw error;
    return fail(error.problem);
  }
}

type Shown = (...given: readonly unknown[]) => unknown;

function guard(kind: string, path: string, shown: Shown, wanted: Answer | undefined): Shown {
  return async (...given) => {
    let answer: unknown;
    try {
      answer = await shown(...given);
    } catch (error) {
      throw new PresentationFault(threw(kind, error, true));
    }
    if (wanted === undefined || wanted.is(answer)) return answer;
    const message = `\`${path}\` of ${kind} returned ${nameOf(answer)}, not ${wanted.says}`;
    throw new PresentationFault(failure('run/bad-answer', message));
  };
}

interface Answer {
  readonly says: string;
  readonly is: (answer: unknown) => boolean;
}

/** What the functions give back, by their names. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  draw: { says: 'the bytes of a PNG', is: (answer) => answer === undefined || answer instanceof Uint8Array },
  line: { says: 'a list of points [x, y]', is: (answer) => answer === undefined || arePoints(answer) },
  series: {
    says: '{ step, values } with a list of points [x, y] for each name',
    is: (answer) =>
      answer === undefined ||
      (isObject(answer) &&
        typeof answer.step === 'string' &&
        isObject(answer.values) &&
        Object.values(answer.values).every(arePoints)),
  },
  write: {
    says: '`ok(number)` or `fail(diagnostic)`',
    is: (answer) => isObject(answer) && typeof answer.ok === 'boolean',
  },
};

function arePoints(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (point: unknown) => Array.isArray(point) && point.length === 2 && point.every((x) => typeof x === 'number'),
    )
  );
}

function isObject(value: unknown): value is Known {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
