import { ts } from 'ts-morph';
import { present } from '../../../foundation/values/present.js';
import { resolveBinding, type Module, type Modules } from './modules.js';
import { unwrap } from './normal-form.js';
import { moduleName, symbolOf } from './references.js';

/**
 * Whether making the value of a declaration at the top of a module may change something that others see: a registry, an
 * array that another declaration made, a global. Such a declaration counts for all who load the module; any other, only
 * for those who name it. If that is unknown, the answer is yes.
 *
 * Methods are looked up by name: a call of `add` stands for every method `add` in the modules at hand, and for those of
 * JavaScript's own classes.
 */
export type HasEffects = (declaration: ts.Node) => boolean;

type Callable = ts.FunctionLikeDeclaration | ts.ClassStaticBlockDeclaration;

/** Functions and namespaces of the language that leave everything but their result alone. */
const PURE_GLOBALS = new Set(
  'Array BigInt Boolean Error Number Object RangeError RegExp String Symbol TypeError isFinite isNaN parseFloat parseInt structuredClone'.split(
    ' ',
  ),
);
const PURE_NAMESPACES = new Set(
  'Array ArrayBuffer BigInt Buffer Float32Array Float64Array Int16Array Int32Array Int8Array JSON Math Number Object Promise String Symbol Uint16Array Uint32Array Uint8Array Uint8ClampedArray URL'.split(
    ' ',
  ),
);
const PURE_CLASSES = new Set(
  `${[...PURE_NAMESPACES].join(' ')} AbortController BigInt64Array BigUint64Array DataView Date Error Intl Map RangeError RegExp Set SharedArrayBuffer TextDecoder TextEncoder TypeError WeakMap WeakSet`.split(
    ' ',
  ),
);
/** Of `Object`, `Reflect` and typed arrays: these write to their first argument. */
const WRITES_ARGUMENT = new Set(
  'assign defineProperties defineProperty freeze preventExtensions seal setPrototypeOf'.split(' '),
);
/** Methods of the language's classes that only read; of these, the second set gives a new object. */
const READING_METHODS = new Set(
  'at charAt charCodeAt codePointAt endsWith entries every exec find findIndex findLast forEach get getTime has hasOwnProperty includes indexOf join keys lastIndexOf localeCompare match padEnd padStart reduce reduceRight replace replaceAll search some startsWith subarray test then toFixed toISOString toLowerCase toPrecision toString toUpperCase trim trimEnd trimStart valueOf values'.split(
    ' ',
  ),
);
const COPYING_METHODS = new Set(
  'concat filter flat flatMap map slice split toReversed toSorted toSpliced with'.split(' '),
);
const WRITING_METHODS = new Set(
  'add clear copyWithin delete fill pop push reverse set setUint16 setUint32 setUint8 setFloat32 shift sort splice unshift'.split(
    ' ',
  ),
);

