import { ts } from 'ts-morph';

/**
 * The normal form of code: its syntax tree, written out without comments, layout, types, parentheses and whatever else
 * a formatter may change. Two pieces of code with one normal form do the same.
 *
 * What is the same: quotes and escapes of strings, spellings of a number, quoted and bare property names, the order of
 * flags of a regular expression, the grouping of `a && (b && c)`, empty statements, and all that TypeScript erases.
 * Names of local variables count.
 *
 * `seen` is called with every node that is written, except names that are no references (property names, labels).
 */
export function normalForm(node: ts.Node, seen: (node: ts.Node) => void = () => undefined): string {
  const out: string[] = [];
  write(node, out, seen);
  return out.join('');
}

type Seen = (node: ts.Node) => void;

function write(node: ts.Node, out: string[], seen: Seen): void {
  if (isErased(node)) return;
  const inner = unwrapped(node);
  if (inner !== undefined) {
    write(inner, out, seen);
    return;
  }
  seen(node);
  const text = leaf(node);
  if (text !== undefined) {
    out.push(kindName(node.kind), JSON.stringify(text), ' ');
    return;
  }
  if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind)) {
    writeLogical(node, out, seen);
    return;
  }
  out.push('(', kindName(node.kind), qualifier(node), ' ');
  const slots = slotted(node);
  if (slots !== undefined) {
    for (const slot of slots) {
      if (slot === undefined) out.push('_ ');
      else write(slot, out, seen);
    }
  } else {
    ts.forEachChild(node, (child) => {
      if (isPlainName(child, node)) out.push('name', JSON.stringify(child.text), ' ');
      else write(child, out, seen);
    });
  }
  out.push(')');
}

/** The expression that a type or a pair of parentheses is wrapped around. */
export function unwrap(node: ts.Node): ts.Node {
  const inner = unwrapped(node);
  return inner === undefined ? node : unwrap(inner);
}

function unwrapped(node: ts.Node): ts.Node | undefined {
  return ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isExpressionWithTypeArguments(node)
    ? node.expression
    : undefined;
}

const ERASED_MODIFIERS = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.AbstractKeyword,
  ts.SyntaxKind.DeclareKeyword,
  ts.SyntaxKind.DefaultKeyword,
  ts.SyntaxKind.ExportKeyword,
  ts.SyntaxKind.InKeyword,
  ts.SyntaxKind.OutKeyword,
  ts.SyntaxKind.OverrideKeyword,
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.PublicKeyword,
  ts.SyntaxKind.ReadonlyKeyword,
]);

/** What leaves no trace at run time. */
function isErased(node: ts.Node): boolean {
  if (ts.isExpressionWithTypeArguments(node)) return false;
  if (ts.isTypeNode(node) || isTypeDeclaration(node) || ts.isTypeParameterDeclaration(node)) return true;
  if (ts.isIndexSignatureDeclaration(node) || ts.isSemicolonClassElement(node)) return true;
  if (ERASED_MODIFIERS.has(node.kind)) return !ts.isBinaryExpression(node.parent);
  if (ts.isHeritageClause(node)) return node.token === ts.SyntaxKind.ImplementsKeyword;
  if (ts.isEmptyStatement(node))
    return ts.isBlock(node.parent) || ts.isCaseOrDefaultClause(node.parent) || ts.isSourceFile(node.parent);
  if (ts.isParameter(node)) return ts.isIdentifier(node.name) && node.name.text === 'this';
  if (ts.isPropertyDeclaration(node)) return isDeclared(node) || hasModifier(node, ts.SyntaxKind.AbstractKeyword);
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node))
    return node.body === undefined;
  if (ts.isAccessor(node)) return node.body === undefined;
  if (ts.isVariableStatement(node) || ts.isClassDeclaration(node)) return isDeclared(node);
  return (
    node.kind === ts.SyntaxKind.QuestionToken ||
    node.kind === ts.SyntaxKind.ColonToken ||
    node.kind === ts.SyntaxKind.ExclamationToken
  );
}

/** Interfaces, type aliases, and everything under `declare`. */
export function isTypeDeclaration(node: ts.Node): boolean {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  return (ts.isModuleDeclaration(node) || ts.isEnumDeclaration(node)) && isDeclared(node);
}

export function isDeclared(node: ts.HasModifiers): boolean {
  return hasModifier(node, ts.SyntaxKind.DeclareKeyword);
}

function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === kind) === true;
}

