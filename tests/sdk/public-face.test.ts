import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import ts from 'typescript';

const UPDATE = process.env.FX_UPDATE_EXPECTED === '1';

/**
 * What a module exports, each with its type as it is declared, and the types that those are made of: the names of the module, then
 * declarations in the order of their names, without comments.
 */
function faceOf(path: string): string {
  const file = resolve(path);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const own = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
  const printer = ts.createPrinter({ removeComments: true });
  const declared = new Map<string, string>();
  const seen = new Set<ts.Symbol>();
  const visit = (symbol: ts.Symbol): void => {
    if (seen.has(symbol)) return;
    seen.add(symbol);
    for (const declaration of symbol.declarations ?? []) {
      const source = declaration.getSourceFile();
      const place = /\/dist\/(src\/.*)\.d\.ts$/.exec(source.fileName)?.[1];
      if (place === undefined || !isTopLevel(declaration)) continue;
      const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      const text = printer.printNode(ts.EmitHint.Unspecified, node, source).replace(/^export (declare )?/, '');
      const name = `${symbol.name} ${place}`;
      declared.set(name, [...(declared.get(name)?.split('\n') ?? []), text].join('\n'));
      node.forEachChild(function references(child): void {
        if (ts.isIdentifier(child)) {
          const found = checker.getSymbolAtLocation(child);
          if (found !== undefined) visit(own(found));
        }
        child.forEachChild(references);
      });
    }
  };
  for (const symbol of exported) visit(own(symbol));
  const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const names = exported.map(({ name }) => name).sort(byCodeUnit);
  const declarations = [...declared].sort(([a], [b]) => byCodeUnit(a, b)).map(([, text]) => text);
  return [['exports', ...names].join('\n  '), ...declarations, ''].join('\n\n');
}

function isTopLevel(declaration: ts.Declaration): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.isSourceFile(statement.parent);
}

/**
 * `npm test` compiles without a look at types (scripts/compile.mjs). This looks, at all that `npm run build` does, and makes the
 * declarations that the next test reads: the compiler uses one core, and the other tests go on beside it.
 */
describe('the compiler', function () {
  this.timeout(600_000);
  it('finds no mistake in the types of the sources, tests, benches and scripts', async () => {
    const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const child = spawn(process.execPath, [compiler, '-p', 'tsconfig.types.json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.deepEqual([said, code], ['', 0]);
  });
});

/** `FX_UPDATE_EXPECTED=1` writes the reports: read the difference, and change the version with it. */
describe('the public face of the package', function () {
  this.timeout(60_000);
  for (const name of ['stage', 'images']) {
    it(`is that of runpaper/${name} in its committed report, with every type in it: a change is a change of version`, () => {
      const report = `tests/sdk/${name}.api.txt`;
      const face = faceOf(`dist/src/sdk/${name}.d.ts`);
      if (UPDATE) writeFileSync(report, face);
      assert.equal(face, readFileSync(report, 'utf8'));
    });
  }
});
