import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ts } from 'ts-morph';
import type { Entry } from '../../../src/engine/plan/identity/identity.js';
import { codeIdentity } from '../../../src/engine/plan/identity/reach.js';
import { diskSources } from '../../../src/engine/plan/identity/source-tree.js';

const dist = fileURLToPath(new URL('../../..', import.meta.url));

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
    }[];
  }[];
}

/** How often each declaration of ours was entered, by V8's own count: `file#name` -> calls. */
function executed(script: string, folder: string): ReadonlyMap<string, number> {
  const main = join(folder, 'main.mjs');
  writeFileSync(main, script);
  execFileSync(process.execPath, [main], { env: { ...process.env, NODE_V8_COVERAGE: folder } });
  const calls = new Map<string, number>();
  const compiled = pathToFileURL(join(dist, 'src')).href;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Coverage;
    for (const { url, functions } of result.filter((script) => script.url.startsWith(compiled))) {
      const path = fileURLToPath(url);
      const declarationAt = declarations(readFileSync(path, 'utf8'));
      for (const { ranges } of functions) {
        const [{ startOffset, count }] = ranges as [Coverage['result'][number]['functions'][number]['ranges'][number]];
        const name = declarationAt(startOffset);
        if (name === undefined || count === 0) continue;
        const key = `${relative(dist, path).replace(/\.js$/, '.ts')}#${name}`;
        calls.set(key, (calls.get(key) ?? 0) + count);
      }
    }
  }
  return calls;
}

/** The name of the declaration at the top of a module in which an offset lies. */
function declarations(code: string): (offset: number) => string | undefined {
  const source = ts.createSourceFile('code.js', code, ts.ScriptTarget.ESNext);
  const spans = source.statements.flatMap((statement): readonly (readonly [ts.Node, string | undefined])[] =>
    ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map((node) => [node, (node.name as ts.Identifier).text] as const)
      : ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
        ? [[statement, statement.name?.text] as const]
        : [],
  );
  return (offset) => spans.find(([node]) => node.getStart(source) <= offset && offset < node.end)?.[1];
}

describe('what runs is in the code identity', () => {
  const from = (path: string): string => JSON.stringify(pathToFileURL(join(dist, path)).href);

  const check = (entry: Entry, load: string, run: string): void => {
    const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'fx-coverage-')));
    try {
      const idle = executed(load, folders[0]!);
      const busy = executed(load + run, folders[1]!);
      const identity = codeIdentity(diskSources(process.cwd()), entry);
      assert.ok(identity.ok, JSON.stringify(identity));
      const known = new Set(identity.value.declarations.map(({ file, name }) => `${file}#${name}`));
      // What runs while modules load is there to make declarations that nobody here may use.
      const ran = [...busy].filter(([name, count]) => count > (idle.get(name) ?? 0)).map(([name]) => name);
      assert.ok(ran.length > 20, `${ran.length} declarations ran`);
      assert.deepEqual(
        ran.filter((name) => !known.has(name)),
        [],
      );
    } finally {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    }
  };

  it('for the face generator, worker threads included', function () {
    this.timeout(60_000);
    check(
      { module: 'src/plugins/recognition/faces/generate/generator.ts', export: 'Generator' },
      `
        import { mkdtempSync, rmSync } from 'node:fs';
        import { tmpdir } from 'node:os';
        import { join } from 'node:path';
        import { Generator } from ${from('src/plugins/recognition/faces/generate/generator.js')};
        import { ellipsoidModel } from ${from('tests/recognition/faces/ellipsoid-model.js')};
        import { smallRecipe } from ${from('tests/recognition/faces/recipe.js')};
        const model = ellipsoidModel();
        const recipe = smallRecipe({ maps: ['depth', 'normals'] });`,
      `
        const generator = Generator.open(recipe, { model, threads: 2 });
        const folder = mkdtempSync(join(tmpdir(), 'fx-faces-'));
        const written = await generator.value.writeShard(join(folder, 'shard'), { firstIdentity: 0, identities: 2 });
        await generator.value.close();
        rmSync(folder, { recursive: true });
        if (!written.ok) throw new Error(JSON.stringify(written.error));`,
    );
  });
});
