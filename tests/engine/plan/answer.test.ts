import assert from 'node:assert/strict';
import { metricNamesProblem, readAnswer, threw } from '../../../src/engine/plan/answer.js';

describe('what a user’s stage gives back', () => {
  const value = (report: unknown): unknown => ({ ok: true, value: report });
  const failed = (more: object): unknown => ({
    ok: false,
    error: [{ code: 'a/b', severity: 'error', message: 'no', ...more }],
  });
  const place = { file: 'x.yaml', start: { line: 1, column: 1 }, end: { line: 1, column: 3 } };
  const trapped = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', undefined, /returned nothing/],
    ['null', null, /returned null, which is no result/],
    ['a number', 3, /returned the number 3/],
    ['no `ok`', { metrics: { a: 1 } }, /an object without `ok`/],
    ['an `ok` that is a word', { ok: 'yes', value: {} }, /neither true nor false/],
    ['no value', { ok: true }, /undefined as its value/],
    ['metrics that are a list', value({ metrics: [1] }), /a list as its metrics/],
    ['metrics that are a map', value({ metrics: new Map([['a', 1]]) }), /an object of Map as its metrics/],
    ['NaN', value({ metrics: { a: NaN } }), /the metric `a`, which is NaN/],
    ['infinity within a list', value({ metrics: { a: [1, -Infinity] } }), /`a`, which is -Infinity/],
    ['NaN among facts', value({ facts: { speed: NaN } }), /the fact `speed`, which is NaN/],
    ['a metric that is text', value({ metrics: { a: '0.9' } }), /is the text "0\.9", where a number belongs/],
    ['a metric that is true', value({ metrics: { a: true } }), /is true, where a number belongs/],
    ['a metric that is not there', value({ metrics: { a: undefined } }), /`a`, which is undefined/],
    ['a metric that is a big integer', value({ metrics: { a: 1n } }), /`a`, which is a bigint/],
    ['a metric that is a date', value({ metrics: { a: new Date(0) } }), /`a`, which is an object of Date/],
    ['a metric that is a function', value({ metrics: { a: () => 1 } }), /`a`, which is a function/],
    ['warnings that are text', value({ warnings: 'beware' }), /the string "beware" as its warnings/],
    ['a failure without a message', { ok: false, error: [] }, /a failure without a message/],
    ['a failure that is text', { ok: false, error: 'no' }, /the string "no" as its error/],
    ['a failure that is an error', { ok: false, error: [new Error('no')] }, /an object of Error among its error/],
    ['a failure whose place is text', failed({ place: 'line 3' }), /an object among its error/],
    ['a failure whose place has no lines', failed({ place: { file: 'x', start: {}, end: null } }), /place and related/],
    [
      'a failure at a place before the first',
      failed({ place: { ...place, start: { line: 0, column: -5 } } }),
      /its error/,
    ],
    ['a failure in a file that is a number', failed({ place: { ...place, file: 3 } }), /an object among its error/],
    ['a failure whose help is no text', failed({ help: { x: 1 } }), /an object among its error/],
    ['a failure whose related places are text', failed({ related: 'x' }), /an object among its error/],
    ['a failure with a related place that is none', failed({ related: [{}] }), /an object among its error/],
    ['a failure with a related place without words', failed({ related: [{ place }] }), /an object among its error/],
    [
      'a warning whose place is a number',
      value({ warnings: [{ code: 'a/b', severity: 'warning', message: 'w', place: 7 }] }),
      /an object among its warnings/,
    ],
    ['a misspelt name', value({ metric: { a: 1 } }), /returned `metric` in its value; did you mean `metrics`\?/],
    ['another name', value({ metrics: {}, scores: [1] }), /`scores` in its value; known are: `facts`, `metrics`/],
    ['metrics beside the value', { ok: true, value: {}, metrics: { a: 1 } }, /`metrics` beside its value/],
    ['metrics that throw', value({ metrics: trapped }), /returned what cannot be looked at/],
    ['facts that throw', value({ facts: { a: trapped } }), /returned what cannot be looked at/],
  ];
  for (const [what, answer, says] of wrong) {
    it(`is refused with a word: ${what}`, () => {
      const read = readAnswer('./stages/m.ts#m', answer);
      assert.ok(!read.ok);
      assert.equal(read.error.length, 1);
      assert.equal(read.error[0]!.code, 'run/bad-answer');
      assert.match(read.error[0]!.message, says);
    });
  }

  const right: readonly unknown[] = [
    value({}),
    value({ metrics: {}, score: undefined }),
    value({
      metrics: { acc: 0.5, curve: [1, 2], spread: { low: 0, high: 1, note: 'x' } },
      facts: { host: 'a', gpu: null },
    }),
    value(Object.assign(Object.create(null) as object, { metrics: {} })),
    value({ warnings: [{ code: 'a/b', severity: 'warning', message: 'beware' }] }),
    failed({}),
    failed({ help: 'try', place, related: [{ message: 'here', place }] }),
  ];
  it('is taken as it is where it is what the contract asks for', () => {
    for (const answer of right) assert.equal(readAnswer('./stages/m.ts#m', answer), answer);
  });

  it('has names for metrics that locks, tables and terminals can hold, whatever the kind', () => {
    const problem = (name: string) => metricNamesProblem('command', { fine: 1, [name]: 2 })?.message;
    for (const name of ['acc', '__proto__', 'a b', 'F1 (macro) | <b>', '=1+1', 'é'.repeat(200)])
      assert.equal(problem(name), undefined, name);
    for (const name of ['', ' a', 'a\nb', 'a\u001b[31m', '\ud800', 'x'.repeat(201)])
      assert.match(problem(name)!, /is no name for a metric of command: some text on one line/, name);
    assert.ok(problem('x'.repeat(5000))!.length < 250);
  });

  it('is told where it threw: a text, an error, and anything else', () => {
    assert.equal(threw('m', 'no luck', true).message, 'm threw the text "no luck"');
    assert.match(threw('m', new TypeError('bad'), true).message, /^m threw TypeError: bad/);
    assert.equal(threw('m', undefined, true).message, 'm threw undefined');
    assert.match(
      threw('faces/generate', new Error('bad'), false).message,
      /^a bug in faces\/generate: Error: bad\n +at /,
    );
  });
});
