import { readFile } from 'node:fs/promises';
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ts } from 'ts-morph';

/** A loader: each function of `dist/src` says its name to `globalThis.entered` as it is called. */
export const load: LoadHook = async (url, context, next) => {
  const [, path] = /\/dist\/src\/(.+)\.js$/.exec(url) ?? [];
  if (path === undefined) return next(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  return { format: 'module', source: instrumented(path, text), shortCircuit: true };
};

function instrumented(path: string, text: string): string {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const body = node.body as ts.Node;
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      const name = node.name?.getText(file) ?? `function of line ${line}`;
      const call = `globalThis.entered?.(${JSON.stringify([path, name])})`;
      if (ts.isBlock(body)) insertions.push({ at: body.getStart(file) + 1, text: `${call};` });
      else insertions.push({ at: body.getStart(file), text: `(${call}, ` }, { at: body.getEnd(), text: ')' });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  insertions.sort((a, b) => b.at - a.at);
  return insertions.reduce((all, { at, text: more }) => all.slice(0, at) + more + all.slice(at), text);
}
