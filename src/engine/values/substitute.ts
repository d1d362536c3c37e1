import { suggestion } from '../../foundation/failures/nearest.js';
import type { Reporter } from '../../foundation/failures/reporter.js';
import { problem } from '../document/codes.js';
import { showNode, type Entry, type ListNode, type MapNode, type Node, type ScalarNode } from '../document/node.js';
import type { Located } from '../document/source.js';
import type { ValueCode } from './codes.js';
import { BROKEN, find, isBroken, type Scope } from './scope.js';
import { hasReference, parseInterpolation, type Segment, type Reference, type Interpolation } from './reference.js';

type ReferenceSegment = Segment & { readonly kind: 'reference' };

/** A whole-value reference to a stage: it stays as it is until the graph ties it. */
export interface StageReferenceNode extends ScalarNode {
  readonly value: string;
  readonly reference: Reference;
}

export function isStageReference(node: Node): node is StageReferenceNode {
  return 'reference' in node;
}

/**
 * A text put together from others: its parts' own places are kept, for paths and for related places. Without a value where
 * a part has none yet: an external input will be missing, anything else cannot do without ({@link valueless}).
 */
export interface ComposedNode extends ScalarNode {
  readonly value: string | null;
  readonly first: Node;
  /** The values put in. */
  readonly inserted: readonly Node[];
}

export function isComposed(node: Node): node is ComposedNode {
  return 'first' in node;
}

function broken(node: Node): Node {
  const marked = { ...located(node), kind: 'scalar' as const, value: null, broken: true };
  return marked;
}

/** The part without which a text has no value. */
export function valueless(node: Node): Node | undefined {
  return isComposed(node) && node.value === null ? node.first : undefined;
}

/** All references in a value as it is written, each with its place. */
export function* references(node: Node): Generator<{ readonly reference: Reference; readonly at: Located }> {
  switch (node.kind) {
    case 'scalar': {
      if (typeof node.value !== 'string' || !hasReference(node.value) || isStageReference(node)) return;
      const interpolation = parseInterpolation(node.value);
      if (!interpolation.ok) return;
      for (const segment of interpolation.segments)
        if (segment.kind === 'reference')
          yield { reference: segment.reference, at: placeIn(node, node.value, interpolation, segment) };
      return;
    }
    case 'list':
      for (const item of node.items) yield* references(item);
      return;
    case 'map':
      for (const { value } of node.entries.values()) yield* references(value);
  }
}

/** Where a reference stands: a value that is nothing else is one as a whole. */
function placeIn(
  node: ScalarNode,
  text: string,
  { segments }: Interpolation & { ok: true },
  segment: ReferenceSegment,
): Located {
  return segments.length === 1 ? node : within(node, text, segment.start, segment.end);
}

/**
 * Follows the references in a value. Whole-value references become the value itself, type and all; embedded ones its text.
 * References to stages stay, as {@link StageReferenceNode}s. A value without any is returned as it is.
 */
export function substitute(node: Node, scope: Scope, wrong: Reporter<ValueCode>): Node {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' && hasReference(node.value) && !isStageReference(node)
        ? substituteText(node, node.value, scope, wrong)
        : node;
    case 'list':
      return substituteList(node, scope, wrong);
    case 'map':
      return substituteMap(node, scope, wrong);
  }
}

function substituteList(node: ListNode, scope: Scope, wrong: Reporter<ValueCode>): ListNode {
  const items = node.items.map((item) => substitute(item, scope, wrong));
  return items.some((item, i) => item !== node.items[i]) ? { ...node, items } : node;
}

export function substituteMap(node: MapNode, scope: Scope, wrong: Reporter<ValueCode>): MapNode {
  let entries: Map<string, Entry> | undefined;
  for (const [name, entry] of node.entries) {
    const value = substitute(entry.value, scope, wrong);
    if (value !== entry.value) (entries ??= new Map(node.entries)).set(name, { key: entry.key, value });
  }
  return entries === undefined ? node : { ...node, entries };
}

function substituteText(node: ScalarNode, text: string, scope: Scope, wrong: Reporter<ValueCode>): Node {
  const interpolation = parseInterpolation(text);
  if (!interpolation.ok) {
    wrong.add(
      problem(
        'experiment/bad-reference',
        within(node, text, interpolation.start, interpolation.end),
        interpolation.message,
        {
          help: 'write `$${` for a plain `${`',
        },
      ),
    );
    return broken(node);
  }
  const [only] = interpolation.segments;
  if (interpolation.segments.length === 1 && only?.kind === 'reference') return whole(node, only, scope, wrong);
  let value = '';
  let first: Node = node;
  const parts: Node[] = [];
  for (const [index, segment] of interpolation.segments.entries()) {
    if (segment.kind === 'text') {
      value += segment.text;
      continue;
    }
    const at = within(node, text, segment.start, segment.end);
    const found = follow(segment.reference, at, scope, wrong);
    if (found === BROKEN) return broken(node);
    if (found.kind === 'scalar' && found.value === null) {
      const open: ComposedNode = { ...node, value: null, first: found, inserted: [found] };
      return open;
    }
    const inserted = embed(found, at, segment.reference, interpolation.segments, index, wrong);
    if (inserted === undefined) return broken(node);
    if (index === 0) first = found;
    parts.push(found);
    value += inserted;
    if (value.length > LONGEST) {
      const message = `this text has more than ${LONGEST} characters with \`\${${segment.reference.written}}\` put in`;
      wrong.add(problem('experiment/too-large', at, message));
      return broken(node);
    }
  }
  const composed: ComposedNode = { ...node, value, first, inserted: parts };
  return composed;
}