function leaf(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node) || ts.isJsxText(node)) return node.text;
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/') + 1;
    return node.text.slice(0, end) + Array.from(node.text.slice(end)).sort().join('');
  }
  if (ts.isTemplateLiteralToken(node)) {
    // A tag sees the raw text too.
    const template = ts.isNoSubstitutionTemplateLiteral(node)
      ? node
      : ts.isTemplateHead(node)
        ? node.parent
        : node.parent.parent;
    return ts.isTaggedTemplateExpression(template.parent) ? (node.rawText ?? node.text) : node.text;
  }
  if (ts.isBigIntLiteral(node)) return String(BigInt(node.text.slice(0, -1).replaceAll('_', '')));
  return ts.isLiteralExpression(node) ? node.text : undefined;
}

/** What distinguishes nodes of one kind and is not among their children. */
function qualifier(node: ts.Node): string {
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return ':' + kindName(node.operator);
  if (ts.isVariableDeclarationList(node)) return ':' + declarationWord(node);
  if (ts.isMetaProperty(node)) return ':' + kindName(node.keywordToken);
  if (ts.isHeritageClause(node)) return ':' + kindName(node.token);
  if (ts.isParameter(node) && isParameterProperty(node)) return ':property';
  // `(a?.b).c` is not `a?.b.c`: the chain ends at the parentheses.
  if ((node.flags & ts.NodeFlags.OptionalChain) !== 0) return ':chain';
  return '';
}

function isParameterProperty(node: ts.ParameterDeclaration): boolean {
  return node.modifiers?.some((modifier) => ts.isModifier(modifier)) === true;
}

/** `const`, `let`, `var`, `using` or `await using`. */
export function declarationWord({ flags }: ts.VariableDeclarationList): string {
  // `await using` has the bits of `const` and of `using`.
  const isConst = (flags & ts.NodeFlags.Const) !== 0;
  if ((flags & ts.NodeFlags.Using) !== 0) return isConst ? 'await using' : 'using';
  if (isConst) return 'const';
  return (flags & ts.NodeFlags.Let) !== 0 ? 'let' : 'var';
}

/** The children of a node some of which may be missing with others following. */
function slotted(node: ts.Node): readonly (ts.Node | undefined)[] | undefined {
  if (ts.isForStatement(node)) return [node.initializer, node.condition, node.incrementor, node.statement];
  if (ts.isBindingElement(node) && node.propertyName === undefined)
    return [node.dotDotDotToken, undefined, node.name, node.initializer];
  return undefined;
}

/** A name that is looked up in no scope: of a property, a method, a label. */
function isPlainName(
  node: ts.Node,
  parent: ts.Node,
): node is ts.Identifier | ts.StringLiteralLike | ts.NumericLiteral | ts.PrivateIdentifier {
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
    if (ts.isPropertyAccessExpression(parent) || ts.isMetaProperty(parent) || ts.isJsxAttribute(parent))
      return parent.name === node;
    if (ts.isBindingElement(parent)) return parent.propertyName === node;
    if (ts.isLabeledStatement(parent)) return parent.label === node;
    return ts.isBreakOrContinueStatement(parent) || isMemberName(node, parent);
  }
  if (!ts.isStringLiteral(node) && !ts.isNumericLiteral(node)) return false;
  return isMemberName(node, parent) || (ts.isBindingElement(parent) && parent.propertyName === node);
}

function isMemberName(node: ts.Node, parent: ts.Node): boolean {
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isAccessor(parent) ||
      ts.isEnumMember(parent)) &&
    parent.name === node
  );
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

/** These operators are associative, and formatters regroup them. */
function writeLogical(node: ts.BinaryExpression, out: string[], seen: Seen): void {
  const operator = node.operatorToken.kind;
  const operand = (side: ts.Expression): void => {
    const inner = unwrap(side);
    if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === operator) {
      seen(inner);
      operand(inner.left);
      operand(inner.right);
    } else write(inner, out, seen);
  };
  out.push('(', kindName(operator), ' ');
  operand(node.left);
  operand(node.right);
  out.push(')');
}

/** The first name of each kind: later ones in the enumeration are markers such as `FirstAssignment`. */
const KIND_NAMES: ReadonlyMap<number, string> = (() => {
  const names = new Map<number, string>();
  for (const [name, kind] of Object.entries(ts.SyntaxKind)) {
    if (typeof kind === 'number' && !names.has(kind)) names.set(kind, name);
  }
  return names;
})();

function kindName(kind: ts.SyntaxKind): string {
  return KIND_NAMES.get(kind) ?? String(kind);
}
