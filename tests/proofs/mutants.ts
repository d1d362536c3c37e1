import type ts from 'typescript';

/** One change of a module's text. */
export interface Mutant {
  readonly path: string;
  /** Of the compiled text, from 1. */
  readonly line: number;
  /** Where in the text it begins. */
  readonly at: number;
  /** A place that is executed where the changed one counts: V8 counts `|| b` with `b`, which may never be asked for. */
  readonly executed: number;
  readonly what: string;
  /** Where in the text it ends. */
  readonly end: number;
  /** What stands there instead. */
  readonly by: string;
}

const INSTEAD: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+=': '-=',
  '-=': '+=',
};

/** Every single change that is tried of a compiled module: operators, bounds, constants, conditions, removed statements. */
export function mutantsOf(tsc: typeof ts, path: string, text: string): readonly Mutant[] {
  const file = tsc.createSourceFile(path, text, tsc.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const change = (start: number, end: number, by: string, what: string, executed = start): void => {
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ path, line, at: start, executed, what, end, by });
  };
  const visit = (node: ts.Node): void => {
    const [start, end] = [node.getStart(file), node.getEnd()];
    // What is only said to people may be said otherwise.
    if (tsc.isThrowStatement(node) || tsc.isImportDeclaration(node) || tsc.isExportDeclaration(node)) return;
    if (tsc.isBinaryExpression(node)) {
      const operator = node.operatorToken.getText(file);
      const isText = /['"`]/.test(node.left.getText(file)) || /^['"`]/.test(node.right.getText(file));
      const by = Object.hasOwn(INSTEAD, operator) ? INSTEAD[operator] : undefined;
      if (by !== undefined && !(operator === '+' && isText)) {
        const { operatorToken: token, left } = node;
        change(token.getStart(file), token.getEnd(), by, `${operator} -> ${by}`, left.getStart(file));
      }
    } else if (tsc.isNumericLiteral(node)) {
      change(start, end, `(${node.text} + 1)`, `${node.text} -> ${node.text} + 1`);
    } else if (node.kind === tsc.SyntaxKind.TrueKeyword) change(start, end, 'false', 'true -> false');
    else if (node.kind === tsc.SyntaxKind.FalseKeyword) change(start, end, 'true', 'false -> true');
    else if (tsc.isIfStatement(node)) {
      const { expression } = node;
      change(expression.getStart(file), expression.getEnd(), `!(${expression.getText(file)})`, 'if -> if not');
    } else if (tsc.isExpressionStatement(node) && !tsc.isStringLiteral(node.expression)) {
      change(start, end, ';', `removed: ${node.getText(file).split('\n')[0]!.slice(0, 50)}`);
    }
    tsc.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** A module's text with some of its mutants at once, of which no two overlap. */
export function mutated(text: string, mutants: readonly Mutant[]): string {
  return [...mutants]
    .sort((a, b) => b.at - a.at)
    .reduce((changed, { at, end, by }) => changed.slice(0, at) + by + changed.slice(end), text);
}

/** Sets of mutants that can be tried at once: no two on one line, none within another. */
export function apart(mutants: readonly Mutant[]): readonly (readonly Mutant[])[] {
  const sets: Mutant[][] = [];
  for (const one of mutants) {
    const free = sets.find((set) => !set.some((other) => overlap(one, other)));
    if (free === undefined) sets.push([one]);
    else free.push(one);
  }
  return sets;
}

function overlap(a: Mutant, b: Mutant): boolean {
  return a.path === b.path && (a.line === b.line || (a.at < b.end && b.at < a.end));
}
