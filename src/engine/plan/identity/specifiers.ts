import { ts } from 'ts-morph';
import { posix } from 'node:path';
import { unwrap } from './normal-form.js';
import { isBuiltin, packageOf } from './packages.js';
import type { SourceTree } from './source-tree.js';

/** What a specifier in a module leads to. */
export type Destination =
  | { readonly to: 'module'; readonly path: string }
  /** A file that is data: JSON, weights, WebAssembly. */
  | { readonly to: 'content'; readonly path: string }
  /** Every file in a folder and below it. */
  | { readonly to: 'folder'; readonly path: string }
  /** Every module in a folder and below it. */
  | { readonly to: 'modules'; readonly path: string }
  | { readonly to: 'package'; readonly name: string }
  | { readonly to: 'builtin' }
  | { readonly to: 'missing'; readonly path: string };

/** A place in a module that leads to another module when it is evaluated. */
export interface Passage {
  readonly node: ts.Node;
  readonly destination: Destination;
}

/** TypeScript's sources of what is imported under a JavaScript name, first the likeliest. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.js', '.jsx'],
  '.jsx': ['.tsx', '.jsx'],
  '.mjs': ['.mts', '.mjs'],
  '.cjs': ['.cts', '.cjs'],
};

export function isModulePath(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path) && !/\.d\.[cm]?ts$/.test(path);
}

export function resolveSpecifier(tree: SourceTree, from: string, specifier: string): Destination {
  if (isBuiltin(specifier)) return { to: 'builtin' };
  if (!/^\.{0,2}\//.test(specifier) && specifier !== '.' && specifier !== '..')
    return { to: 'package', name: packageOf(specifier) };
  const path = posix.join(posix.dirname(from), specifier.replace(/[?#].*$/, ''));
  return resolvePath(tree, path) ?? { to: 'missing', path };
}

function resolvePath(tree: SourceTree, path: string): Destination | undefined {
  const extension = posix.extname(path);
  const sources = (SOURCES[extension] ?? []).map((other) => path.slice(0, -extension.length) + other);
  const candidates = sources.length > 0 ? sources : isModulePath(path) ? [path] : [path, `${path}.ts`, `${path}.js`];
  const found = candidates.find((candidate) => tree.read(candidate) !== undefined);
  if (found === undefined) return undefined;
  return isModulePath(found) ? { to: 'module', path: found } : { to: 'content', path: found };
}

/**
 * The passages within a module's code: `import()`, `require()`, `new URL(..., import.meta.url)`,
 * `import.meta.resolve()`. What has a literal leads to a file or a package; what starts with a literal folder
 * (`./kernels/${name}.js`), to that folder; anything else, to the folder of the module.
 */
export function passages(tree: SourceTree, path: string, source: ts.SourceFile): readonly Passage[] {
  if (!/\bimport\b|\brequire\b/.test(source.text)) return [];
  const found: Passage[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    const destination = passageOf(tree, path, node);
    if (destination !== undefined) found.push({ node, destination });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Where a node leads, if it is a passage. */
export function passageOf(tree: SourceTree, path: string, node: ts.Node): Destination | undefined {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return destinationOf(tree, path, node.arguments[0]);
  if (ts.isCallExpression(node) && isRequire(node.expression)) return destinationOf(tree, path, node.arguments[0]);
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
    return metaDestination(tree, path, node);
  return undefined;
}

/** `require` and `require.resolve`: the global one or what `createRequire` gave, by its customary name. */
function isRequire(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'resolve' && isRequire(callee.expression);
}

function destinationOf(tree: SourceTree, path: string, argument: ts.Node | undefined): Destination {
  const { head, whole } = literalHead(argument);
  if (whole) return resolveSpecifier(tree, path, head);
  return { to: 'modules', path: headFolder(path, head) };
}

function metaDestination(tree: SourceTree, path: string, meta: ts.MetaProperty): Destination | undefined {
  const access = meta.parent;
  if (ts.isPropertyAccessExpression(access) && access.expression === meta) {
    const use = access.parent;
    if (access.name.text === 'resolve' && ts.isCallExpression(use) && use.expression === access)
      return destinationOf(tree, path, use.arguments[0]);
    if (access.name.text === 'url') {
      if (ts.isCallExpression(use) && ts.isIdentifier(use.expression) && use.expression.text === 'createRequire')
        return undefined;
      if (isUrl(use) && use.arguments?.[1] === access) return urlDestination(tree, path, use.arguments[0]);
    }
  }
  return { to: 'folder', path: posix.dirname(path) };
}

function isUrl(node: ts.Node): node is ts.NewExpression {
  return ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL';
}

/**
 * A URL relative to the module: as the source lies, else as the compiled module lies (in `dist/`, under the source's own
 * path), for a file that is not compiled along. A folder that is no folder of sources tells nothing.
 */
function urlDestination(tree: SourceTree, path: string, argument: ts.Node | undefined): Destination {
  const { head, whole } = literalHead(argument);
  if (!whole) return { to: 'folder', path: headFolder(path, head) };
  const home = posix.dirname(path);
  const fromSource = trimmed(posix.join(home, head));
  for (const target of [fromSource, trimmed(posix.join('dist', home, head))]) {
    if (target.startsWith('dist/')) continue;
    const file = tree.read(target) === undefined ? resolvePath(tree, target) : fileAt(target);
    if (file !== undefined) return file;
    if (target !== '.' && tree.list(target).length > 0) return { to: 'folder', path: target };
  }
  return head.endsWith('/') ? { to: 'folder', path: home } : { to: 'missing', path: fromSource };
}

function fileAt(path: string): Destination {
  return isModulePath(path) ? { to: 'module', path } : { to: 'content', path };
}

/** The literal text that an expression's value starts with, and whether that is all of it. */
function literalHead(node: ts.Node | undefined): { readonly head: string; readonly whole: boolean } {
  if (node === undefined) return { head: '', whole: false };
  const expression = unwrap(node);
  if (ts.isStringLiteralLike(expression)) return { head: expression.text, whole: true };
  if (ts.isTemplateExpression(expression)) return { head: expression.head.text, whole: false };
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return { head: literalHead(expression.left).head, whole: false };
  return { head: '', whole: false };
}

function headFolder(path: string, head: string): string {
  const folder = head.startsWith('.') ? head.slice(0, head.lastIndexOf('/') + 1) : '';
  return trimmed(posix.join(posix.dirname(path), folder));
}

function trimmed(folder: string): string {
  return folder.length > 1 && folder.endsWith('/') ? folder.slice(0, -1) : folder;
}
