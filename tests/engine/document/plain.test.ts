import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Node } from '../../../src/engine/document/node.js';
import { parseValue, parseYaml } from '../../../src/engine/document/parse.js';
import { readPlain, readPlainValue } from '../../../src/engine/document/plain.js';
import type { Source } from '../../../src/engine/document/source.js';

const sourceOf = (text: string): Source => ({ name: 'a.yaml', path: '/a.yaml', text, folder: '/', trusted: false });

/** Values, places and order. */
function shape(node: Node): unknown {
  const at = [node.start, node.end, node.via];
  switch (node.kind) {
    case 'scalar':
      return [node.value, ...at];
    case 'list':
      return ['list', ...at, node.items.map(shape)];
    case 'map':
      return [
        'map',
        ...at,
        [...node.entries].map(([name, { key, value }]) => [name, key.start, key.end, key.via, shape(value)]),
      ];
  }
}

/** Whether the plain reader took it: then the YAML package has read the same. */
function agrees(text: string): boolean {
  const source = sourceOf(text);
  const plain = readPlain(source);
  if (plain === undefined) return false;
  const parsed = parseYaml(source);
  assert.ok(parsed.ok, `the YAML package refuses:\n${text}\n${JSON.stringify(parsed)}`);
  assert.deepEqual(shape(plain), shape(parsed.value!), text);
  return true;
}

