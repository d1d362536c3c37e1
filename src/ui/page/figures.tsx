import { useMemo, useState } from 'preact/hooks';
import type { Figure, Panel } from '../../report/report.js';
import { address } from '../model/address.js';
import type { LinesView } from '../model/views.js';
import { colourOf, type LinesPlot } from './plot-words.js';
import { Legend, PlotView } from './plots.js';
import { Dialog, Picture, useAnswer } from './shell.js';
import { counted } from './words.js';

/** A figure: lines drawn from their numbers, all else as the picture that the report holds. */
export function FigureView({ figure, of }: { figure: Figure; of: string }) {
  const isDrawn = hasLines(figure);
  if (figure.shape === 'rows')
    return (
      <>
        {figure.panels.map((panel) => (
          <RowsPanel key={panel.file} panel={panel} of={of} />
        ))}
      </>
    );
  return (
    <div class={`panels ${isDrawn ? 'curves' : figure.shape}`}>
      {figure.panels.map((panel) =>
        panel.data === undefined || !isDrawn ? (
          <PicturePanel key={panel.file} panel={panel} figure={figure} of={of} />
        ) : (
          <LinesPanel key={panel.file} label={panel.label} sides={[{ of, file: panel.data, name: '' }]} />
        ),
      )}
    </div>
  );
}

/**
 * Whether its panels hold lines of points, which can be drawn here, over each other and over those of another report. Figures of
 * reports of before name no shape: of those, lines alone had numbers beside them.
 */
export function hasLines({ shape, panels }: Pick<Figure, 'shape' | 'panels'>): boolean {
  const isOther = shape === 'chart' || shape === 'rows' || shape === 'image';
  return !isOther && panels.every(({ data }) => data !== undefined);
}

interface Rows {
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
  readonly left: number;
}

function RowsPanel({ panel, of }: { panel: Panel; of: string }) {
  const { value, error } = useAnswer<Rows>(address.rows(of, panel.file));
  if (error !== undefined) return <p class="note">{error.message}</p>;
  if (value === undefined) return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={panel.label}>
      <table class="measured">
        {panel.label === '' ? null : <caption>{panel.label}</caption>}
        <thead>
          <tr>
            {value.head.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {value.body.map((row, i) => (
            <tr key={i}>
              {row.map((cell, c) => (
                <td key={c}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {value.left === 0 ? null : <p class="note">{counted(value.left, 'more row')}</p>}
    </div>
  );
}

export interface Side {
  readonly of: string;
  readonly file: string;
  /** What tells its lines from those of the other side. */
  readonly name: string;
}

/** The lines of a panel; of two reports over each other, those of the second dashed by their colour's place in the list. */
export function LinesPanel({ label, sides }: { label: string; sides: readonly Side[] }) {
  const [first, second] = sides;
  const one = useAnswer<LinesView>(first === undefined ? undefined : address.lines(first.of, first.file));
  const two = useAnswer<LinesView>(second === undefined ? undefined : address.lines(second.of, second.file));
  const plot = useMemo((): LinesPlot | undefined => {
    const views = [one.value, two.value].flatMap((view, i) => (view === undefined ? [] : [{ view, side: sides[i]! }]));
    if (views.length < sides.length) return undefined;
    const { x, y } = views[0]!.view;
    const all = views.flatMap(({ view, side }) =>
      view.lines.map((line) => ({ ...line, name: side.name === '' ? line.name : `${line.name}, ${side.name}` })),
    );
    const isUnit =
      all.every(({ points }) => points.every(([a, b]) => a >= 0 && a <= 1 && b >= 0 && b <= 1)) && x.includes('rate');
    return {
      shape: 'lines',
      axes: { x, y, isUnit, isCount: all.every(({ points }) => points.every(([at]) => Number.isInteger(at))) },
      lines: all.map(({ name, points }, i) => ({
        name,
        colour: colourOf(i),
        x: points.map(([at]) => at),
        y: points.map(([, at]) => at),
      })),
    };
  }, [one.value, two.value]);
  const problem = one.error ?? two.error;
  if (problem !== undefined) return <p class="note">{problem.message}</p>;
  return (
    <figure>
      {label === '' ? null : (
        <figcaption>
          <b>{label}</b>
        </figcaption>
      )}
      {plot === undefined ? (
        <div class="plot-place" />
      ) : (
        <>
          <PlotView
            plot={plot}
            says={`${plot.axes.y} by ${plot.axes.x}: ${counted(plot.lines.length, 'line')}, ${plot.lines.map(({ name }) => name).join('; ')}`}
          />
          <Legend of={plot.lines} />
        </>
      )}
    </figure>
  );
}

function PicturePanel({ panel, figure, of }: { panel: Panel; figure: Figure; of: string }) {
  const [isLarge, setLarge] = useState(false);
  const name = panel.label === '' ? figure.title : panel.label;
  const path = address.picture(of, panel.file);
  return (
    <figure class="picture">
      <button type="button" class="enlarge" onClick={() => setLarge(true)} aria-label={`Enlarge: ${name}`}>
        <Picture path={path} alt={name} onLoad={enlargeCrops} class={panel.file.endsWith('.svg') ? 'drawing' : ''} />
      </button>
      {figure.panels.length > 1 ? <figcaption>{panel.label}</figcaption> : null}
      {isLarge ? (
        <Dialog label={name} close={() => setLarge(false)} isWide>
          <Picture path={path} alt={name} class="whole-picture" />
          <p class="note">{name}</p>
        </Dialog>
      ) : null}
    </figure>
  );
}

/** Small crops are shown at twice their size: a screen's pixels are finer than theirs. */
export function enlargeCrops(image: HTMLImageElement): void {
  if (image.naturalWidth > 0 && image.naturalWidth <= 560) image.style.width = `${2 * image.naturalWidth}px`;
}
