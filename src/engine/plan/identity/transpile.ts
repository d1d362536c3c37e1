import { dirname, join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ts } from 'ts-morph';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { IdentityCode } from './identity.js';
import { readModules } from './modules.js';
import { isOwnPackage, ownPackage, packageOf } from './packages.js';
import { resolveSpecifier } from './specifiers.js';
import type { SourceTree } from './source-tree.js';

/** A module and what it imports of the project, as Node can run them. Paths are relative to wherever they are put. */
export interface Emitted {
  readonly entry: string;
  readonly files: readonly { readonly path: string; readonly content: string | Uint8Array }[];
}

/**
 * Translates a module and, however deep, its relative imports. Types are taken away; nothing is checked. `import.meta`
 * keeps speaking of the sources, so that files beside them are found. Fails where there is no such module and where it
 * imports from outside of the project.
 */
export function transpile(
  tree: SourceTree,
  root: string,
  entry: string,
): Result<Emitted, readonly Diagnostic<IdentityCode>[]> {
  const modules = readModules(tree, [entry]);
  if (!modules.all.has(entry)) return fail(failure('identity/missing-module', `there is no module ${entry}`));
  const files = new Map<string, string | Uint8Array>([['package.json', '{ "type": "module" }\n']]);
  for (const module of modules.all.values()) {
    if (module.path.startsWith('..')) {
      const help = 'move it into the project, or make it a package';
      return fail(failure('identity/leaves-project', `${entry} imports ${module.path}, outside of the project`, help));
    }
    for (const specifier of module.loads) {
      const data = modules.destination(module, specifier);
      if (data.to === 'content') files.set(data.path, tree.read(data.path)!);
    }
    const isCommonJs = /\.c[jt]s$/.test(module.path);
    files.set(
      emittedPath(module.path),
      isCommonJs ? module.source.text : emit(tree, root, module.path, module.source.text),
    );
  }
  const sorted = [...files].sort(([a], [b]) => byCodeUnit(a, b)).map(([path, content]) => ({ path, content }));
  return ok({ entry: emittedPath(entry), files: sorted });
}

function emittedPath(path: string): string {
  return path.replace(/\.([cm]?)[jt]sx?$/, '.$1js');
}

function emit(tree: SourceTree, root: string, path: string, text: string): string {
  const file = join(root, path);
  const { outputText } = ts.transpileModule(text, {
    fileName: posix.basename(path),
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.ReactJSX,
      inlineSourceMap: true,
      sourceRoot: pathToFileURL(dirname(file)).href,
    },
    // After types are gone: what is changed before that is no longer known to be a type's import.
    transformers: { after: [rewriting(tree, path, file)] },
  });
  return outputText;
}

function rewriting(tree: SourceTree, path: string, file: string): ts.TransformerFactory<ts.SourceFile> {
  const specifier = (literal: ts.Expression | undefined): ts.Expression | undefined => {
    if (literal === undefined || !ts.isStringLiteralLike(literal)) return literal;
    // The fx that runs, not one that may be installed in the project: the contract is shared with it.
    const name = packageOf(literal.text);
    if (isOwnPackage(name))
      return ts.factory.createStringLiteral(import.meta.resolve(ownPackage().name + literal.text.slice(name.length)));
    const destination = resolveSpecifier(tree, path, literal.text);
    if (destination.to !== 'module') return literal;
    const relative = posix.relative(posix.dirname(path), emittedPath(destination.path));
    return ts.factory.createStringLiteral(relative.startsWith('.') ? relative : `./${relative}`);
  };
  const meta: Readonly<Record<string, string>> = {
    url: pathToFileURL(file).href,
    filename: file,
    dirname: dirname(file),
  };
  return (context) => (source) => {
    const { factory } = context;
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isImportDeclaration(node)) {
        const { modifiers, importClause, moduleSpecifier, attributes } = node;
        return factory.updateImportDeclaration(node, modifiers, importClause, specifier(moduleSpecifier)!, attributes);
      }
      if (ts.isExportDeclaration(node)) {
        const { modifiers, isTypeOnly, exportClause, moduleSpecifier, attributes } = node;
        const to = specifier(moduleSpecifier);
        return factory.updateExportDeclaration(node, modifiers, isTypeOnly, exportClause, to, attributes);
      }
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const [to, ...rest] = node.arguments.map((argument) => ts.visitNode(argument, visit, ts.isExpression));
        return factory.updateCallExpression(node, node.expression, undefined, [specifier(to)!, ...rest]);
      }
      // The source of a worker: it is translated too, and lies as the sources do.
      if (ts.isNewExpression(node) && leadsToModule(tree, path, node)) return node;
      if (ts.isPropertyAccessExpression(node) && ts.isMetaProperty(node.expression)) {
        const value = meta[node.name.text];
        if (value !== undefined) return factory.createStringLiteral(value);
      }
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(source, visit, context);
  };
}

function leadsToModule(tree: SourceTree, path: string, node: ts.NewExpression): boolean {
  const [target] = node.arguments ?? [];
  if (!ts.isIdentifier(node.expression) || node.expression.text !== 'URL') return false;
  if (target === undefined || !ts.isStringLiteralLike(target) || !/^\.\.?\//.test(target.text)) return false;
  return resolveSpecifier(tree, path, target.text).to === 'module';
}
