import { Project, ts } from 'ts-morph';
import { isDeclared, isTypeDeclaration } from './normal-form.js';
import { passages, isModulePath, resolveSpecifier, type Destination } from './specifiers.js';
import type { SourceTree } from './source-tree.js';

/** A declaration at the top of a module: the grain of code identity. */
export interface Declaration {
  readonly module: Module;
  readonly name: string;
  /** More than one where TypeScript merges them. A variable's is its declarator. */
  readonly nodes: readonly ts.Node[];
}

/** What a name at the top of a module stands for. */
export type Binding =
  | { readonly is: 'declaration'; readonly declaration: Declaration }
  /** `name` is `*` for the module object. */
  | { readonly is: 'import'; readonly specifier: string; readonly name: string };

export interface Module {
  readonly path: string;
  readonly source: ts.SourceFile;
  /** By local name. */
  readonly bindings: ReadonlyMap<string, Binding>;
  /** The nodes that declare those names, to tell them from local variables of the same name. */
  readonly declared: ReadonlyMap<ts.Node, string>;
  readonly exports: ReadonlyMap<string, Exported>;
  /** Specifiers of `export * from`. */
  readonly stars: readonly string[];
  /** Specifiers of all imports and re-exports that are left after types are erased: these modules are loaded. */
  readonly loads: readonly string[];
  /** Specifiers of `import 'x'`. */
  readonly bare: readonly string[];
  /** Statements that are no declarations. */
  readonly statements: readonly ts.Statement[];
}

export type Exported =
  | { readonly is: 'local'; readonly name: string }
  | { readonly is: 'import'; readonly specifier: string; readonly name: string };

/** Modules parsed together with all that they may load, so that names can be resolved across them. */
export interface Modules {
  readonly tree: SourceTree;
  readonly all: ReadonlyMap<string, Module>;
  readonly checker: ts.TypeChecker;
  destination(from: Module, specifier: string): Destination;
  syntaxErrors(module: Module): readonly ts.Diagnostic[];
}

/** Parses the modules and, however deep, whatever they import or may import. Types are not looked at. */
export function readModules(tree: SourceTree, entries: readonly string[]): Modules {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    compilerOptions: {
      noLib: true,
      noResolve: true,
      allowJs: true,
      types: [],
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      moduleDetection: ts.ModuleDetectionKind.Force,
    },
  });
  const all = new Map<string, Module>();
  const queue = [...entries];
  const follow = (destination: Destination): void => {
    if (destination.to === 'module') queue.push(destination.path);
    else if (destination.to === 'folder' || destination.to === 'modules')
      queue.push(...tree.list(destination.path).filter(isModulePath));
  };
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const bytes = all.has(path) ? undefined : tree.read(path);
    if (bytes === undefined) continue;
    const source = project.createSourceFile(virtual(path), new TextDecoder().decode(bytes)).compilerNode;
    const module = readModule(path, source);
    all.set(path, module);
    for (const specifier of module.loads) follow(resolveSpecifier(tree, path, specifier));
    for (const passage of passages(tree, path, source)) follow(passage.destination);
  }
  const program = project.getProgram().compilerObject;
  return {
    tree,
    all,
    checker: program.getTypeChecker(),
    destination: (from, specifier) => resolveSpecifier(tree, from.path, specifier),
    syntaxErrors: (module) => program.getSyntacticDiagnostics(module.source),
  };
}

/** Paths that leave the root stay distinct in the project's memory. */
function virtual(path: string): string {
  return '/' + path.replaceAll('../', '__above__/');
}

