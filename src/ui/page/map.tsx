import { useMemo, useState } from 'preact/hooks';
import type { MapView } from '../model/views.js';
import { COLOURS, type PointsPlot } from './plot-words.js';
import { Legend, PlotView } from './plots.js';
import { useAnswer } from './shell.js';

/** Many things as points of a plane, coloured by what is chosen. */
export function MapShown({ path, says }: { path: string; says: string }) {
  const { value, error } = useAnswer<MapView>(path);
  const title = says.replace(/\.$/, '');
  return (
    <section class="map" aria-label={title}>
      <h3>{title}</h3>
      {error === undefined ? null : <p class="note">{error.message}</p>}
      {value === undefined && error === undefined ? <p class="note loading">Looking them up…</p> : null}
      {value === undefined ? null : <Points of={value} title={title} />}
    </section>
  );
}

function Points({ of, title }: { of: MapView; title: string }) {
  const { axes, x, y, total, colourings } = of;
  const [chosen, setChosen] = useState(0);
  const colouring = colourings[chosen];
  const { plot, named } = useMemo(() => drawn(of, chosen), [of, chosen]);
  const shown = x.length < total ? `${x.length.toLocaleString('en')} of ` : '';
  const count = `${shown}${total.toLocaleString('en')} ${of.of}`;
  return (
    <>
      {colourings.length < 2 ? null : (
        <div class="tools">
          <label>
            Colour by{' '}
            <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
              {colourings.map(({ says }, i) => (
                <option key={says} value={i}>
                  {says}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <PlotView
        plot={plot}
        says={`${title}: ${count}, ${axes.x} against ${axes.y}${colouring === undefined ? '' : `, by ${colouring.says}`}.`}
      />
      {named.length === 0 ? null : <Legend of={named} />}
      <p class="note">{y.length === 0 ? 'Nothing to show.' : `${count}.`}</p>
    </>
  );
}

/** The largest classes have colours of their own; the rest share one. */
function drawn({ axes, x, y, colourings }: MapView, chosen: number) {
  const colouring = colourings[chosen];
  const common = { shape: 'points', axes, x, y, height: 320 } as const;
  if (colouring === undefined) {
    const plot: PointsPlot = { ...common, names: x.map(() => ''), colours: x.map(() => COLOURS[0]) };
    return { plot, named: [] };
  }
  if ('values' in colouring) {
    const { says, values } = colouring;
    const plot: PointsPlot = { ...common, names: values.map(String), colours: { title: says, values } };
    return { plot, named: [] };
  }
  const { says, classes } = colouring;
  const counts = new Map<string, number>();
  for (const name of classes) counts.set(name, (counts.get(name) ?? 0) + 1);
  const largest = [...counts].sort(([, a], [, b]) => b - a).filter(([, count]) => count > 1);
  const named = largest
    .slice(0, OWN.length)
    .map(([name, count], i) => ({ name: `${name} (${count})`, of: name, colour: OWN[i]! }));
  const colours = new Map(named.map(({ of, colour }) => [of, colour]));
  const others = counts.size - named.length;
  const rest =
    others === 0
      ? []
      : [{ name: `${others.toLocaleString('en')} other${named.length === 0 ? '' : 's'} (${says})`, colour: OTHERS }];
  const plot: PointsPlot = { ...common, names: classes, colours: classes.map((name) => colours.get(name) ?? OTHERS) };
  return { plot, named: [...named, ...rest] };
}

/** Grey is for the others. */
const OTHERS = '#9A9A9A';
const OWN = COLOURS.filter((colour) => colour !== '#7F7F7F');
