import type { RunGraph } from '../../history/graph.js';
import { byName, placesOf } from '../../report/figures/graph-drawing.js';

/** The graph as it is drawn: a box for all stages of a name. */
export interface GraphView {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly GraphBox[];
  /** Of SVG paths. */
  readonly lines: readonly string[];
}

export interface GraphBox {
  readonly name: string;
  readonly kind: string;
  readonly colour?: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A drawing of more boxes shows nobody anything. */
const MOST_BOXES = 150;

export function graphView({ stages, kinds }: RunGraph): GraphView | undefined {
  const colourOf = (kind: string): string | undefined => {
    const colour = kinds[kind]?.colour;
    return colour !== undefined && /^#[0-9a-f]{6}$/i.test(colour) ? colour : undefined;
  };
  if (new Set(stages.map(({ name }) => name)).size > MOST_BOXES) return undefined;
  const nodes = byName(stages.map((stage) => ({ ...stage, colour: colourOf(stage.kind) })));
  const { width, height, boxes, lines } = placesOf(nodes);
  return {
    width,
    height,
    lines,
    boxes: boxes.map(({ node, x, y, width }) => ({
      name: node.id,
      kind: node.note ?? '',
      ...(node.colour === undefined ? {} : { colour: node.colour }),
      x,
      y,
      width,
    })),
  };
}