function whole(node: ScalarNode, segment: ReferenceSegment, scope: Scope, wrong: Reporter<ValueCode>): Node {
  const { reference } = segment;
  const found = follow(reference, node, scope, wrong);
  if (found === BROKEN || isBroken(found)) return broken(node);
  if (isStageReference(found)) return found;
  if (sizeOf(found) > LARGEST) {
    const message = `\`\${${reference.written}}\` stands for more than ${LARGEST} values`;
    wrong.add(problem('experiment/too-large', node, message, { help: 'name a file with them as an external input' }));
    return broken(node);
  }
  return through(found, { message: `used here through \`\${${reference.written}}\``, at: node });
}

/** Values that refer to values that refer to values grow beyond all bounds, as aliases do: these are the bounds. */
const LARGEST = 100_000;
const LONGEST = 1_000_000;

const sizes = new WeakMap<Node, number>();

/** How many values a node consists of. */
function sizeOf(node: Node): number {
  if (node.kind === 'scalar') return 1;
  let size = sizes.get(node);
  if (size === undefined) {
    size = 1;
    if (node.kind === 'list') for (const item of node.items) size += sizeOf(item);
    else for (const { value } of node.entries.values()) size += sizeOf(value);
    sizes.set(node, size);
  }
  return size;
}

/** A node that a reference put in another place, with one more step of its way; so are all the nodes in it. */
function through(node: Node, step: { message: string; at: Located }): Node {
  const via = append(node.via, step);
  switch (node.kind) {
    case 'scalar':
      return { ...node, via };
    case 'list':
      return { ...node, items: node.items.map((item) => through(item, step)), via };
    case 'map':
      return {
        ...node,
        entries: new Map(
          [...node.entries].map(([name, { key, value }]) => [
            name,
            { key: { ...key, via: append(key.via, step) }, value: through(value, step) },
          ]),
        ),
        via,
      };
  }
}

function append(via: Located['via'], step: { message: string; at: Located }): NonNullable<Located['via']> {
  return via === undefined ? { ...step, next: step.at.via } : { ...via, next: append(via.next, step) };
}

function follow(reference: Reference, at: Located, scope: Scope, wrong: Reporter<ValueCode>): Node | typeof BROKEN {
  if (reference.path.length === 0 && scope.stages.has(reference.head))
    return { ...at, kind: 'scalar', value: `\${${reference.written}}`, reference } as StageReferenceNode;
  if (reference.path.length > 0 && scope.stages.has(reference.head)) {
    wrong.add(
      problem(
        'experiment/bad-reference',
        at,
        `\`${reference.head}\` is a stage: what it measures is not known before it has run`,
        {
          help: `\`\${${reference.head}}\` is its artifact, \`\${${reference.head}/file}\` one file of it`,
        },
      ),
    );
    return BROKEN;
  }
  const { value: found, missing } = find(reference, scope);
  if (missing !== undefined) {
    wrong.add(problem('experiment/unknown-reference', at, `there is no \`${missing}\` in \`${reference.written}\``));
    return BROKEN;
  }
  if (found === undefined) {
    const axes = [...scope.axes.keys()].map((axis) => `matrix.${axis}`);
    const known = [...scope.values.keys(), ...scope.stages, ...axes];
    const asked = [reference.head, ...reference.path].join('.');
    wrong.add(
      problem('experiment/unknown-reference', at, `there is no parameter, profile value or stage \`${asked}\``, {
        help: suggestion(asked, known, 'known here'),
      }),
    );
    return BROKEN;
  }
  if (found === BROKEN || isBroken(found)) return BROKEN;
  if (isStageReference(found) && (reference.file !== undefined || reference.coordinates.size > 0)) {
    const merged: Reference = {
      ...found.reference,
      coordinates: new Map([...found.reference.coordinates, ...reference.coordinates]),
      file: reference.file ?? found.reference.file,
    };
    return { ...found, reference: merged } as StageReferenceNode;
  }
  return found;
}

/** The text of a value inside of another text. A list stands for the arguments of a call: `uniform(${yaw})`. */
function embed(
  found: Node,
  at: Located,
  reference: Reference,
  segments: readonly Segment[],
  index: number,
  wrong: Reporter<ValueCode>,
): string | undefined {
  const name = `\`\${${reference.written}}\``;
  let message: string;
  let help: string | undefined;
  if (isStageReference(found)) {
    message = `${name} is a stage and cannot be part of a text`;
    help = 'a stage is a value of its own: `key: ${stage}`';
  } else if (found.kind === 'scalar') {
    return showNode(found);
  } else {
    if (found.kind === 'list' && isArgument(segments, index) && found.items.every((item) => item.kind === 'scalar'))
      return found.items.map(showNode).join(', ');
    message = `${name} is a ${found.kind} and cannot be part of a text`;
  }
  wrong.add(problem('experiment/not-text', at, message, { help }));
  return undefined;
}

/** Whether a segment stands as an argument of a call: between `(`, `,` or `:` and `)` or `,`. */
function isArgument(segments: readonly Segment[], index: number): boolean {
  const before = segments[index - 1];
  const after = segments[index + 1];
  return (
    before?.kind === 'text' && /[(,:]\s*$/.test(before.text) && after?.kind === 'text' && /^\s*[),]/.test(after.text)
  );
}

/** A stretch of a scalar's text, where the source has the text as it is. */
export function within(node: ScalarNode, text: string, start: number, end: number): Located {
  const written = node.source.text.slice(node.start, node.end);
  const inside = written.startsWith(text) ? 0 : written.slice(1).startsWith(text) ? 1 : -1;
  if (inside < 0) return node;
  return { ...located(node), start: node.start + inside + start, end: node.start + inside + end };
}

export function located(node: Located): Located {
  const { source, start, end, via } = node;
  return via === undefined ? { source, start, end } : { source, start, end, via };
}
