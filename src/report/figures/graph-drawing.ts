import { byCodeUnit } from '../../foundation/values/json.js';
import { present } from '../../foundation/values/present.js';
import { escapeXml } from '../../foundation/words/html.js';
import { mermaidLabel } from '../../foundation/words/markdown.js';
import { depthsOf } from '../plan.js';

/** A stage, or several of one name, in a drawing of the graph. */
export interface GraphNode {
  readonly id: string;
  /** What stands in its box; the id by default. */
  readonly label?: string;
  /** In small letters below: the stage kind. */
  readonly note?: string;
  /** `#rrggbb`; grey by default. */
  readonly colour?: string;
  /** Ids of the nodes it reads; ids that are no nodes are passed over. */
  readonly reads: readonly string[];
}

interface DrawnStage {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly reads: readonly string[];
  readonly colour?: string | undefined;
}

/** One node for all stages of a name: a matrix of sixty verifications is one box, with their number. */
export function byName(stages: readonly DrawnStage[]): readonly GraphNode[] {
  const names = new Map(stages.map(({ id, name }) => [id, name]));
  const groups = new Map<string, { readonly first: DrawnStage; readonly members: DrawnStage[] }>();
  for (const stage of stages) {
    const group = groups.get(stage.name);
    if (group === undefined) groups.set(stage.name, { first: stage, members: [stage] });
    else group.members.push(stage);
  }
  return [...groups].map(
    ([
      name,
      {
        first: { kind, colour },
        members,
      },
    ]) => {
      const reads = members.flatMap((stage) => stage.reads.flatMap((id) => names.get(id) ?? []));
      return {
        id: name,
        label: members.length === 1 ? name : `${name} ×${members.length}`,
        note: kind,
        ...(colour === undefined ? {} : { colour }),
        reads: [...new Set(reads)].filter((each) => each !== name).sort(byCodeUnit),
      };
    },
  );
}

/** The nodes as lists: those that read nothing first, each in a layer after all it reads; crossings of lines are few. */
export function layersOf(nodes: readonly GraphNode[]): readonly (readonly string[])[] {
  return layOut(nodes).layers.map((layer) => layer.flatMap(({ node }) => node?.id ?? []));
}

