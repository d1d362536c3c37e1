import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { ts } from 'ts-morph';
import { normalForm } from '../../../src/engine/plan/identity/normal-form.js';
import { LAYOUTS, reformat } from './project.js';

const parse = (code: string, file = 'code.ts'): ts.SourceFile =>
  ts.createSourceFile(file, code, ts.ScriptTarget.ESNext, true);

/** Of all statements that leave code behind and are not imports or exports of names. */
const formOf = (code: string, file?: string): string =>
  parse(code, file)
    .statements.filter((statement) => !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement))
    .map((statement) => normalForm(statement))
    .join('');

const sources = [
  ...['numbers/distribution', 'numbers/elementary', 'numbers/random', 'formats/safetensors', 'schema/schema'].map(
    (file) => `src/foundation/${file}.ts`,
  ),
  ...['modules', 'normal-form', 'packages', 'reach', 'user-module'].map(
    (file) => `src/engine/plan/identity/${file}.ts`,
  ),
].map((file) => ({ file, code: readFileSync(file, 'utf8') }));

describe('the normal form of code', () => {
  const same: readonly (readonly [string, string, string])[] = [
    ['comments', 'f(/* a */ 1); // b', 'f(1)'],
    ['quotes', `f("it's")`, `f('it\\'s')`],
    ['escapes', `f('\\u0041')`, `f('A')`],
    ['spellings of a number', 'f(0xFF, 1.50, 1_000, 1e3, 0x10n)', 'f(255, 1.5, 1000, 1000, 16n)'],
    ['quoted names', `f({ 'a': 1, 2: 3 })`, `f({ a: 1, '2': 3 })`],
    ['parentheses', '(f)((a * b) + (c), (x) => (x))', 'f(a * b + c, x => x)'],
    ['trailing commas and semicolons', 'f([1, 2,],);;', 'f([1, 2])'],
    ['the grouping of logical operators', 'a && (b && c) || (d || e)', '((a && b) && c || d) || e'],
    ['flags of a regular expression', 'f(/a/gi)', 'f(/a/ig)'],
    [
      'annotations',
      'function f<T>(this: X, a?: T, b: number = 1): asserts a is T { let c!: T; }',
      'function f(a, b = 1) { let c; }',
    ],
    ['assertions', '(a as B)!.c.d!(e satisfies F, <G>h)', 'a.c.d(e, h)'],
    [
      'type arguments',
      'f<number>(new Map<string, X>(), class extends A<B> implements C {})',
      'f(new Map, class extends A {})',
    ],
    [
      'overloads',
      'function f(a: string): void; function f(a: number): void; function f(a: any) {}',
      'function f(a) {}',
    ],
    [
      'what only types need of a class',
      'abstract class A { declare a: X; abstract b(): void; private readonly c = 1; [k: string]: X; override d(): void {} }',
      'class A { c = 1; d() {} }',
    ],
    [
      'interfaces, aliases and declared values',
      'interface A {} type B = 1; declare const c: 1; declare global {} f()',
      'f()',
    ],
  ];
  for (const [what, one, other] of same) it(`is blind to ${what}`, () => assert.equal(formOf(one), formOf(other)));

  const different: readonly (readonly [string, string])[] = [
    ['a - (b - c)', 'a - b - c'],
    ['(a, b)', 'a && b'],
    ['a || b && c', '(a || b) && c'],
    ['(a?.b).c', 'a?.b.c'],
    ['a?.b', 'a.b'],
    ['for (;a;);', 'for (;;a);'],
    ['for (a;;);', 'for (;a;);'],
    ['const { a: b } = c', 'const { a = b } = c'],
    ['const { a } = c', 'const [a] = c'],
    ['let a = 1', 'const a = 1'],
    ['++a', '--a'],
    ['-a', '+a'],
    ['++a', 'a++'],
    ['async () => 1', '() => 1'],
    ['() => ({})', '() => {}'],
    ['class A { static b = 1 }', 'class A { b = 1 }'],
    ['class A { get b() {} }', 'class A { b() {} }'],
    ['class A { #b }', 'class A { b }'],
    ['class A { constructor(private b: C) {} }', 'class A { constructor(b: C) {} }'],
    ['f`\\u0041`', 'f`A`'],
    ['f(`a${b}`)', 'f(`a`, b)'],
    ['f(...a)', 'f(a)'],
    ['function* f() { yield* a }', 'function* f() { yield a }'],
    ['for (const a of b);', 'for (const a in b);'],
    ['async () => { for await (const a of b); }', 'async () => { for (const a of b); }'],
    ['try {} catch {}', 'try {} finally {}'],
    ['a: for (;;) break a', 'a: for (;;) break'],
    ['if (a); else b', 'if (a) b'],
    ['f({ a })', 'f({ a: b })'],
    ['f("1")', 'f(1)'],
    ['[, a]', '[a]'],
    ['a ? b : c', 'a ? c : b'],
    ['a in b', 'a instanceof b'],
    ['{ using a = b }', '{ const a = b }'],
    ['new (a())()', 'new a()'],
    ['a.b', 'a["b"]'],
    ['typeof a', 'void a'],
    ['switch (a) { case 1: default: }', 'switch (a) { default: case 1: }'],
  ];
  for (const [one, other] of different)
    it(`tells ${one} from ${other}`, () => assert.notEqual(formOf(one), formOf(other)));

  it("is the same in every layout of fx's own code", async () => {
    for (const [index, { file, code }] of sources.entries()) {
      const laidOut = await reformat(code, LAYOUTS[index % LAYOUTS.length]!);
      assert.notEqual(laidOut, code);
      assert.equal(formOf(laidOut), formOf(code), file);
    }
  });

  it('is that of the JavaScript which the compiler makes of it', () => {
    for (const { file, code } of sources) {
      const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
      const { outputText } = ts.transpileModule(code, { compilerOptions: options });
      assert.equal(formOf(outputText, 'code.js'), formOf(code), file);
    }
  });

  it('changes with every literal, name and operator', () => {
    const code = readFileSync('src/foundation/numbers/random.ts', 'utf8');
    const before = formOf(code);
    const places: { start: number; end: number; text: string }[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isTypeNode(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
      if (ts.isImportDeclaration(node) || ts.isTypeParameterDeclaration(node)) return;
      const at = { start: node.getStart(), end: node.end };
      if (ts.isNumericLiteral(node)) places.push({ ...at, text: '12345' });
      if (ts.isIdentifier(node)) places.push({ ...at, text: `${node.text}Other` });
      if (ts.isBinaryExpression(node)) {
        const { operatorToken: operator } = node;
        const text = operator.kind === ts.SyntaxKind.PlusToken ? '-' : operator.getText().endsWith('=') ? '**=' : '+';
        places.push({ start: operator.getStart(), end: operator.end, text });
      }
      ts.forEachChild(node, visit);
    };
    visit(parse(code));
    assert.ok(places.length > 200);
    fc.assert(
      fc.property(fc.constantFrom(...places), ({ start, end, text }) =>
        assert.ok(formOf(code.slice(0, start) + text + code.slice(end)) !== before),
      ),
      { numRuns: 40 },
    );
  });

  it('is frozen', () => {
    const code = 'export const f = async (a?: number, { b: c = 2 } = {}) => a?.b(`x${-c}`) ?? /y/g;';
    assert.equal(
      normalForm((parse(code).statements[0] as ts.VariableStatement).declarationList.declarations[0]!),
      '(VariableDeclaration Identifier"f" (ArrowFunction (AsyncKeyword )(Parameter Identifier"a" )' +
        '(Parameter (ObjectBindingPattern (BindingElement name"b" Identifier"c" NumericLiteral"2" ))' +
        '(ObjectLiteralExpression ))(EqualsGreaterThanToken )(QuestionQuestionToken (CallExpression:chain ' +
        '(PropertyAccessExpression:chain Identifier"a" (QuestionDotToken )name"b" )(TemplateExpression ' +
        'TemplateHead"x" (TemplateSpan (PrefixUnaryExpression:MinusToken Identifier"c" )TemplateTail"" )))' +
        'RegularExpressionLiteral"/y/g" )))',
    );
  });
});
