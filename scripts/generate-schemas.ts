/**
 * Writes what is generated from the language's one source: `schemas/` for editors, `docs/dsl.md` for people. With `--check`
 * writes nothing and fails where a committed file is stale.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyStageKind } from '../src/engine/stage.js';
import { builtInKinds } from '../src/plugins/registry.js';
import { dslPage } from './dsl/page.js';
import { experimentSchemaOf, stageFileOf, stageSchemaOf } from '../src/engine/schemas/editor-schema.js';

const BY = 'scripts/generate-schemas.ts';

/** By path from the root of the project. */
export function generatedFiles(kinds: readonly AnyStageKind[]): ReadonlyMap<string, string> {
  const sorted = [...kinds].sort((a, b) => (a.name < b.name ? -1 : 1));
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ['schemas/experiment.schema.json', json(experimentSchemaOf(sorted, BY))],
    ...sorted.map((kind) => [`schemas/${stageFileOf(kind.name)}`, json(stageSchemaOf(kind, BY))] as const),
    ['docs/dsl.md', dslPage(sorted)],
  ]);
}

function main(check: boolean): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const files = generatedFiles(builtInKinds);
  const folder = join(root, 'schemas/stages');
  const committed = existsSync(folder) ? readdirSync(folder).map((name) => `schemas/stages/${name}`) : [];
  const left = committed.filter((name) => !files.has(name));
  const stale = [...files].filter(([name, text]) => {
    const path = join(root, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== text;
  });
  if (check) {
    for (const name of [...stale.map(([name]) => name), ...left]) console.error(`${name} is stale`);
    if (stale.length + left.length > 0) {
      console.error('run: npm run schemas');
      process.exitCode = 1;
    }
    return;
  }
  for (const name of left) rmSync(join(root, name));
  for (const [name, text] of stale) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes('--check'));
