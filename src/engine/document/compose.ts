import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isInside } from '../../foundation/files/files.js';
import { Problems } from '../../foundation/failures/reporter.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import { problem, related, type DocumentCode } from './codes.js';
import type { Composition, Entry, MapNode, Node, ScalarNode } from './node.js';
import type { Files } from './files.js';
import { readDocument, readSource } from './read.js';
import type { Source } from './source.js';
import { overlay, withEntry, without } from './overlay.js';

type Wrong = Diagnostic<DocumentCode>;

type Composed = Result<Composition, readonly Wrong[]>;

/** An experiment file, with all it extends. Every source read is added to `sources`, also when something is wrong. */
export async function compose(
  file: string,
  folder: string,
  project: string,
  files: Files,
  sources: Source[],
): Promise<Composed> {
  const seen = new Map<string, Promise<Composed>>();
  return load(resolve(folder, file), file, []);

  async function load(path: string, name: string, chain: readonly Link[]): Promise<Composed> {
    const source = readSource(files, path, name, dirname(path));
    if (!source.ok) return source;
    sources.push(source.value);
    const document = await readDocument(source.value);
    if (!document.ok) return document;
    const own = longhand(document.value.root);
    const extended = own.entries.get('extends');
    if (extended === undefined) return ok({ root: own, main: source.value });
    const wrong = new Problems<DocumentCode>();
    let base: MapNode | undefined;
    for (const node of extended.value.kind === 'list' ? extended.value.items : [extended.value]) {
      const loaded = await extend(node, path, name, chain);
      if (loaded === undefined) continue; // Not a text: the schema says so.
      if (!loaded.ok) wrong.add(...loaded.error);
      else base = base === undefined ? loaded.value.root : overlay(base, loaded.value.root);
    }
    if (wrong.count > 0) return err(wrong.all);
    return ok({ root: base === undefined ? own : overlay(without(base, 'extends'), own), main: source.value });
  }

  async function extend(node: Node, path: string, name: string, chain: readonly Link[]): Promise<Composed | undefined> {
    if (node.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
    const target = resolve(dirname(path), node.value);
    const shown = isAbsolute(node.value) ? node.value : tidy(join(dirname(name), node.value));
    if (isAbsolute(node.value) || !isInside(target, project))
      return err([
        problem('document/extends-outside', node, `${shown} is outside the project`, {
          help: 'an experiment extends files of its own project, named relative to itself',
        }),
      ]);
    const links = [...chain, { path, name, node }];
    const again = links.findIndex((link) => link.path === target);
    if (again >= 0) {
      const loop = [...links.slice(again).map((link) => link.name), shown];
      return err([
        problem('document/extends-loop', node, `files extend each other in a circle: ${loop.join(' -> ')}`, {
          related: links.slice(again, -1).map((link) => related('by way of', link.node)),
        }),
      ]);
    }
    if (files.look(target)?.shape !== 'file')
      return err([problem('document/extends-missing', node, `there is no file ${shown}`)]);
    let loading = seen.get(target);
    if (loading === undefined) seen.set(target, (loading = load(target, shown, links)));
    return loading;
  }
}

interface Link {
  readonly path: string;
  readonly name: string;
  readonly node: ScalarNode;
}

function tidy(path: string): string {
  return normalize(path).replaceAll('\\', '/');
}

/** `yaw: 35 deg` among the parameters means `yaw: { value: 35 deg }`: said before anything is laid over it. */
function longhand(root: MapNode): MapNode {
  const plain = declareParameters(root);
  const profiles = plain.entries.get('profiles');
  if (profiles?.value.kind !== 'map') return plain;
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of profiles.value.entries)
    entries.set(name, { key, value: value.kind === 'map' ? declareParameters(value) : value });
  return withEntry(plain, 'profiles', { ...profiles.value, entries }, profiles.key);
}

function declareParameters(node: MapNode): MapNode {
  const declared = node.entries.get('parameters');
  if (declared?.value.kind !== 'map') return node;
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of declared.value.entries) {
    const short = value.kind !== 'map' && !(value.kind === 'scalar' && value.value === null);
    entries.set(
      name,
      short ? { key, value: { ...value, kind: 'map', entries: new Map([['value', { key, value }]]) } } : { key, value },
    );
  }
  return {
    ...node,
    entries: new Map(node.entries).set('parameters', { key: declared.key, value: { ...declared.value, entries } }),
  };
}
