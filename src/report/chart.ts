import type { TopLevelSpec } from 'vega-lite';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axes {
  readonly title?: string;
  readonly x: string;
  readonly y: string;
  /** Both axes from 0 to 1: rates. */
  readonly isUnit?: boolean;
  /** Of the plot, in pixels: wide where nothing stands beside it. */
  readonly width?: number;
}

/** Told apart by most colour-blind readers (Okabe and Ito, 2008), on light ground and on dark. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#8C6BB1', '#7F7F7F', '#A6761D'];

/** A tenth line and those after are dashed, in the same colours again. */
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
];

/** Colours of what is not a line: words that a page with the picture inline can replace. */
export const CHART_COLOURS = { background: '#fffffe', text: '#1f2329', grid: '#e4e7eb', frame: '#c4cad3' } as const;

/** A line chart as SVG; equal data give equal bytes. */
export async function lineChart(lines: readonly Line[], axes: Axes): Promise<string> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  // Widths of words are estimated even where a canvas could measure them: the same picture on every machine.
  (vega as unknown as { textMetrics: { canvas: (use: boolean) => void } }).textMetrics.canvas(false);
  const names = lines.map((line) => line.name);
  const values = lines.flatMap(({ name, points }) => points.map(([x, y], order) => ({ name, x, y, order })));
  const scale = axes.isUnit === true ? { domain: [0, 1] } : { zero: false };
  const { text, grid, frame, background } = CHART_COLOURS;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: axes.width ?? 280,
    height: 250,
    ...(axes.title === undefined || axes.title === '' ? {} : { title: axes.title }),
    data: { values },
    mark: { type: 'line', interpolate: 'linear', strokeWidth: 1.7, clip: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: axes.x, scale, axis: { tickCount: 6, format: '~g' } },
      y: { field: 'y', type: 'quantitative', title: axes.y, scale, axis: { tickCount: 6, format: '~g' } },
      color: {
        field: 'name',
        type: 'nominal',
        sort: names,
        title: null,
        scale: { domain: names, range: names.map((_, i) => COLOURS[i % COLOURS.length]!) },
        legend: { orient: 'bottom', columns: 2, labelLimit: 0, symbolType: 'stroke' },
      },
      strokeDash: {
        field: 'name',
        type: 'nominal',
        sort: names,
        title: null,
        scale: {
          domain: names,
          range: names.map((_, i) => DASHES[Math.floor(i / COLOURS.length) % DASHES.length]!),
        },
      },
      order: { field: 'order', type: 'quantitative' },
    },
    config: {
      font: 'system-ui, sans-serif',
      background,
      view: { stroke: frame },
      axis: {
        gridColor: grid,
        labelColor: text,
        titleColor: text,
        tickColor: frame,
        domainColor: frame,
        titleFontWeight: 'normal',
      },
      legend: { labelColor: text },
      title: { color: text, fontWeight: 600, anchor: 'start' },
    },
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  try {
    return `${renumbered(await view.toSVG())}\n`;
  } finally {
    view.finalize();
  }
}

/** Vega counts its clips through all pictures of a process; here they count from 0 in each. */
function renumbered(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replaceAll(/\b(clip|gradient_)(\d+)(?=[")])/g, (id, kind: string) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return `${kind}${numbers.get(id)}`;
  });
}
