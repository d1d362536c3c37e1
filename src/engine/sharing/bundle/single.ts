import { relative, resolve } from 'node:path';
import { byCodeUnit, type Json } from '../../../foundation/values/json.js';
import { placeOf } from '../../document/source.js';
import type { MapNode, Node } from '../../document/node.js';
import type { Graph } from '../../graph/graph.js';
import { namesModule, packageKind } from '../../graph/kinds.js';

/** An experiment in one file, without `extends`. */
export interface SingleFile {
  readonly text: string;
  /** Files and folders outside of it that it reads, absolute: external inputs. */
  readonly inputs: readonly { readonly path: string; readonly shape: 'file' | 'folder' }[];
  /** Modules that it names, absolute. */
  readonly modules: readonly string[];
}

/**
 * Writes an experiment and all that it extends as one file, with the parameters, profiles and matrices that it has: for a
 * paper's appendix, and for bundles. Keys are those of the original. Paths in it are relative to `folder`, where it is to
 * lie. The YAML package is loaded by the first call.
 */
export async function singleFile(root: MapNode, graph: Graph, folder: string, remark: string): Promise<SingleFile> {
  const modules = new Set<string>();
  const externals = new Map<string, { readonly path: string; readonly shape: 'file' | 'folder' }>();
  for (const node of graph.stages) {
    for (const { pointer, path, shape, missing } of node.externals) {
      const { file, start } = node.placeOf(pointer);
      if (missing !== true) externals.set(`${file}:${start.line}:${start.column}`, { path, shape });
    }
  }
  const here = (path: string): string => {
    const way = relative(folder, path).replaceAll('\\', '/');
    return way.startsWith('.') ? way : `./${way}`;
  };
  const inputs = new Map<string, SingleFile['inputs'][number]>();
  const plain = (node: Node, key = '', inParameters = false): Written => {
    if (node.kind === 'list') return node.items.map((item) => plain(item, '', inParameters));
    if (node.kind === 'map')
      return new Map(
        [...node.entries].map(([name, { value }]) => [name, plain(value, name, inParameters || key === 'parameters')]),
      );
    if (typeof node.value !== 'string') return node.value;
    if (key === 'uses' && namesModule(node.value) && packageKind(node.value) === undefined) {
      const [file, exported] = node.value.split('#');
      const path = resolve(node.source.folder, file!);
      modules.add(path);
      return node.source.folder === folder ? node.value : `${here(path)}#${exported ?? ''}`;
    }
    const { file, start } = placeOf(node);
    const external = externals.get(`${file}:${start.line}:${start.column}`);
    if (external !== undefined) inputs.set(external.path, external);
    // As it is written is how reports show it.
    if (node.source.folder === folder) return node.value;
    if (external !== undefined) return here(external.path);
    // The paths of parameters count in all profiles, not only in the one at hand.
    const isPath = key === 'value' && inParameters && /^\.{1,2}\//.test(node.value);
    return isPath ? here(resolve(node.source.folder, node.value)) : node.value;
  };
  const whole = new Map([...root.entries].map(([name, { value }]) => [name, plain(value, name)]));
  whole.delete('extends');
  if (graph.profile !== 'default') whole.set('profile', graph.profile);
  const place = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const sorted = new Map([...whole].sort(([a], [b]) => place(a) - place(b)));
  return {
    text: `${remark}${await yamlText(sorted)}`,
    inputs: [...inputs.values()].sort((a, b) => byCodeUnit(a.path, b.path)),
    modules: [...modules].sort(byCodeUnit),
  };
}

/** A value to be written as YAML. Maps, since objects do not keep the order of whole numbers among their keys. */
type Written = Json | readonly Written[] | ReadonlyMap<string, Written>;

const ORDER: readonly string[] = [
  'fx',
  'name',
  'title',
  'says',
  'profile',
  'parameters',
  'profiles',
  'stages',
  'report',
];

/** Block style down to the stages, and below them on one line what fits: as people write experiments. */
async function yamlText(value: Written): Promise<string> {
  const { Document, visit, isCollection, isPair, isScalar } = await import('yaml');
  const document = new Document(value);
  visit(document, {
    Collection: (_, node, path) => {
      const depth = path.filter((each) => isCollection(each)).length;
      const length = JSON.stringify(node.toJSON()).length;
      if (depth >= 2 && length <= (depth === 2 ? 60 : 100)) node.flow = true;
    },
    Pair: (_, pair, path) => {
      // An empty line before each section, and before each stage.
      const depth = path.filter((each) => isCollection(each)).length;
      const { key } = pair as { key: { spaceBefore?: boolean; value?: unknown } };
      const section = path.findLast((each) => isPair(each));
      const isStage = depth === 2 && isScalar(section?.key) && section.key.value === 'stages';
      if ((depth === 1 && isCollection(pair.value)) || isStage) key.spaceBefore = true;
    },
  });
  return document.toString({ lineWidth: 120, flowCollectionPadding: true, singleQuote: true });
}