function readModule(path: string, source: ts.SourceFile): Module {
  const bindings = new Map<string, Binding>();
  const declared = new Map<ts.Node, string>();
  const exports = new Map<string, Exported>();
  const stars: string[] = [];
  const loads: string[] = [];
  const bare: string[] = [];
  const statements: ts.Statement[] = [];
  const module: Module = { path, source, bindings, declared, exports, stars, loads, bare, statements };

  const declare = (name: string, node: ts.Node, names: readonly (readonly [string, ts.Node])[]): void => {
    const known = bindings.get(name);
    const before = known?.is === 'declaration' ? known.declaration.nodes : [];
    const declaration: Declaration = { module, name, nodes: [...before, node] };
    for (const [local, at] of names) {
      bindings.set(local, { is: 'declaration', declaration });
      declared.set(at, local);
    }
  };
  const bind = (node: ts.Node, local: string, specifier: string, name: string): void => {
    bindings.set(local, { is: 'import', specifier, name });
    declared.set(node, local);
  };
  const exportAs = (name: string, local: string): void => void exports.set(name, { is: 'local', name: local });

  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const clause = statement.importClause;
      const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
      if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) continue;
      loads.push(specifier);
      if (clause === undefined) bare.push(specifier);
      if (clause?.name !== undefined) bind(clause, clause.name.text, specifier, 'default');
      const named = clause?.namedBindings;
      if (named !== undefined && ts.isNamespaceImport(named)) bind(named, named.name.text, specifier, '*');
      for (const element of named !== undefined && ts.isNamedImports(named) ? named.elements : []) {
        if (!element.isTypeOnly)
          bind(element, element.name.text, specifier, (element.propertyName ?? element.name).text);
      }
    } else if (ts.isExportDeclaration(statement)) {
      if (statement.isTypeOnly) continue;
      const specifier = (statement.moduleSpecifier as ts.StringLiteral | undefined)?.text;
      if (specifier !== undefined) loads.push(specifier);
      const clause = statement.exportClause;
      if (clause === undefined) stars.push(specifier!);
      else if (ts.isNamespaceExport(clause))
        exports.set(clause.name.text, { is: 'import', specifier: specifier!, name: '*' });
      else {
        for (const element of clause.elements) {
          if (element.isTypeOnly) continue;
          const name = (element.propertyName ?? element.name).text;
          if (specifier === undefined) exportAs(element.name.text, name);
          else exports.set(element.name.text, { is: 'import', specifier, name });
        }
      }
    } else if (ts.isExportAssignment(statement)) {
      declare('default', statement, [['default', statement]]);
      exportAs('default', 'default');
    } else if (ts.isVariableStatement(statement)) {
      if (isDeclared(statement)) continue;
      for (const declarator of statement.declarationList.declarations) {
        const names = boundNames(declarator);
        declare(names.map(([name]) => name).join(', '), declarator, names);
        if (isExported(statement)) for (const [name] of names) exportAs(name, name);
      }
    } else if (isNamedDeclaration(statement)) {
      if (isTypeDeclaration(statement) || isDeclared(statement)) continue;
      if (ts.isFunctionDeclaration(statement) && statement.body === undefined) {
        // An overload's signature: its name must still be known as the function's.
        if (statement.name !== undefined) declared.set(statement, statement.name.text);
        continue;
      }
      const name = statement.name?.text ?? 'default';
      declare(name, statement, [[name, statement]]);
      if (isExported(statement)) exportAs(isDefault(statement) ? 'default' : name, name);
    } else if (!isTypeDeclaration(statement) && !ts.isEmptyStatement(statement)) {
      statements.push(statement);
    }
  }
  return module;
}

type NamedDeclaration = ts.FunctionDeclaration | ts.ClassDeclaration | ts.EnumDeclaration | ts.ModuleDeclaration;

function isNamedDeclaration(node: ts.Node): node is NamedDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}

function isExported(node: ts.HasModifiers): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) === true;
}

function isDefault(node: ts.HasModifiers): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) === true;
}

/** The names a declarator binds, with the nodes that declare them. */
function boundNames(
  node: ts.VariableDeclaration | ts.BindingElement,
): readonly (readonly [string, ts.VariableDeclaration | ts.BindingElement])[] {
  if (ts.isIdentifier(node.name)) return [[node.name.text, node]];
  return node.name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element)));
}

/** What an export of a module is in the end, behind all re-exports. */
export type Target =
  | { readonly is: 'declaration'; readonly declaration: Declaration }
  | { readonly is: 'module'; readonly module: Module }
  | { readonly is: 'outside'; readonly destination: Destination; readonly specifier: string; readonly name: string };

/** Undefined where there is no such export: it may have been a type. */
export function resolveExport(
  modules: Modules,
  module: Module,
  name: string,
  visited: ReadonlySet<string> = new Set(),
): Target | undefined {
  const id = `${module.path}#${name}`;
  if (visited.has(id)) return undefined;
  const path = new Set([...visited, id]);
  if (name === '*') return { is: 'module', module };
  const exported = module.exports.get(name);
  if (exported?.is === 'local') {
    const binding = module.bindings.get(exported.name);
    return binding === undefined ? undefined : resolveBinding(modules, module, binding, path);
  }
  if (exported?.is === 'import') return resolveImport(modules, module, exported.specifier, exported.name, path);
  if (name === 'default') return undefined;
  let outside: Target | undefined;
  for (const specifier of module.stars) {
    const target = resolveImport(modules, module, specifier, name, path);
    if (target?.is === 'outside') outside ??= target;
    else if (target !== undefined) return target;
  }
  return outside;
}

export function resolveBinding(
  modules: Modules,
  module: Module,
  binding: Binding,
  visited: ReadonlySet<string> = new Set(),
): Target | undefined {
  if (binding.is === 'declaration') return binding;
  return resolveImport(modules, module, binding.specifier, binding.name, visited);
}

function resolveImport(
  modules: Modules,
  from: Module,
  specifier: string,
  name: string,
  visited: ReadonlySet<string>,
): Target | undefined {
  const destination = modules.destination(from, specifier);
  if (destination.to !== 'module') return { is: 'outside', destination, specifier, name };
  const module = modules.all.get(destination.path);
  return module === undefined ? undefined : resolveExport(modules, module, name, visited);
}
