/**
 * Part of `npm run build`, after the compiler: works out the code identity of every stage kind of the plugins and writes
 * `dist/identities.json` and `dist/identity-details.json`. Remembers what it read, so that a build with unchanged sources
 * costs the reading of them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  DETAILS_FILE,
  DIGESTS_FILE,
  type BuiltInDigests,
  type BuiltInIdentities,
} from '../src/engine/plan/identity/built-in.js';
import { sha256, STAGE_MEMBERS, type CodeIdentity, type Entry } from '../src/engine/plan/identity/identity.js';
import { remembered, writeWhole } from '../src/engine/plan/identity/memo.js';
import { diskSources, type SourceTree } from '../src/engine/plan/identity/source-tree.js';
import { byCodeUnit } from '../src/foundation/values/json.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');

/** The kinds that a stage module exports, found by their shape. */
async function kindsOf(module: string): Promise<readonly (readonly [string, Entry])[]> {
  const compiled = pathToFileURL(join(dist, module.replace(/\.ts$/, '.js'))).href;
  const exports = (await import(compiled)) as Readonly<Record<string, unknown>>;
  return Object.entries(exports).flatMap(([name, value]) =>
    isKind(value) ? [[value.name, { module, export: name, members: STAGE_MEMBERS }] as const] : [],
  );
}

function isKind(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'produces' in value && 'parameters' in value;
}

async function identities(tree: SourceTree): Promise<Readonly<Record<string, CodeIdentity>>> {
  const modules = tree.list('src/plugins').filter((path) => /\/(kinds\/.*|kind)\.ts$/.test(path));
  // A module without a kind may get one.
  for (const module of modules) tree.read(module);
  const kinds = (await Promise.all(modules.map(kindsOf))).flat().sort(([a], [b]) => byCodeUnit(a, b));
  const { codeIdentities } = await import('../src/engine/plan/identity/reach.js');
  const results = codeIdentities(
    tree,
    kinds.map(([, entry]) => entry),
  );
  const found: Record<string, CodeIdentity> = {};
  for (const [index, result] of results.entries()) {
    const [name, entry] = kinds[index]!;
    if (!result.ok) throw new Error(`${name}: ${result.error.map(({ message }) => message).join(' ')}`);
    if (name in found) throw new Error(`Two stage kinds are called ${name}; one is in ${entry.module}.`);
    found[name] = result.value;
  }
  return found;
}

/** The code that works identities out: a build after a change to it must not trust what was remembered. */
function maker(): string {
  const folder = join(dist, 'src/engine/plan/identity');
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'));
  return sha256(
    files
      .sort(byCodeUnit)
      .map((file) => sha256(readFileSync(join(folder, file))))
      .join('\n'),
  );
}

const kinds = await remembered(join(dist, 'identity-memo.json'), diskSources(root), identities, () => true, maker());
const digests: BuiltInDigests = {
  schema: 'fx/identities@1',
  kinds: Object.fromEntries(Object.entries(kinds).map(([name, { digest }]) => [name, digest])),
};
const details: BuiltInIdentities = { schema: 'fx/identity-details@1', kinds };
writeWhole(join(dist, DIGESTS_FILE), JSON.stringify(digests, undefined, 1) + '\n');
writeWhole(join(dist, DETAILS_FILE), JSON.stringify(details) + '\n');
