import { posix } from 'node:path';
import { ts } from 'ts-morph';
import type { Diagnostic, Position } from '../../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../../foundation/failures/result.js';
import { effectsIn } from './effects.js';
import {
  assembleIdentity,
  CONTENT,
  MODULE_LEVEL,
  sha256,
  type CodeIdentity,
  type DeclarationIdentity,
  type Entry,
  type IdentityCode,
  type PackageIdentity,
} from './identity.js';
import { readModules, resolveExport, type Declaration, type Module, type Modules } from './modules.js';
import { unwrap } from './normal-form.js';
import { installedPackages } from './packages.js';
import { describe, factsOf, type Facts, type Lead } from './references.js';
import { isModulePath, type Destination } from './specifiers.js';
import type { SourceTree } from './source-tree.js';

/**
 * The identities of several entries in one tree; they share the parsing. Fails where an entry, a module, a file or a
 * package that is reached does not exist, or a reached module does not parse.
 *
 * What is reached: code runs only if a declaration that runs names it, or if it stands at the top of a module that is
 * loaded, or if it is handed in. So from the entry every name is followed to its declaration, and every module that is
 * loaded on the way counts with what it does at its top.
 */
export function codeIdentities(
  tree: SourceTree,
  entries: readonly Entry[],
): readonly Result<CodeIdentity, readonly Diagnostic<IdentityCode>[]>[] {
  const modules = readModules(tree, [...new Set(entries.map((entry) => entry.module))]);
  const code = readCode(modules);
  return entries.map((entry) => identityFrom(code, entry));
}

/** {@link codeIdentities} of one entry. */
export function codeIdentity(
  tree: SourceTree,
  entry: Entry,
): Result<CodeIdentity, readonly Diagnostic<IdentityCode>[]> {
  return codeIdentities(tree, [entry])[0]!;
}

/** The facts of each piece of code, read once however many entries reach it. */
interface Code {
  readonly modules: Modules;
  declaration(declaration: Declaration): Facts;
  /** What the module does when it is loaded; undefined where it only declares. */
  topLevel(module: Module): Facts | undefined;
}

function readCode(modules: Modules): Code {
  const hasEffects = effectsIn(modules);
  const declarations = new Map<ts.Node, Facts>();
  const topLevels = new Map<Module, Facts | undefined>();
  return {
    modules,
    declaration({ module, nodes }) {
      let facts = declarations.get(nodes[0]!);
      if (facts === undefined) declarations.set(nodes[0]!, (facts = factsOf(modules, module, nodes)));
      return facts;
    },
    topLevel(module) {
      if (!topLevels.has(module)) {
        const nodes: ts.Node[] = [...module.statements];
        for (const binding of new Set(module.bindings.values())) {
          if (binding.is !== 'declaration') continue;
          nodes.push(...binding.declaration.nodes.filter((node) => !nodes.includes(node) && hasEffects(node)));
        }
        nodes.sort((a, b) => a.pos - b.pos);
        topLevels.set(module, nodes.length === 0 ? undefined : factsOf(modules, module, nodes));
      }
      return topLevels.get(module);
    },
  };
}

