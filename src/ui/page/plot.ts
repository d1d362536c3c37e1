import { compile, type TopLevelSpec } from 'vega-lite';
import { parse, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { COLOURS, type Plot, type PlotApi } from './plot-words.js';

/**
 * Draws plots with Vega-Lite. A script of its own, loaded with the first plot. Expressions are interpreted: the page's content
 * security policy lets nothing be compiled from text.
 */
const api: PlotApi = {
  draw(element, plot) {
    const spec = compile(specOf(plot, element.clientWidth)).spec;
    const view = new View(parse(spec, undefined, { ast: true }), {
      expr: expressionInterpreter,
      renderer: 'canvas',
      container: element,
      hover: false,
      tooltip: (_handler, event, _item, value) => showTooltip(element, event, value),
      logLevel: 0,
    });
    void view.runAsync();
    return () => {
      view.finalize();
      element.replaceChildren();
    };
  },
};

(window as unknown as { fxPlot: PlotApi }).fxPlot = api;

function showTooltip(element: HTMLElement, event: MouseEvent, value: unknown): void {
  let tip = element.parentElement?.querySelector<HTMLElement>('.tip');
  if (value === null || value === undefined || value === '') {
    tip?.remove();
    return;
  }
  if (tip === null || tip === undefined) {
    tip = document.createElement('div');
    tip.className = 'tip';
    element.parentElement?.append(tip);
  }
  tip.textContent = typeof value === 'string' ? value : JSON.stringify(value);
  const box = element.getBoundingClientRect();
  const left = event.clientX - box.left;
  tip.style.left = `${Math.min(left + 12, Math.max(0, box.width - 220))}px`;
  tip.style.top = `${event.clientY - box.top + 14}px`;
}

function themed(): TopLevelSpec['config'] {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    background: 'transparent',
    // What a listener hears is said of the plot as a whole; of each point it would take longer than drawing it.
    aria: false,
    font: 'system-ui, sans-serif',
    view: { stroke: colour('rule') },
    axis: {
      gridColor: colour('grid'),
      labelColor: colour('soft'),
      titleColor: colour('soft'),
      tickColor: colour('rule'),
      domainColor: colour('rule'),
      titleFontWeight: 'normal',
      labelFontSize: 11,
      titleFontSize: 12,
      titlePadding: 8,
    },
    line: { strokeWidth: 1.6 },
    legend: { labelColor: colour('soft'), titleColor: colour('soft'), titleFontWeight: 'normal' },
  };
}

/** Round the plot: axes and their words. */
const MARGIN = 70;

function specOf(plot: Plot, width: number): TopLevelSpec {
  const common = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: Math.max(160, width - MARGIN),
    height: plot.height ?? 240,
    padding: 4,
    config: themed()!,
  } as const;
  switch (plot.shape) {
    case 'lines': {
      const { axes, lines, band = [] } = plot;
      const names = lines.map(({ name }) => name);
      const values = lines.flatMap(({ name, x, y }) => x.map((at, i) => ({ name, x: at, y: y[i]! })));
      // A logarithmic axis has no place for what is not positive.
      const shown = values.filter(({ x, y }) => (axes.isLogX !== true || x > 0) && (axes.isLogY !== true || y > 0));
      const domain = axes.isUnit === true ? { domain: [0, 1] } : { zero: false };
      const upright = axes.isFromZero === true ? { zero: true } : domain;
      const scale = (isLog: boolean | undefined, plain: object) => (isLog === true ? { type: 'log' as const } : plain);
      const colours = lines.map(({ colour }) => colour);
      const encoding = {
        x: {
          field: 'x',
          type: 'quantitative' as const,
          title: axes.x,
          scale: { ...scale(axes.isLogX, domain), ...(axes.isUnit === true ? {} : { nice: false }) },
          axis: { tickCount: 6, ...(axes.isCount === true ? { tickMinStep: 1 } : {}) },
        },
        y: {
          field: 'y',
          type: 'quantitative' as const,
          title: axes.y,
          scale: scale(axes.isLogY, upright),
          axis: { tickCount: 5 },
        },
      };
      return {
        ...common,
        layer: [
          {
            data: { values: band.map(([x, low, high]) => ({ x, y: low, high })) },
            mark: { type: 'area', opacity: 0.18, color: colours[0] ?? COLOURS[0] },
            encoding: { ...encoding, y2: { field: 'high' } },
          },
          {
            // Numbers, all of them finite: Vega need not look at each again.
            data: { values: shown, format: { parse: null } },
            // Of a curve that has only begun, its one point.
            mark: { type: 'line', clip: true, invalid: null, ...(shown.length <= 60 ? { point: { size: 18 } } : {}) },
            encoding: {
              ...encoding,
              color: {
                field: 'name',
                type: 'nominal',
                legend: null,
                scale: { domain: names, range: colours },
              },
              order: { field: 'x', type: 'quantitative' },
              tooltip: { field: 'name', type: 'nominal' },
            },
          },
        ],
      };
    }
    case 'histogram': {
      const values = plot.classes.flatMap(({ name, heights }) =>
        heights.map((height, i) => ({
          name,
          from: plot.at[i]! - plot.width / 2,
          to: plot.at[i]! + plot.width / 2,
          height,
        })),
      );
      const style = getComputedStyle(document.documentElement);
      return {
        ...common,
        layer: [
          {
            data: { values },
            mark: { type: 'bar', opacity: 0.55, binSpacing: 0 },
            encoding: {
              x: { field: 'from', type: 'quantitative', title: plot.x, scale: { zero: false }, axis: { tickCount: 6 } },
              x2: { field: 'to' },
              y2: { datum: 0 },
              y: {
                field: 'height',
                type: 'quantitative',
                stack: null,
                title: plot.y,
                axis: { tickCount: 4, format: '~%' },
              },
              color: {
                field: 'name',
                type: 'nominal',
                legend: null,
                scale: {
                  domain: plot.classes.map(({ name }) => name),
                  range: plot.classes.map(({ colour }) => colour),
                },
              },
              tooltip: { field: 'name', type: 'nominal' },
            },
          },
          {
            data: { values: plot.mark === undefined ? [] : [{ at: plot.mark }] },
            mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.5, color: style.getPropertyValue('--ink').trim() },
            encoding: { x: { field: 'at', type: 'quantitative' } },
          },
        ],
      };
    }
    case 'points': {
      const { axes, x, y, names, colours } = plot;
      const scale = 'title' in colours ? colours : undefined;
      const own = 'title' in colours ? [] : colours;
      const values = x.map((at, i) => ({
        x: at,
        y: y[i]!,
        name: names[i] ?? '',
        colour: scale?.values[i] ?? own[i] ?? null,
      }));
      const axis = (field: 'x' | 'y') => ({
        field,
        type: 'quantitative' as const,
        title: axes[field],
        scale: { zero: false, padding: 8 },
        axis: { tickCount: 4 },
      });
      return {
        ...common,
        data: { values },
        mark: { type: 'circle', size: values.length > 500 ? 14 : 34, opacity: 0.8 },
        encoding: {
          x: axis('x'),
          y: axis('y'),
          color:
            scale === undefined
              ? { field: 'colour', type: 'nominal', scale: null, legend: null }
              : {
                  field: 'colour',
                  type: 'quantitative',
                  title: scale.title,
                  scale: { scheme: 'viridis' },
                  legend: { orient: 'bottom' },
                },
          tooltip: { field: 'name', type: 'nominal' },
        },
      };
    }
  }
}