const word = fc.constantFrom(
  'a',
  'syn-front',
  'x.y',
  'two words',
  '35 deg',
  '-35°',
  'uniform(1, 2)',
  '10k',
  '#1',
  'a#b',
  'a: b',
  '- a',
  '? a',
  '',
  '~',
  'null',
  'true',
  'False',
  '12',
  '-1.5',
  '1e3',
  '.5',
  '1.',
  '0x1F',
  '.inf',
  '1_000',
  '${a}',
  '*a',
  '&a',
  '!a',
  '|',
  '>',
  '%',
  '@a',
  '`',
  "it's",
  'say "x"',
  'a,b',
  '[',
  '}',
  '-',
  '--',
  '<<',
  'a\\b',
  ':a',
  'a:',
  '...',
  '---',
  'é',
  '😀',
  '12:30',
  'two\nlines',
  'tab\tand "quotes"',
  '\\\\',
  '\\"',
  '\u0007',
);
/** Experiments are tamer than YAML. */
const tame = fc.constantFrom('a', 'syn-front', 'two words', '35 deg', 'x.y', '10k', 'test/train', 'a=b', '50%');
const trees = (words: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> => {
  const leaf = fc.oneof(
    words,
    fc.integer(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(words, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  return fc.dictionary(words, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true });
};
const root = fc.oneof(trees(word), trees(tame));
const style = fc.record({
  indent: fc.constantFrom(1, 2, 4),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20, 80),
  collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
  defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
});

describe('plain YAML', () => {
  it('is read as the YAML package reads it, in every style', () => {
    let taken = 0;
    let all = 0;
    fc.assert(
      fc.property(root, style, (json, options) => {
        all += 1;
        if (agrees(stringify(json, options))) taken += 1;
      }),
      { numRuns: 600 },
    );
    assert.ok(taken > all / 10, `only ${taken} of ${all} texts were plain`);
  });

  it('has the numbers that the package reads, however they are written', () => {
    for (const written of [
      '+5',
      '+0.25',
      '-.5',
      '.5',
      '5.',
      '-0.0',
      '1e3',
      '+1e-2',
      '0x1F',
      '0o17',
      '-.inf',
      '.nan',
      '1_000',
    ])
      agrees(`a: ${written}\nb: [${written}]\n`);
    for (const text of ['+', '-x', '.', '+a', '1.2.3', '12:30', ',a']) agrees(`a: ${text}\n`);
    assert.ok(agrees('a: +5\n'));
  });

  it('is left to the package where it is broken', () => {
    const noise = fc.constantFrom(
      ' ',
      '  ',
      '\n',
      '\n\n',
      ': ',
      ':',
      '- ',
      '-',
      '#',
      ' # note',
      ',',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      'a',
      '&a ',
      '*a',
      '|',
      '\n  ',
      '\n ',
    );
    fc.assert(
      fc.property(
        root,
        style,
        fc.array(fc.tuple(fc.nat(), noise, fc.nat(2)), { maxLength: 4 }),
        (json, options, edits) => {
          // Between characters: no file that is UTF-8 has half of one.
          const characters = Array.from(stringify(json, options));
          for (const [at, inserted, removed] of edits) {
            characters.splice(at % (characters.length + 1), removed, inserted);
          }
          agrees(characters.join(''));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('is what experiments are written in', () => {
    const folder = 'tests/engine/bad-input/cases';
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const taken = texts.filter(agrees).length;
    assert.ok(taken > texts.length / 2, `only ${taken} of ${texts.length} files were plain`);
  });

  it('may have a flow collection below its key, as formatters write a long one', () => {
    for (const text of [
      'a:\n  [\n    x,\n    y,\n  ]\nb: 1\n',
      'a:\n  { b: [1, 2], c: { d: e } } # note\n',
      'a:\n  b:\n    {\n      with:\n        { c: 1 },\n    }\n  c: 2\n',
      "a:\n  run: [\"tr ',' '\\n' < {x}\", \"a\\\"]\", 'b']\n",
    ])
      assert.ok(agrees(text), text);
    for (const text of [
      'a:\n  { b: 1 }: c\n',
      'a:\n  [1]\n  b: 2\n',
      'a:\n  [1] b\n',
      'a:\n  { b: 1\n }\n',
      'a:\n  [\n1]\n',
      'a: "x\\\n  y"\n',
    ])
      agrees(text);
  });

  it('may have comments in a flow collection, after a blank alone', () => {
    for (const text of ['a: [x, # y\n  z]\nb: 1\n', 'a: { b: 1, # c: 2,\n  d: 3 }\n', 'a: [x # y, z\n  ]\n'])
      assert.ok(agrees(text), text);
    for (const text of [
      'a: [x,#y\n  z]\n',
      'a: { b: 1,#c\n  d: 2 }\n',
      'a: [x#y, z]\n',
      'a: [#x\n  y]\n',
      'a: [x, #y]\n',
    ])
      agrees(text);
  });

  it('may have quoted keys, with blanks before the colon', () => {
    for (const key of ['"a"', "'a'", '"a b"', '"a:"', "'it''s'", '"\\""'])
      for (const blanks of ['', ' ', '       ', ' '.repeat(12)])
        for (const text of [
          `${key}${blanks}: 1\n`,
          `b:\n  ${key}${blanks}: x\n`,
          `b: { ${key}${blanks}: x }\n`,
          `- ${key}${blanks}: x\n`,
        ])
          agrees(text);
  });

  it('has other values of the command line read by the package, in their places', () => {
    for (const written of ['"\\x41"', "'a\n  b'", '{ a: "\\u0042" }', '|-\n  x']) {
      const text = `--set x=${written}`;
      assert.equal(readPlainValue(sourceOf(text), 8, text.length), undefined, written);
      const read = parseValue(sourceOf(text), 8, text.length);
      assert.ok(read.ok, written);
      assert.deepEqual([read.value!.start, read.value!.end], [8, text.length], written);
    }
    const read = parseValue(sourceOf('--set x=[1, 1e999]'), 8, 18);
    assert.ok(!read.ok);
    assert.deepEqual(
      read.error.map(({ code, place }) => [code, place!.start.column, place!.end.column]),
      [['document/bad-number', 13, 18]],
    );
  });

  it('has values of one line read alone, as on the command line', () => {
    for (const written of ['5', '[-20 deg, 20°]', '"a b"', 'uniform(0, 1)', '{ a: [1, 2] }', 'true']) {
      const text = `--set x=${written}`;
      const plain = readPlainValue(sourceOf(text), 8, text.length);
      const parsed = parseYaml(sourceOf(text), ' '.repeat(8) + written);
      assert.ok(plain !== undefined && parsed.ok);
      assert.deepEqual(shape(plain), shape(parsed.value!));
    }
    for (const written of ['', '*a', '[1', '"a" b', 'a: b', '!x 1', '"\\x41"', '"\\']) {
      const text = `--set x=${written}`;
      assert.equal(readPlainValue(sourceOf(text), 8, text.length), undefined, written);
    }
  });
});