function identityFrom(code: Code, entry: Entry): Result<CodeIdentity, readonly Diagnostic<IdentityCode>[]> {
  const { modules } = code;
  const { tree } = modules;
  const declarations = new Map<string, DeclarationIdentity>();
  const packages = new Map<string, PackageIdentity>();
  const diagnostics = new Map<string, Diagnostic<IdentityCode>>();
  const pending: Lead[] = [];
  const visited = new Set<unknown>();

  const problem = (found: Diagnostic<IdentityCode>): void =>
    void diagnostics.set(JSON.stringify([found.code, found.message]), found);
  const record = (file: string, name: string, digest: string): void =>
    void declarations.set(`${file}#${name}`, { name, file, digest });
  /** True the first time. */
  const first = (thing: unknown): boolean => {
    const isNew = !visited.has(thing);
    visited.add(thing);
    return isNew;
  };

  const loadModule = (path: string): void => {
    const module = modules.all.get(path);
    if (module === undefined || !first(module)) return;
    for (const error of modules.syntaxErrors(module)) problem(syntaxProblem(module, error));
    for (const specifier of module.loads) {
      const destination = modules.destination(module, specifier);
      if (destination.to === 'module') pending.push({ to: 'load', path: destination.path });
      else if (destination.to === 'missing') problem(missing(module, module.source, destination));
    }
    for (const specifier of module.bare) {
      const destination = modules.destination(module, specifier);
      if (destination.to !== 'module') pending.push({ to: 'outside', destination, from: module, node: module.source });
    }
    const facts = code.topLevel(module);
    if (facts === undefined) return;
    record(path, MODULE_LEVEL, facts.digest);
    pending.push(...facts.leads);
  };
  const reachDeclaration = (declaration: Declaration): void => {
    const { module, name, nodes } = declaration;
    if (!first(nodes[0])) return;
    const facts = code.declaration(declaration);
    record(module.path, name, facts.digest);
    pending.push({ to: 'load', path: module.path }, ...facts.leads);
  };
  const reachWhole = (path: string): void => {
    const module = modules.all.get(path);
    if (module === undefined || !first(`whole ${path}`)) return;
    pending.push({ to: 'load', path });
    for (const binding of module.bindings.values())
      if (binding.is === 'declaration') reachDeclaration(binding.declaration);
    for (const name of module.exports.keys()) {
      const target = resolveExport(modules, module, name);
      if (target?.is === 'declaration') reachDeclaration(target.declaration);
      else if (target?.is === 'module') pending.push({ to: 'whole', path: target.module.path });
      else if (target !== undefined)
        pending.push({ to: 'outside', destination: target.destination, from: module, node: module.source });
    }
    for (const specifier of module.stars) {
      const destination = modules.destination(module, specifier);
      if (destination.to === 'module') pending.push({ to: 'whole', path: destination.path });
      else pending.push({ to: 'outside', destination, from: module, node: module.source });
    }
  };
  const reachContent = (path: string): void => {
    const bytes = first(`content ${path}`) ? tree.read(path) : undefined;
    if (bytes !== undefined) record(path, CONTENT, sha256(bytes));
  };
  const reachPackage = (name: string, from: Module, node: ts.Node): void => {
    if (!first(`package ${name}`)) return;
    const installed = installedPackages(tree, name, posix.dirname(from.path));
    if (installed === undefined) {
      problem({
        code: 'identity/missing-package',
        severity: 'error',
        message: `the package ${name} is imported and not installed`,
        place: placeOf(from, node),
        help: `npm install ${name}`,
      });
    }
    for (const found of installed ?? []) packages.set(`${found.name}@${found.version}`, found);
  };
  const reachElsewhere = (destination: Destination, from: Module, node: ts.Node): void => {
    switch (destination.to) {
      case 'module':
        reachWhole(destination.path);
        break;
      case 'content':
        reachContent(destination.path);
        break;
      case 'package':
        reachPackage(destination.name, from, node);
        break;
      case 'missing':
        problem(missing(from, node, destination));
        break;
      case 'folder':
      case 'modules':
        for (const path of tree.list(destination.path)) {
          if (isModulePath(path)) reachWhole(path);
          else if (destination.to === 'folder' || /\.(json|node|wasm)$/.test(path)) reachContent(path);
        }
        break;
      case 'builtin':
    }
  };

  const root = entryOf(code, entry);
  if (!root.ok) return root;
  pending.push({ to: 'load', path: root.value.declaration.module.path });
  if (root.value.facts === undefined) reachDeclaration(root.value.declaration);
  else {
    record(root.value.declaration.module.path, root.value.declaration.name, root.value.facts.digest);
    pending.push(...root.value.facts.leads);
  }
  for (let lead = pending.pop(); lead !== undefined; lead = pending.pop()) {
    if (lead.to === 'declaration') reachDeclaration(lead.declaration);
    else if (lead.to === 'load') loadModule(lead.path);
    else if (lead.to === 'whole') reachWhole(lead.path);
    else reachElsewhere(lead.destination, lead.from, lead.node);
  }
  if (diagnostics.size > 0) return err([...diagnostics.values()]);
  return ok(
    assembleIdentity(
      describe({ is: 'declaration', declaration: root.value.declaration }),
      [...declarations.values()],
      [...packages.values()],
    ),
  );
}

