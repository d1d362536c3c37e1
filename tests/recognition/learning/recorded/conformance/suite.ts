/** The part of Jasmine that the tests of TensorFlow.js's operations use: suites, hooks, and a dozen matchers. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { Uncovered } from './uncovered.js';

type Body = () => void | Promise<void>;

export interface Spec {
  readonly name: string;
  readonly run: Body;
}

interface Suite {
  readonly name: string;
  readonly before: Body[];
  readonly after: Body[];
}

/** Everything that has been described so far, each with the hooks of the suites around it. */
export const specs: Spec[] = [];
const around: Suite[] = [];

function describe(name: string, body: () => void): void {
  around.push({ name, before: [], after: [] });
  body();
  around.pop();
}

/** A body that takes `done` ends when it calls it. */
type Done = (() => void) & { fail: (error?: unknown) => void };

function it(name: string, body: (done: Done) => void | Promise<void>): void {
  const suites = [...around];
  specs.push({
    name: [...suites.map((suite) => suite.name), name].join(' > '),
    run: async () => {
      for (const { before } of suites) for (const hook of before) await hook();
      try {
        await new Promise<void>((resolve, reject) => {
          const done = Object.assign(resolve, {
            fail: (e?: unknown) => reject(e instanceof Error ? e : new Error('done.fail')),
          });
          const running = Promise.resolve().then(() => body(done));
          running.then(body.length === 0 ? resolve : undefined, reject);
        });
      } finally {
        for (const { after } of suites.toReversed()) for (const hook of after) await hook();
      }
    },
  });
}

function expect(actual: unknown): Record<string, unknown> {
  const matchers = (negated: boolean): Record<string, (expected?: unknown, extra?: unknown) => void> => {
    const check = (holds: boolean, what: string, expected?: unknown): void =>
      assert.ok(holds !== negated, `expected ${String(actual)} ${negated ? 'not ' : ''}${what} ${String(expected)}`);
    return {
      toBe: (expected) => check(Object.is(actual, expected) || actual === expected, 'to be', expected),
      toEqual: (expected) => check(isDeepStrictEqual(plain(actual), plain(expected)), 'to equal', expected),
      toBeCloseTo: (expected, digits = 2) =>
        check(
          Math.abs((actual as number) - (expected as number)) < 0.5 * 10 ** -(digits as number),
          'to be near',
          expected,
        ),
      toBeLessThan: (expected) => check((actual as number) < (expected as number), 'to be less than', expected),
      toBeLessThanOrEqual: (expected) => check((actual as number) <= (expected as number), 'to be at most', expected),
      toBeGreaterThan: (expected) => check((actual as number) > (expected as number), 'to be more than', expected),
      toBeGreaterThanOrEqual: (expected) =>
        check((actual as number) >= (expected as number), 'to be at least', expected),
      toMatch: (expected) => check((expected as RegExp).test(actual as string), 'to match', expected),
      toBeNull: () => check(actual === null, 'to be null'),
      toBeUndefined: () => check(actual === undefined, 'to be undefined'),
      toBeDefined: () => check(actual !== undefined, 'to be defined'),
      toBeTruthy: () => check(Boolean(actual), 'to be truthy'),
      toBeFalsy: () => check(!actual, 'to be falsy'),
      toBeNaN: () => check(Number.isNaN(actual), 'to be NaN'),
      toThrow: () => check(thrown(actual) !== undefined, 'to throw'),
      toThrowError: (expected) => {
        const error = thrown(actual);
        const text = error instanceof Error ? error.message : '';
        const fits =
          expected instanceof RegExp ? expected.test(text) : typeof expected === 'string' ? text === expected : true;
        check(error !== undefined && fits, 'to throw', expected);
      },
      nothing: () => undefined,
    };
  };
  return { ...matchers(false), not: matchers(true) };
}

/** Without what tells a Jasmine equality nothing: typed arrays of one kind compare as lists. */
function plain(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
}

function thrown(call: unknown): unknown {
  try {
    (call as () => void)();
    return undefined;
  } catch (error) {
    if (error instanceof Uncovered) throw error;
    return error;
  }
}

interface Hosted {
  startScope(): void;
  endScope(): void;
  disposeVariables(): void;
}

/** Puts the globals in place; `synchronous` constraints leave a suite out, since values come later here. */
export function install(engine: Hosted): void {
  const everywhere = {};
  const nowhere = { predicate: (): boolean => false };
  const hooks = {
    beforeEach: (body: Body) => around.at(-1)!.before.push(body),
    afterEach: (body: Body) => around.at(-1)!.after.push(body),
    beforeAll: (body: Body) => around.at(-1)!.before.push(body),
    afterAll: (body: Body) => around.at(-1)!.after.push(body),
  };
  const describeWithFlags = (name: string, constraints: object, body: (env: object) => void): void => {
    if (constraints === nowhere) return;
    describe(name, () => {
      hooks.beforeEach(() => engine.startScope());
      hooks.afterEach(() => {
        engine.endScope();
        engine.disposeVariables();
      });
      body({ name: 'recorded', backendName: 'recorded', isDataSync: false });
    });
  };
  const ignored = (): void => undefined;
  Object.assign(globalThis, {
    ...{ describe, it, expect, xit: ignored, xdescribe: ignored, fit: it, fdescribe: describe, ...hooks },
    fail: (message: string) => assert.fail(message),
    expectAsync: (promise: Promise<unknown>) => {
      promise.catch(ignored);
      throw new Uncovered('expectations of promises');
    },
    jasmine: { addMatchers: ignored },
    jasmineUtil: {
      ...{ ALL_ENVS: everywhere, NODE_ENVS: everywhere, BROWSER_ENVS: nowhere, CHROME_ENVS: nowhere },
      ...{ SYNC_BACKEND_ENVS: nowhere, HAS_WORKER: nowhere, describeWithFlags },
    },
  });
}
