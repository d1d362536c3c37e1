import { ts } from 'ts-morph';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { sha256 } from './identity.js';
import {
  resolveBinding,
  resolveExport,
  type Binding,
  type Declaration,
  type Module,
  type Modules,
  type Target,
} from './modules.js';
import { declarationWord, normalForm } from './normal-form.js';
import { passageOf, type Destination } from './specifiers.js';

/** What a piece of code is and where it leads. */
export interface Facts {
  /** Of the normal form and of what each name from outside of the declaration refers to. */
  readonly digest: string;
  readonly leads: readonly Lead[];
}

export type Lead =
  | { readonly to: 'declaration'; readonly declaration: Declaration }
  /** The module is loaded: what it does at its top counts. */
  | { readonly to: 'load'; readonly path: string }
  /** All of the module counts. */
  | { readonly to: 'whole'; readonly path: string }
  | { readonly to: 'outside'; readonly destination: Destination; readonly from: Module; readonly node: ts.Node };

/** Reads pieces of one module's code. */
export function factsOf(modules: Modules, module: Module, nodes: readonly ts.Node[]): Facts {
  const leads: Lead[] = [];
  const names = new Set<string>();

  const lead = (name: string, target: Target | undefined, node: ts.Node): void => {
    if (target === undefined) return;
    names.add(`${name} -> ${describe(target)}`);
    if (target.is === 'declaration') leads.push({ to: 'declaration', declaration: target.declaration });
    else if (target.is === 'module') leads.push({ to: 'whole', path: target.module.path });
    else leads.push({ to: 'outside', destination: target.destination, from: module, node });
  };
  const members = (name: string, target: Module, used: readonly string[] | undefined, node: ts.Node): void => {
    if (used === undefined) lead(name, { is: 'module', module: target }, node);
    for (const member of used ?? []) {
      const resolved = resolveExport(modules, target, member);
      // A re-exported namespace is used as a whole here: its own members are not followed.
      lead(
        `${name}.${member}`,
        resolved ?? (isOpaque(modules, target) ? { is: 'module', module: target } : undefined),
        node,
      );
    }
  };
  const identifier = (node: ts.Identifier): void => {
    if (node.text === 'eval' && ts.isCallExpression(node.parent) && node.parent.expression === node)
      leads.push({ to: 'whole', path: module.path });
    const local = moduleName(modules, module, node);
    if (local === undefined) return;
    const target = resolveBinding(modules, module, local.binding);
    if (target?.is === 'module') members(local.name, target.module, usesOf(modules, node), node);
    else lead(local.name, target, node);
  };
  const passage = (node: ts.Node): void => {
    const destination = passageOf(modules.tree, module.path, node);
    if (destination === undefined) return;
    names.add(`${node.kind === ts.SyntaxKind.MetaProperty ? 'url' : 'import'} -> ${describeDestination(destination)}`);
    const target = destination.to === 'module' ? modules.all.get(destination.path) : undefined;
    if (target === undefined || !ts.isCallExpression(node)) {
      leads.push({ to: 'outside', destination, from: module, node });
      return;
    }
    leads.push({ to: 'load', path: target.path });
    members(target.path, target, usesOfImport(modules, node), node);
  };

  const forms = nodes.map((node) => {
    const form = normalForm(node, (seen) => {
      if (ts.isIdentifier(seen)) identifier(seen);
      else passage(seen);
    });
    return ts.isVariableDeclaration(node) && ts.isVariableDeclarationList(node.parent)
      ? `${declarationWord(node.parent)} ${form}`
      : form;
  });
  return { digest: sha256([...forms, ...[...names].sort(byCodeUnit)].join('\n')), leads };
}

/** The name at the top of the module that an identifier refers to; undefined for local variables and globals. */
export function moduleName(
  modules: Modules,
  module: Module,
  node: ts.Identifier,
): { readonly name: string; readonly binding: Binding } | undefined {
  if (!module.bindings.has(node.text)) return undefined;
  for (const declaration of symbolOf(modules, node)?.declarations ?? []) {
    const name = module.declared.get(declaration);
    const binding = name === undefined ? undefined : module.bindings.get(name);
    if (name !== undefined && binding !== undefined) return { name, binding };
  }
  return undefined;
}

export function symbolOf(modules: Modules, node: ts.Identifier): ts.Symbol | undefined {
  return ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node
    ? modules.checker.getShorthandAssignmentValueSymbol(node.parent)
    : modules.checker.getSymbolAtLocation(node);
}

/** CommonJS modules: their exports are no declarations. */
function isOpaque(modules: Modules, module: Module): boolean {
  return module.exports.size === 0 && module.stars.length === 0 && modules.all.has(module.path);
}