interface Root {
  readonly declaration: Declaration;
  /** Of the members that count; undefined where all of it counts. */
  readonly facts: Facts | undefined;
}

function entryOf({ modules }: Code, entry: Entry): Result<Root, readonly Diagnostic<IdentityCode>[]> {
  const module = modules.all.get(entry.module);
  if (module === undefined) {
    return err([{ code: 'identity/missing-module', severity: 'error', message: `there is no module ${entry.module}` }]);
  }
  let target = resolveExport(modules, module, entry.export);
  // `export default kind` gives what `kind` names.
  while (target?.is === 'declaration') {
    const node = target.declaration.nodes[0]!;
    const value = ts.isExportAssignment(node) ? unwrap(node.expression) : undefined;
    if (value === undefined || !ts.isIdentifier(value)) break;
    const home: Module = target.declaration.module;
    const binding = home.bindings.get(value.text);
    if (binding?.is !== 'declaration') break;
    target = binding;
  }
  if (target?.is !== 'declaration') {
    const names = [...module.exports.keys()].join(', ');
    return err([
      {
        code: 'identity/missing-export',
        severity: 'error',
        message: `${entry.module} does not export ${entry.export}`,
        place: placeOf(module, module.source),
        help: names === '' ? 'it exports nothing' : `it exports ${names}`,
      },
    ]);
  }
  const { declaration } = target;
  const literal = declaration.nodes.map(literalOf)[0];
  if (entry.members === undefined || literal === undefined) return ok({ declaration, facts: undefined });
  const wanted = new Set(entry.members);
  const nodes = literal.properties.filter(({ name }) => name !== undefined && wanted.has(memberName(name) ?? ''));
  // A spread or a computed name may stand for any member; `this` may reach any other.
  const isOpen =
    literal.properties.some(({ name }) => name === undefined || memberName(name) === undefined) || nodes.some(saysThis);
  return ok({ declaration, facts: isOpen ? undefined : factsOf(modules, declaration.module, nodes) });
}

function saysThis(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.ThisKeyword || ts.forEachChild(node, saysThis) === true;
}

function memberName(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
}

function literalOf(node: ts.Node): ts.ObjectLiteralExpression | undefined {
  const value = ts.isVariableDeclaration(node)
    ? node.initializer
    : ts.isExportAssignment(node)
      ? node.expression
      : undefined;
  const inner = value === undefined ? undefined : unwrap(value);
  return inner !== undefined && ts.isObjectLiteralExpression(inner) ? inner : undefined;
}

function missing(from: Module, node: ts.Node, destination: Destination & { to: 'missing' }): Diagnostic<IdentityCode> {
  return {
    code: 'identity/missing-file',
    severity: 'error',
    message: `${from.path} refers to ${destination.path}, which does not exist`,
    place: placeOf(from, node),
  };
}

function syntaxProblem(
  module: Module,
  { messageText, start = 0, length = 0 }: ts.Diagnostic,
): Diagnostic<IdentityCode> {
  return {
    code: 'identity/syntax',
    severity: 'error',
    message: `${module.path} does not parse: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    place: { file: module.path, start: positionOf(module, start), end: positionOf(module, start + length) },
  };
}

function placeOf(module: Module, node: ts.Node): NonNullable<Diagnostic['place']> {
  const whole = node === module.source;
  return {
    file: module.path,
    start: positionOf(module, whole ? 0 : node.getStart(module.source)),
    end: positionOf(module, whole ? 0 : node.end),
  };
}

function positionOf(module: Module, offset: number): Position {
  const { line, character } = module.source.getLineAndCharacterOfPosition(offset);
  return { line: line + 1, column: character + 1 };
}
