import assert from 'node:assert/strict';
import type { AnyStageKind } from '../../../src/engine/stage.js';
import { askCheck, askEnvironment, partsProblem } from '../../../src/engine/plan/kind-answers.js';

/** A kind of a user's module, with functions that no compiler saw. */
function kind(more: object): AnyStageKind {
  return { name: './stages/m.ts#m', says: '', produces: 'files', ...more } as unknown as AnyStageKind;
}

const trap = (what: unknown) => () => {
  throw what;
};

describe('what planning asks of a user’s kind', () => {
  const part = { id: 'a', parameters: {} };
  for (const [what, parts, says] of [
    ['are a number', () => 3, /has the number 3 as its parts, where a list belongs/],
    ['are nothing', () => undefined, /has undefined as its parts/],
    ['are to come', () => Promise.resolve([part]), /an object of Promise as its parts/],
    ['hold nothing', () => [null], /has null among its parts/],
    [
      'never end',
      function* () {
        for (let i = 0; ; i += 1) yield { id: `p${i}`, parameters: {} };
      },
      /has more than 1000000 parts, or never ends/,
    ],
    ['have one id twice', () => [part, { ...part }], /has two parts with the id `a`/],
    ['have an id that is a number', () => [{ ...part, id: 3 }], /whose id is the number 3/],
    ['have an id that leads elsewhere', () => [{ ...part, id: '../x' }], /whose id is "\.\.\/x", which is not fit/],
    ['have an id that is a folder', () => [{ ...part, id: '..' }], /whose id is "\.\."/],
    ['have an id with a line end', () => [{ ...part, id: 'a\nb' }], /whose id is "a\\nb"/],
    ['have no id', () => [{ ...part, id: '' }], /whose id is ""/],
    ['have no parameters', () => [{ id: 'a' }], /`a` whose `parameters` is undefined/],
    ['have parameters that are NaN', () => [{ id: 'a', parameters: { x: NaN } }], /whose `parameters` is NaN/],
    ['have parameters that are dates', () => [{ id: 'a', parameters: { x: new Date(0) } }], /is an object of Date/],
    ['read what is no list', () => [{ ...part, reads: { set: 'a.bin' } }], /`reads` is no object of lists of paths/],
    ['are thrown', trap(new TypeError('no size')), /threw TypeError: no size/],
    ['are thrown as text', trap('no'), /threw the text "no"/],
  ] as const)
    it(`is told with a word where its parts ${what}`, () => {
      const problem = partsProblem(kind({ division: { shape: 'shards', parts } }), {});
      assert.match(problem!.message, says);
      assert.match(problem!.message, /^\.\/stages\/m\.ts#m /);
    });

  it('is told where the shape of its division is neither of the two', () => {
    assert.match(partsProblem(kind({ division: { shape: 'star', parts: () => [] } }), {})!.message, /"star"/);
  });

  it('is taken where it is what the contract asks for', async () => {
    function* parts() {
      yield { id: 'epoch-0001', parameters: { epoch: 1 }, reads: { set: ['a.bin'] } };
      yield { id: 'epoch-0002', parameters: { epoch: 2, none: null } };
    }
    assert.equal(partsProblem(kind({ division: { shape: 'chain', parts } }), {}), undefined);
    assert.equal(partsProblem(kind({}), {}), undefined);
    assert.deepEqual(await askCheck(kind({}), {}), []);
    const problem = { code: 'a/b', severity: 'error', message: 'no', pointer: '/size' };
    assert.deepEqual(await askCheck(kind({ check: () => [problem] }), {}), [problem]);
    assert.deepEqual(await askEnvironment(kind({ environment: () => ({ R: '4.3', of: [1, null] }) }), {}), {
      ok: true,
      value: { R: '4.3', of: [1, null] },
    });
  });

  for (const [what, check, says] of [
    ['is text', () => 'x', /returned the string "x", where a list of diagnostics belongs/],
    ['is a list of text', () => ['x'], /returned the string "x", where a diagnostic/],
    [
      'has no pointer',
      () => [{ code: 'a/b', severity: 'error', message: 'm' }],
      /an object, where a diagnostic .* pointer/,
    ],
    [
      'has a message that is a number',
      () => [{ code: 'a/b', severity: 'error', message: 3, pointer: '' }],
      /an object/,
    ],
    ['is thrown', trap(new Error('no')), /threw Error: no/],
    ['never comes', () => Promise.reject(new Error('later')), /threw Error: later/],
  ] as const)
    it(`is told with a word where its check ${what}`, async () => {
      const problems = await askCheck(kind({ check }), {});
      assert.equal(problems.length, 1);
      assert.equal(problems[0]!.pointer, '');
      assert.match(problems[0]!.message, says);
    });

  it('is told with a word where what it says of the machine is no list', async () => {
    const [problem] = await askCheck(kind({ checkMachine: () => 'x' }), {}, 'checkMachine');
    assert.match(problem!.message, /^the checkMachine of \.\/stages\/m\.ts#m returned the string "x"/);
  });

  for (const [what, environment, says] of [
    ['is text', () => 'x', /is the string "x", where an object of JSON belongs/],
    ['holds NaN', () => ({ a: NaN }), /is NaN/],
    ['is a list', () => [1], /is a list/],
    ['is thrown', trap(new Error('no R')), /threw Error: no R/],
  ] as const)
    it(`is told with a word where its environment ${what}`, async () => {
      const read = await askEnvironment(kind({ environment }), {});
      assert.ok(!read.ok);
      assert.match(read.error[0]!.message, says);
    });

  it('is left to throw where the kind is our own: that is a bug', async () => {
    const own = { ...kind({ check: trap(new Error('bug')) }), name: 'faces/generate' };
    await assert.rejects(askCheck(own, {}), /bug/);
  });
});
