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
  /** The whole text, changed. */
  readonly text: string;
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
    found.push({ path, line, at: start, executed, what, text: text.slice(0, start) + by + text.slice(end) });
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
