import type { Loader, LoggerInterface } from 'vega';
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

/** Distinct for most colour-blind readers (Okabe and Ito, 2008), on light ground and on dark. */
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
  const names = lines.map((line) => line.name);
  const values = lines.flatMap(({ name, points }) => points.map(([x, y], order) => ({ name, x, y, order })));
  const scale = axes.isUnit === true ? { domain: [0, 1] } : { zero: false };
  return drawSpec({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: axes.width ?? 280,
    height: 250,
    ...(axes.title === undefined || axes.title === '' ? {} : { title: axes.title }),
    data: { values },
    mark: { type: 'line', interpolate: 'linear', strokeWidth: 1.7, clip: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: axes.x, scale, axis: { tickCount: 6, format: '~r' } },
      y: { field: 'y', type: 'quantitative', title: axes.y, scale, axis: { tickCount: 6, format: '~r' } },
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
  });
}

/** How every chart looks. */
const CONFIG: NonNullable<TopLevelSpec['config']> = {
  font: 'system-ui, sans-serif',
  background: CHART_COLOURS.background,
  view: { stroke: CHART_COLOURS.frame },
  axis: {
    gridColor: CHART_COLOURS.grid,
    labelColor: CHART_COLOURS.text,
    titleColor: CHART_COLOURS.text,
    tickColor: CHART_COLOURS.frame,
    domainColor: CHART_COLOURS.frame,
    titleFontWeight: 'normal',
  },
  legend: { labelColor: CHART_COLOURS.text, titleColor: CHART_COLOURS.text, titleFontWeight: 'normal' },
  header: { labelColor: CHART_COLOURS.text, titleColor: CHART_COLOURS.text, titleFontWeight: 'normal' },
  title: { color: CHART_COLOURS.text, fontWeight: 600, anchor: 'start' },
  range: { category: COLOURS },
  mark: { color: COLOURS[0]! },
  scale: { bandPaddingInner: 0.25, bandPaddingOuter: 0.15, rectBandPaddingInner: 0 },
};

/** A figure as SVG; equal specifications give equal bytes. Reads nothing but what is in the specification. */
export async function drawSpec(spec: TopLevelSpec): Promise<string> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  // Widths of words are estimated even where a canvas could measure them: the same picture on every machine.
  (vega as unknown as { textMetrics: { canvas: (use: boolean) => void } }).textMetrics.canvas(false);
  const { spec: compiled } = compile({ ...spec, config: CONFIG }, { logger: SILENT });
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', loader: NO_LOADER });
  try {
    return `${renumbered(await view.toSVG())}\n`;
  } finally {
    view.finalize();
  }
}

/** What Vega-Lite thinks of a specification is for its author. */
const SILENT = ((): LoggerInterface => {
  const logger: LoggerInterface = {
    level: () => logger,
    error: () => logger,
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
})();

const refuse = (): Promise<never> => Promise.reject(new Error('a chart loads nothing'));

const NO_LOADER: Loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

/** Vega counts its clips through all pictures of a process; here they count from 0 in each. */
function renumbered(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replaceAll(/\b(clip|gradient_)(\d+)(?=[")])/g, (id, kind: string) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return `${kind}${numbers.get(id)}`;
  });
}
