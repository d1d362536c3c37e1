import { useEffect, useRef, useState } from 'preact/hooks';
import type { Plot, PlotApi } from './plot-words.js';
import { useSeen } from './shell.js';
import { loadScript } from './data-source.js';

let loading: Promise<PlotApi> | undefined;

/** Loads what draws plots, once. */
export function plotApi(): Promise<PlotApi> {
  loading ??= loadScript('plot.js').then(() => (window as unknown as { fxPlot: PlotApi }).fxPlot);
  return loading;
}

let turn: Promise<void> = Promise.resolve();

/** Plots are drawn one after another, with time between for the page to be scrolled. */
function inTurn(draw: () => void): void {
  turn = turn.then(
    () =>
      new Promise((done) => {
        setTimeout(() => {
          try {
            draw();
          } finally {
            done();
          }
        });
      }),
  );
}

/** A plot, drawn when it comes into sight and again when it, its width or the colours change. @param says what a listener hears */
export function PlotView({ plot, says }: { plot: Plot; says: string }) {
  const place = useRef<HTMLDivElement>(null);
  const isSeen = useSeen(place, 200);
  const [width, setWidth] = useState(0);
  const [scheme, setScheme] = useState(0);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const element = place.current!;
    const sized = new ResizeObserver(() => setWidth(element.clientWidth));
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => setScheme((now) => now + 1);
    sized.observe(element);
    dark.addEventListener('change', changed);
    return () => {
      sized.disconnect();
      dark.removeEventListener('change', changed);
    };
  }, []);
  useEffect(() => {
    if (!isSeen || width === 0) return undefined;
    let isWanted = true;
    let remove: (() => void) | undefined;
    plotApi().then(
      (api) => {
        inTurn(() => {
          if (!isWanted || place.current === null) return;
          place.current.replaceChildren();
          remove = api.draw(place.current, plot);
        });
      },
      () => setBroken(true),
    );
    return () => {
      isWanted = false;
      remove?.();
    };
  }, [plot, isSeen, width, scheme]);
  if (isBroken) return <p class="note">The plot cannot be drawn: its script was not found.</p>;
  return (
    <div class="plot" role="img" aria-label={says}>
      <div class="plot-place" ref={place} style={{ minHeight: `${(plot.height ?? 240) + 50}px` }} />
    </div>
  );
}

/** Names and colours of a plot's lines. */
export function Legend({ of }: { of: readonly { readonly name: string; readonly colour: string }[] }) {
  return (
    <ul class="legend">
      {of.map(({ name, colour }) => (
        <li key={name}>
          <i style={{ background: colour }} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}