/** The members of a module object that are used where it is the value of `node`; undefined if that is unknown. */
function usesOf(modules: Modules, node: ts.Node): readonly string[] | undefined {
  const value = outermost(node);
  const user = value.parent;
  if (ts.isPropertyAccessExpression(user) && user.expression === value) return [user.name.text];
  if (ts.isElementAccessExpression(user) && user.expression === value)
    return ts.isStringLiteralLike(user.argumentExpression) ? [user.argumentExpression.text] : undefined;
  if (ts.isVariableDeclaration(user) && user.initializer === value) return usesOfBinding(modules, user.name, user);
  // Awaited for its side effects.
  if (ts.isExpressionStatement(user) && ts.isAwaitExpression(value)) return [];
  return undefined;
}

/** The same for `import()`, whose value is a promise of a module object. */
function usesOfImport(modules: Modules, call: ts.CallExpression): readonly string[] | undefined {
  const promise = outermost(call);
  const user = promise.parent;
  if (ts.isAwaitExpression(user)) return usesOf(modules, user);
  if (ts.isPropertyAccessExpression(user) && user.name.text === 'then') {
    const then = user.parent;
    const callback = ts.isCallExpression(then) && then.expression === user ? then.arguments[0] : undefined;
    if (callback === undefined || !(ts.isArrowFunction(callback) || ts.isFunctionExpression(callback)))
      return undefined;
    const parameter = callback.parameters[0];
    if (parameter === undefined) return [];
    return parameter.dotDotDotToken === undefined ? usesOfBinding(modules, parameter.name, parameter) : undefined;
  }
  return ts.isArrayLiteralExpression(user) ? usesOfAll(modules, user, promise) : undefined;
}

/** `const [a, { b }] = await Promise.all([import('./a.js'), import('./b.js')])` */
function usesOfAll(modules: Modules, list: ts.ArrayLiteralExpression, promise: ts.Node): readonly string[] | undefined {
  const call = list.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== list || call.expression.getText() !== 'Promise.all')
    return undefined;
  const awaited = outermost(call).parent;
  const declaration = ts.isAwaitExpression(awaited) ? outermost(awaited).parent : undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  if (!ts.isArrayBindingPattern(declaration.name) || list.elements.some(ts.isSpreadElement)) return undefined;
  const element = declaration.name.elements[list.elements.indexOf(promise as ts.Expression)];
  if (element === undefined || ts.isOmittedExpression(element)) return [];
  return element.dotDotDotToken === undefined ? usesOfBinding(modules, element.name, element) : undefined;
}

/** The same for a variable or a parameter that holds the module object. */
function usesOfBinding(modules: Modules, name: ts.BindingName, declaration: ts.Node): readonly string[] | undefined {
  if (ts.isArrayBindingPattern(name)) return undefined;
  if (ts.isObjectBindingPattern(name)) {
    const keys: string[] = [];
    for (const { propertyName, name: local, dotDotDotToken } of name.elements) {
      const key = propertyName ?? local;
      if (dotDotDotToken !== undefined || !(ts.isIdentifier(key) || ts.isStringLiteral(key))) return undefined;
      keys.push(key.text);
    }
    return keys;
  }
  const scope = ts.findAncestor(declaration, ts.isFunctionLike);
  if (scope === undefined) return undefined;
  const used: string[] = [];
  const visit = (node: ts.Node): boolean => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return true;
    if (ts.isIdentifier(node) && node !== name && node.text === name.text) {
      if (symbolOf(modules, node)?.valueDeclaration !== declaration) return true;
      const members = usesOf(modules, node);
      if (members === undefined) return false;
      used.push(...members);
    }
    return ts.forEachChild(node, (child) => !visit(child)) !== true;
  };
  return visit(scope) ? used : undefined;
}

/** The node with the parentheses and types that are wrapped around it. */
function outermost(node: ts.Node): ts.Node {
  const { parent } = node;
  return ts.isParenthesizedExpression(parent) ||
    ts.isAsExpression(parent) ||
    ts.isSatisfiesExpression(parent) ||
    ts.isNonNullExpression(parent)
    ? outermost(parent)
    : node;
}

export function describe(target: Target): string {
  switch (target.is) {
    case 'declaration':
      return `${target.declaration.module.path}#${target.declaration.name}`;
    case 'module':
      return `${target.module.path}#*`;
    case 'outside':
      return `${describeDestination(target.destination)} ${target.name} of ${bareSpecifier(target)}`;
  }
}

/** Only a package's specifier says more than where it leads: which of its entry points. */
function bareSpecifier({ destination, specifier }: Target & { is: 'outside' }): string {
  return destination.to === 'package' || destination.to === 'builtin' ? specifier : 'it';
}

function describeDestination(destination: Destination): string {
  switch (destination.to) {
    case 'package':
      return `package ${destination.name}`;
    case 'builtin':
      return 'node';
    default:
      return `${destination.to} ${destination.path}`;
  }
}
