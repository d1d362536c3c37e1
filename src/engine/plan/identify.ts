import { canonicalDigest } from '../../foundation/values/canonical.js';
import { identityOfFile } from '../../foundation/files/digest.js';
import { byCodeUnit, type JsonObject } from '../../foundation/values/json.js';
import type { StageNode } from '../graph/graph.js';
import type { Artifact, ArtifactFile, Part } from '../stage.js';
import { keyOf, type Preimage } from './preimage.js';

/** A stage whose inputs are known, and with them its key. */
export interface Identified {
  readonly node: StageNode;
  readonly key: string;
  readonly preimage: Preimage;
  /** What the stage reads, by JSON pointer into its parameters. */
  readonly inputs: ReadonlyMap<string, Artifact>;
  /** The parameters as the kind's own functions take them: artifacts in place of references. */
  readonly parameters: unknown;
}

/** A part of an identified stage, and its key. */
export interface IdentifiedPart {
  readonly part: Part;
  readonly key: string;
  readonly preimage: Preimage;
}

/** Gives a stage its key from the content of its inputs, by JSON pointer. */
export function identify(
  node: StageNode,
  inputs: ReadonlyMap<string, Artifact>,
  parameters: unknown,
  code: string,
  environment: JsonObject | undefined,
): Identified {
  const preimage: Preimage = {
    format: 'fx/preimage@1',
    kind: node.kind.name,
    code,
    role: 'stage',
    parameters: replaceAt(node.parameters, inputs, () => '@input') as JsonObject,
    inputs: digests(inputs),
    ...(environment === undefined ? {} : { environment }),
  };
  return { node, key: keyOf(preimage), preimage, inputs, parameters };
}

/**
 * A stage's parameters with something in place of each reference, by JSON pointer: artifacts, as the kind's own functions take
 * them, or what is sent of them.
 */
export function bindParameters(node: StageNode, inputs: ReadonlyMap<string, unknown>): unknown {
  return replaceAt(node.parameters, inputs, (pointer) => inputs.get(pointer));
}

/** The parameters as they stand in the preimage, before the content of what is read is known. */
export function referencesReplaced(node: StageNode): JsonObject {
  const pointers = new Set([...node.inputs, ...node.externals].map(({ pointer }) => pointer));
  return replaceAt(node.parameters, pointers, () => '@input') as JsonObject;
}

/** Gives a part its key. `previous` is the artifact that a link continues. */
export function identifyPart(stage: Identified, part: Part, previous?: string): IdentifiedPart {
  const division = stage.node.kind.division;
  if (division === undefined) throw new Error(`${stage.node.kind.name} has no division`);
  const { environment } = stage.preimage;
  const preimage: Preimage = {
    format: 'fx/preimage@1',
    kind: stage.preimage.kind,
    code: stage.preimage.code,
    role: division.shape === 'shards' ? 'shard' : 'link',
    parameters: part.parameters,
    inputs: digests(stage.inputs, part.reads),
    ...(environment === undefined ? {} : { environment }),
    ...(previous === undefined ? {} : { previous }),
  };
  return { part, key: keyOf(preimage), preimage };
}

/** `parameters` with the values at some pointers replaced. What lies off their paths is shared, not copied. */
function replaceAt(
  parameters: JsonObject,
  pointers: { readonly size: number; keys(): Iterable<string> },
  replacement: (pointer: string) => unknown,
): unknown {
  let replaced: unknown = parameters;
  for (const pointer of pointers.keys()) {
    const path = pointer.split('/').slice(1).map(unescapePointer);
    replaced = put(replaced, path, 0, replacement(pointer));
  }
  return replaced;
}

/** A copy along a path alone; the value itself where the path leads nowhere. */
function put(value: unknown, path: readonly string[], depth: number, replacement: unknown): unknown {
  if (depth === path.length) return replacement;
  const name = path[depth]!;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value;
  if (Array.isArray(value)) {
    const copy = [...(value as readonly unknown[])];
    copy[Number(name)] = put(copy[Number(name)], path, depth + 1, replacement);
    return Object.freeze(copy);
  }
  const within = (value as Readonly<Record<string, unknown>>)[name];
  return Object.freeze({ ...value, [name]: put(within, path, depth + 1, replacement) });
}

function digests(
  inputs: ReadonlyMap<string, Artifact>,
  reads: Readonly<Record<string, readonly string[]>> = {},
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [pointer, artifact] of inputs) {
    const files = reads[pointer.slice(1)];
    result[pointer] = files === undefined ? artifact.digest : digestOfFiles(artifact, files);
  }
  return result;
}

function digestOfFiles(artifact: Artifact, files: readonly string[]): string {
  return canonicalDigest(filesRead(artifact, files).map((file) => [file.path, identityOfFile(file)]));
}

/** Those files of an input that a part reads, each once, sorted by path. */
export function filesRead({ files }: Artifact, paths: readonly string[]): readonly ArtifactFile[] {
  return [...new Set(paths)].sort(byCodeUnit).map((path) => {
    const file = files.find(path);
    if (file === undefined) throw new Error(`a part reads ${path}, which its input does not have`);
    return file;
  });
}

export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescapePointer(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}