/** One line a node. */
export function graphText(nodes: readonly GraphNode[]): string {
  const width = Math.max(0, ...nodes.map((node) => labelOf(node).length));
  const ids = new Map(nodes.map(({ id }) => [id, id]));
  const lines = inLayers(nodes).map((node) => {
    const reads = readsIn(ids, node);
    return `${labelOf(node).padEnd(width)}${reads.length === 0 ? '' : `  <- ${reads.join(', ')}`}`.trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

export function graphMermaid(nodes: readonly GraphNode[]): string {
  const order = inLayers(nodes);
  const names = new Map(order.map(({ id }, i) => [id, `n${i}`]));
  const boxes = order.map((node, i) => `  n${i}["${mermaidLabel(labelOf(node))}"]`);
  const lines = order.flatMap((node, i) => readsIn(names, node).map((read) => `  ${read} --> n${i}`));
  return ['flowchart LR', ...boxes, ...lines, ''].join('\n');
}

export function graphDot(nodes: readonly GraphNode[]): string {
  const quoted = (text: string): string => JSON.stringify(text.replaceAll(/[\x00-\x1f]/g, ' '));
  const order = inLayers(nodes);
  const names = new Map(order.map(({ id }) => [id, quoted(id)]));
  const boxes = order.map((node) => `  ${quoted(node.id)} [label=${quoted(labelOf(node))}];`);
  const lines = order.flatMap((node) => readsIn(names, node).map((read) => `  ${read} -> ${quoted(node.id)};`));
  return ['digraph {', '  rankdir=LR;', '  node [shape=box, fontname="sans-serif"];', ...boxes, ...lines, '}', ''].join(
    '\n',
  );
}

/** Where the boxes of a drawing are, in pixels. */
export interface GraphPlaces {
  readonly width: number;
  readonly height: number;
  /** `y` is that of the middle. */
  readonly boxes: readonly {
    readonly node: GraphNode;
    readonly x: number;
    readonly y: number;
    readonly width: number;
  }[];
  /** Of SVG paths. */
  readonly lines: readonly string[];
}

/** Layers from left to right. */
export function placesOf(nodes: readonly GraphNode[]): GraphPlaces {
  const { layers, links } = layOut(nodes);
  const tallest = Math.max(1, ...layers.map((layer) => layer.length));
  const height = tallest * PITCH + 2 * MARGIN;
  const places = new Map<string, { x: number; y: number; width: number }>();
  let x = MARGIN;
  for (const layer of layers) {
    const labels = layer.flatMap(({ node }) => node ?? []);
    const width = Math.max(
      60,
      ...labels.map((node) => Math.max(7.2 * labelOf(node).length, 5.8 * (node.note ?? '').length) + 26),
    );
    const top = (height - layer.length * PITCH) / 2;
    layer.forEach(({ id }, i) => places.set(id, { x, y: top + (i + 0.5) * PITCH, width }));
    x += width + GAP;
  }
  const lines = links.map(({ from, to }) => {
    const [a, b] = [present(places, from.id), present(places, to.id)];
    const [x0, x1] = [a.x + a.width, b.x];
    const middle = round((x0 + x1) / 2);
    // A line that passes through a layer goes on straight to its far side.
    const through = to.node !== undefined ? '' : `H${round(b.x + b.width)}`;
    return `M${round(x0)} ${round(a.y)}C${middle} ${round(a.y)} ${middle} ${round(b.y)} ${round(x1)} ${round(b.y)}${through}`;
  });
  const boxes = layers.flat().flatMap(({ id, node }) => (node === undefined ? [] : [{ node, ...present(places, id) }]));
  return { width: Math.max(2 * MARGIN, x - GAP + MARGIN), height, boxes, lines };
}

/** Colours are set on the root, so that a page that shows it inline can replace them. */
export function graphSvg(nodes: readonly GraphNode[]): string {
  const { width: whole, height, boxes: placed, lines } = placesOf(nodes);
  const boxes = placed.map(({ node, x: left, y, width }) => {
    const note =
      node.note === undefined
        ? ''
        : `<text x="${round(left + 14)}" y="${round(y + 12)}" font-size="10" fill="${GRAPH_COLOURS.note}">${escapeXml(node.note)}</text>`;
    return (
      `<g><rect x="${round(left)}" y="${round(y - 19)}" width="${round(width)}" height="38" rx="5" fill="${GRAPH_COLOURS.box}" stroke="${GRAPH_COLOURS.line}"/>` +
      `<rect x="${round(left)}" y="${round(y - 19)}" width="5" height="38" rx="2" fill="${node.colour ?? PLAIN}"/>` +
      `<text x="${round(left + 14)}" y="${round(y + (node.note === undefined ? 4 : -2))}" font-size="12.5" fill="${GRAPH_COLOURS.text}">${escapeXml(labelOf(node))}</text>${note}</g>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(whole)} ${round(height)}" width="${round(whole)}" height="${round(height)}" font-family="system-ui, sans-serif">`,
    `<rect width="100%" height="100%" fill="${GRAPH_COLOURS.background}"/>`,
    `<g fill="none" stroke="${GRAPH_COLOURS.line}" stroke-width="1.3">${lines.map((line) => `<path d="${line}"/>`).join('')}</g>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

export const GRAPH_COLOURS = {
  background: '#fffffe',
  box: '#f6f8fb',
  line: '#9aa4b2',
  text: '#1f2329',
  note: '#667080',
} as const;

/** Of a kind that declares no colour. */
const PLAIN = '#999999';

const MARGIN = 12;
const GAP = 46;
const PITCH = 50;

function labelOf(node: GraphNode): string {
  return node.label ?? node.id;
}

/** What the map has of the nodes that one reads. */
function readsIn<Value extends object | string>(known: ReadonlyMap<string, Value>, node: GraphNode): readonly Value[] {
  const values = [...new Set(node.reads)].sort(byCodeUnit).map((id) => known.get(id));
  return values.filter((value) => value !== undefined);
}

function inLayers(nodes: readonly GraphNode[]): readonly GraphNode[] {
  return layOut(nodes).layers.flatMap((layer) => layer.flatMap(({ node }) => node ?? []));
}

interface Placed {
  readonly id: string;
  /** Undefined of a bend of a line that passes through a layer. */
  readonly node: GraphNode | undefined;
  /** Where its middle is, as a fraction of its layer. */
  position: number;
}

interface Link {
  readonly from: Placed;
  readonly to: Placed;
}

/** What lines lead to from a box or bend, in the layer before or in the one after. */
type Neighbours = ReadonlyMap<Placed, readonly Placed[]>;

interface Layout {
  readonly layers: readonly (readonly Placed[])[];
  /** Between neighbouring layers only. */
  readonly links: readonly Link[];
}

/** Rounds of reordering; after these hardly anything moves. */
const SWEEPS = 8;

/** Layers by longest path, ordered by barycentres to and fro (Sugiyama, Tagawa and Toda 1981). */
function layOut(nodes: readonly GraphNode[]): Layout {
  const sorted = [...nodes].sort((a, b) => byCodeUnit(a.id, b.id));
  const depthOf = depthsOf(sorted, ({ reads }) => reads);
  const layers: Placed[][] = [];
  const place = (id: string, depth: number, node: GraphNode | undefined): Placed => {
    const placed = { id, node, position: 0 };
    (layers[depth] ??= []).push(placed);
    return placed;
  };
  const boxes = new Map(
    sorted.map((node) => {
      const depth = depthOf(node);
      return [node.id, { node, depth, box: place(node.id, depth, node) }];
    }),
  );
  const links: Link[] = [];
  // One line for all that read the same node, as far as they go together.
  const bends = new Map<string, Placed>();
  for (const { node, depth: end, box } of boxes.values()) {
    for (const read of readsIn(boxes, node)) {
      let from = read.box;
      for (let depth = read.depth + 1; depth < end; depth += 1) {
        const id = `${read.node.id}\u0000${depth}`;
        let bend = bends.get(id);
        if (bend === undefined) {
          bend = place(id, depth, undefined);
          bends.set(id, bend);
          links.push({ from, to: bend });
        }
        from = bend;
      }
      links.push({ from, to: box });
    }
  }
  const before = neighbours(links.map(({ from, to }) => [to, from]));
  const after = neighbours(links.map(({ from, to }) => [from, to]));
  layers.forEach(spread);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForward = sweep % 2 === 0;
    for (const layer of isForward ? layers.slice(1) : layers.slice(0, -1).reverse())
      reorder(layer, isForward ? before : after);
  }
  return { layers, links };
}

function spread(layer: readonly Placed[]): void {
  layer.forEach((placed, i) => (placed.position = (i + 0.5) / layer.length));
}

function neighbours(pairs: readonly (readonly [Placed, Placed])[]): Neighbours {
  const all = new Map<Placed, Placed[]>();
  for (const [of, near] of pairs) {
    const known = all.get(of);
    if (known === undefined) all.set(of, [near]);
    else known.push(near);
  }
  return all;
}

function reorder(layer: Placed[], neighboursOf: Neighbours): void {
  for (const placed of layer) {
    const near = neighboursOf.get(placed);
    // None of them is in this layer.
    if (near !== undefined) placed.position = near.reduce((sum, { position }) => sum + position, 0) / near.length;
  }
  layer.sort((a, b) => a.position - b.position || byCodeUnit(a.id, b.id));
  spread(layer);
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