export function effectsIn(modules: Modules): HasEffects {
  const methods = methodsByName(modules);
  const moduleOf = new Map([...modules.all.values()].map((module) => [module.source, module]));
  const known = new Map<Callable, { fresh?: boolean; foreign?: boolean }>();

  const owner = (node: ts.Node): Module => present(moduleOf, node.getSourceFile());

  /** The declaration of a name that is neither a global nor at the top of its module. */
  const localDeclaration = (id: ts.Identifier): ts.Declaration | undefined => {
    if (moduleName(modules, owner(id), id) !== undefined) return undefined;
    const symbol = symbolOf(modules, id);
    return symbol?.valueDeclaration ?? symbol?.declarations?.[0];
  };
  const isGlobal = (id: ts.Identifier): boolean =>
    moduleName(modules, owner(id), id) === undefined && localDeclaration(id) === undefined;
  const targetOf = (id: ts.Identifier): ReturnType<typeof resolveBinding> => {
    const module = owner(id);
    const named = moduleName(modules, module, id);
    return named && resolveBinding(modules, module, named.binding);
  };

  /** Whether an object was made here and nobody else holds it. `thisFresh`: whether `this` is such an object. */
  const isFresh = (node: ts.Node, thisFresh: boolean): boolean => {
    const value = unwrap(node);
    if (value.kind === ts.SyntaxKind.ThisKeyword) return thisFresh;
    if (ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value) || ts.isNewExpression(value))
      return true;
    if (ts.isIdentifier(value)) {
      const declaration = localDeclaration(value);
      return (
        declaration !== undefined &&
        ts.isVariableDeclaration(declaration) &&
        ts.isVariableDeclarationList(declaration.parent) &&
        (declaration.parent.flags & ts.NodeFlags.Const) !== 0 &&
        declaration.initializer !== undefined &&
        isFresh(declaration.initializer, thisFresh)
      );
    }
    if (!ts.isCallExpression(value) || !ts.isPropertyAccessExpression(value.expression)) return false;
    const { expression: receiver, name } = value.expression;
    if (ts.isIdentifier(receiver) && isGlobal(receiver) && PURE_NAMESPACES.has(receiver.text))
      return !WRITES_ARGUMENT.has(name.text) || value.arguments.slice(0, 1).some((a) => isFresh(a, thisFresh));
    return COPYING_METHODS.has(name.text) && !methods.has(name.text);
  };

  /** Whether writing to this place changes what others see. */
  const writes = (node: ts.Node, thisFresh: boolean): boolean => {
    const place = unwrap(node);
    if (ts.isIdentifier(place)) return localDeclaration(place) === undefined;
    if (ts.isPropertyAccessExpression(place) || ts.isElementAccessExpression(place))
      return !isFresh(place.expression, thisFresh);
    if (ts.isArrayLiteralExpression(place))
      return place.elements.some((element) => !ts.isOmittedExpression(element) && writes(element, thisFresh));
    return true;
  };

  const callable = (fn: Callable, thisFresh: boolean): boolean => {
    const slot = thisFresh ? 'fresh' : 'foreign';
    const entry = known.get(fn) ?? {};
    known.set(fn, entry);
    // While it is being looked at, a recursive call adds nothing.
    if (entry[slot] !== undefined) return entry[slot];
    entry[slot] = false;
    const parts = ts.isClassStaticBlockDeclaration(fn) ? [fn.body] : [...fn.parameters, fn.body];
    return (entry[slot] = parts.some((part) => part !== undefined && changes(part, thisFresh)));
  };

  const construct = (node: ts.ClassLikeDeclaration): boolean => {
    for (const member of node.members) {
      const isStatic =
        ts.canHaveModifiers(member) && member.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
      if (ts.isConstructorDeclaration(member) && member.body !== undefined && callable(member, true)) return true;
      if (ts.isPropertyDeclaration(member) && isStatic !== true && member.initializer !== undefined) {
        if (changes(member.initializer, true)) return true;
      }
    }
    const base = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    return base !== undefined && constructs(base.expression);
  };

  /** `new X`. */
  const constructs = (node: ts.Node): boolean => {
    const callee = unwrap(node);
    if (ts.isClassExpression(callee)) return construct(callee);
    if (!ts.isIdentifier(callee)) return true;
    const made = definitions(callee);
    if (made === undefined) return !(isGlobal(callee) && PURE_CLASSES.has(callee.text)) && !isBuiltinImport(callee);
    return made.some((value) =>
      ts.isClassLike(value) ? construct(value) : ts.isFunctionLike(value) ? callable(value as Callable, true) : true,
    );
  };

  const isBuiltinImport = (id: ts.Identifier): boolean => {
    const target = targetOf(id);
    return target?.is === 'outside' && target.destination.to === 'builtin';
  };

  /** The functions or other values that a name stands for, as far as our sources tell. */
  const definitions = (id: ts.Identifier): readonly ts.Node[] | undefined => {
    const target = targetOf(id);
    const nodes = target?.is === 'declaration' ? target.declaration.nodes : undefined;
    const local = nodes === undefined ? localDeclaration(id) : undefined;
    return (nodes ?? (local === undefined ? undefined : [local]))?.map((node) => {
      if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isIdentifier(node.name))
        return unwrap(node.initializer);
      return ts.isExportAssignment(node) ? unwrap(node.expression) : node;
    });
  };

  /** `f()` where `f` is a name. */
  const callsName = (id: ts.Identifier): boolean => {
    if (isBuiltinImport(id)) return false;
    const values = definitions(id);
    if (values === undefined) return !(isGlobal(id) && PURE_GLOBALS.has(id.text));
    // What is given as a parameter was looked at where it was given.
    return values.some((value) => !ts.isParameter(value) && !(isFunction(value) && !callable(value, false)));
  };

  /** `a.b()`. */
  const callsMethod = (access: ts.PropertyAccessExpression, args: readonly ts.Node[], thisFresh: boolean): boolean => {
    const receiver = unwrap(access.expression);
    const name = access.name.text;
    if (ts.isIdentifier(receiver)) {
      if (isGlobal(receiver) && PURE_NAMESPACES.has(receiver.text))
        return WRITES_ARGUMENT.has(name) && !(args[0] !== undefined && isFresh(args[0], thisFresh));
      const target = targetOf(receiver);
      if (target?.is === 'outside') return target.destination.to !== 'builtin';
    }
    const fresh = isFresh(receiver, thisFresh);
    const own = methods.get(name) ?? [];
    if (own.some((method) => callable(method, fresh))) return true;
    if (READING_METHODS.has(name) || COPYING_METHODS.has(name)) return false;
    if (WRITING_METHODS.has(name)) return !fresh;
    return own.length === 0;
  };

  const calls = (
    node: ts.CallExpression | ts.NewExpression | ts.TaggedTemplateExpression,
    thisFresh: boolean,
  ): boolean => {
    const args = ts.isTaggedTemplateExpression(node) ? [node.template] : (node.arguments ?? []);
    if (args.some((argument) => changes(argument, thisFresh) || gives(argument))) return true;
    const callee = unwrap(ts.isTaggedTemplateExpression(node) ? node.tag : node.expression);
    if (ts.isNewExpression(node)) return constructs(callee);
    if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
    if (callee.kind === ts.SyntaxKind.SuperKeyword) return false;
    if (isFunction(callee)) return callable(callee, false);
    if (ts.isIdentifier(callee)) return callsName(callee);
    if (ts.isPropertyAccessExpression(callee))
      return changes(callee.expression, thisFresh) || callsMethod(callee, args, thisFresh);
    return true;
  };

  /** Whether a function handed over in an argument would change something if it were called. */
  const gives = (node: ts.Node): boolean => {
    const value = unwrap(node);
    if (isFunction(value)) return callable(value, false);
    if (ts.isIdentifier(value) && targetOf(value)?.is === 'declaration')
      return definitions(value)!.some((made) => isFunction(made) && callable(made, false));
    if (ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value) || ts.isPropertyAssignment(value))
      return ts.forEachChild(value, gives) === true;
    return false;
  };

  const changes = (node: ts.Node, thisFresh: boolean): boolean => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return false;
    if (ts.isFunctionLike(node)) return ts.isMethodDeclaration(node) && changes(node.name, thisFresh);
    if (ts.isDecorator(node)) return true;
    if (ts.isPropertyDeclaration(node) && node.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) !== true)
      return changes(node.name, thisFresh) || node.modifiers?.some(ts.isDecorator) === true;
    if (ts.isClassStaticBlockDeclaration(node)) return callable(node, true);
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind) && writes(node.left, thisFresh))
      return true;
    if (ts.isDeleteExpression(node) && writes(node.expression, thisFresh)) return true;
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const steps = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
      if (steps && writes(node.operand, thisFresh)) return true;
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node))
      return calls(node, thisFresh);
    if (ts.isPropertyAccessExpression(node)) {
      const getters = (methods.get(node.name.text) ?? []).filter(ts.isGetAccessor);
      if (getters.some((getter) => callable(getter, isFresh(node.expression, thisFresh)))) return true;
    }
    return ts.forEachChild(node, (child) => changes(child, thisFresh)) === true;
  };

  return (declaration) => changes(declaration, false);
}

function isFunction(node: ts.Node): node is ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction {
  return ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** Every function that is a member of a class or an object, by the member's name. */
function methodsByName(modules: Modules): ReadonlyMap<string, readonly Callable[]> {
  const found = new Map<string, Callable[]>();
  const add = (name: ts.Node, fn: ts.Node): void => {
    if (!(ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteral(name))) return;
    const list = found.get(name.text) ?? [];
    found.set(name.text, list);
    list.push(fn as Callable);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) add(node.name, node);
    if ((ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) && node.initializer !== undefined) {
      const value = unwrap(node.initializer);
      if (isFunction(value)) add(node.name, value);
    }
    ts.forEachChild(node, visit);
  };
  for (const module of modules.all.values()) visit(module.source);
  return found;
}
