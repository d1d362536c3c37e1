import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The literal parts of a text, `…` for what is put in; undefined where it is no literal. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}

/** Messages and helps as they are written: arguments of `failure` and `warning`, and what is called so. */
function* messagesOf(node: ts.Node): Generator<string> {
  const given: ts.Expression[] = [];
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && /^(failure|warning)$/.test(node.expression.text))
    given.push(...node.arguments.slice(1, 3));
  const isNamed = ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node);
  if (isNamed && /^(message|help)$/.test(node.name.getText()) && node.initializer !== undefined)
    given.push(node.initializer);
  for (const one of given) {
    const all = ts.isConditionalExpression(one) ? [one.whenTrue, one.whenFalse] : [one];
    yield* all.flatMap((each) => textOf(each) ?? []);
  }
  for (const child of node.getChildren()) yield* messagesOf(child);
}

/** CONTRIBUTING.md names others for these. */
const BANNED = /\b(anew|made again|to be had|whoever|elsewhere)\b/i;

/** Pages for users, which are not the history of a decision; CONTRIBUTING.md itself names the words. */
function pages(): readonly string[] {
  const docs = ['docs', 'docs/commands'].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  return ['README.md', 'ARCHITECTURE.md', 'SECURITY.md', ...docs].filter((path) => path.endsWith('.md'));
}

describe('the words of pages', () => {
  it('are none of those that CONTRIBUTING.md names others for', () => {
    const wrong = pages().flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, i) => (BANNED.test(line) ? [`${path}:${i + 1}: ${line}`] : [])),
    );
    assert.deepEqual(wrong, []);
  });
});

describe('a message', function () {
  this.timeout(30_000);

  it('begins with a small letter and has no full stop at the end, and so does what to do about it', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || !/\.tsx?$/.test(path)) continue;
      const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
      for (const text of messagesOf(source)) {
        count += 1;
        if (/^([A-Z][a-z]|A )/.test(text) || /[^.]\.$/.test(text) || BANNED.test(text)) wrong.push(`${path}: ${text}`);
      }
    }
    assert.ok(count > 300, String(count));
    assert.deepEqual(wrong, []);
  });
});
