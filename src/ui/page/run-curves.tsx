import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RunKind } from '../../history/graph.js';
import { address } from '../model/address.js';
import { smoothed, thinned, type Curve, type Point } from '../model/curves.js';
import type { StageProgress } from '../model/run.js';
import type { CurvesView } from '../model/views.js';
import { colourOf, type LinesPlot } from './plot-words.js';
import { Legend, plotApi, PlotView } from './plots.js';
import { Search } from './search.js';
import { useAnswer, useSeen } from './shell.js';
import { counted, plain } from './words.js';

/** More names than these are no legend but a wall. */
const MOST_NAMES = 12;
/** Points of a plot that are drawn: of many curves, each has fewer. */
const MOST_DRAWN = 12_000;
/** Plots that are open at first. */
const FIRST = 4;

/** The curves of all stages that measure something along the way, one plot for each measure, over each other. */
export function RunCurves({
  id,
  measures,
  points,
  kinds,
  stages,
}: {
  id: string;
  measures: readonly string[];
  points: { readonly list: Point[]; readonly count: number };
  kinds: Readonly<Record<string, RunKind>>;
  stages: Readonly<Record<string, StageProgress>>;
}) {
  const [strength, setStrength] = useState(0);
  const [isLogX, setLogX] = useState(false);
  const [isLogY, setLogY] = useState(false);
  const [words, setWords] = useState('');
  const [isWhole, setWhole] = useState(false);
  const hasCurves = measures.length > 0;
  // Before they are in sight: drawing them should not have to wait for it.
  useEffect(() => {
    if (hasCurves) plotApi().catch(() => undefined);
  }, [hasCurves]);
  if (!hasCurves) return null;
  const declared = Object.values(kinds).flatMap(({ metrics }) => Object.entries(metrics ?? {}));
  const about = new Map(declared);
  // What kinds declare comes first, in their order; facts of the machine after it.
  const order = [...measures].sort((a, b) => rank(a) - rank(b));
  function rank(name: string): number {
    const at = [...about.keys()].indexOf(name);
    return at < 0 ? about.size : at;
  }
  return (
    <section aria-labelledby="curves-head">
      <h2 id="curves-head">Curves</h2>
      <div class="tools">
        <label class="range">
          smoothing
          <input
            type="range"
            min="0"
            max="0.98"
            step="0.02"
            value={strength}
            onInput={(event) => setStrength(Number(event.currentTarget.value))}
          />
          <output>{strength.toFixed(2)}</output>
        </label>
        <label>
          <input type="checkbox" checked={isLogX} onChange={(event) => setLogX(event.currentTarget.checked)} /> log x
        </label>
        <label>
          <input type="checkbox" checked={isLogY} onChange={(event) => setLogY(event.currentTarget.checked)} /> log y
        </label>
        <Search label="Filter curves by stage" placeholder="Filter stages" words={words} onWords={setWords} />
      </div>
      <div class="panels curves">
        {(isWhole ? order : order.slice(0, FIRST)).map((measure) => (
          <Measure
            key={measure}
            id={id}
            measure={measure}
            says={about.get(measure)?.says}
            label={about.get(measure)?.label ?? measure}
            points={points}
            strength={strength}
            isLogX={isLogX}
            isLogY={isLogY}
            words={words}
            stages={stages}
          />
        ))}
      </div>
      {order.length > FIRST && !isWhole ? (
        <button type="button" class="button quiet" onClick={() => setWhole(true)}>
          {counted(order.length - FIRST, 'more measure')}: {order.slice(FIRST).join(', ')}
        </button>
      ) : null}
    </section>
  );
}

function Measure({
  id,
  measure,
  says,
  label,
  points,
  strength,
  isLogX,
  isLogY,
  words,
  stages,
}: {
  id: string;
  measure: string;
  says: string | undefined;
  label: string;
  points: { readonly list: Point[]; readonly count: number };
  strength: number;
  isLogX: boolean;
  isLogY: boolean;
  words: string;
  stages: Readonly<Record<string, StageProgress>>;
}) {
  const place = useRef<HTMLElement>(null);
  // Curves of a large run are megabytes: those that nobody looks at are not asked for.
  const isSeen = useSeen(place, 600);
  const { value } = useAnswer<CurvesView>(isSeen ? address.curves(id, measure) : undefined);
  const curves = useMerged(value?.curves, measure, points);
  const plot = useMemo((): LinesPlot => {
    const wanted = words
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const shown = curves.filter(({ stage }) => wanted.every((word) => stage.toLowerCase().includes(word)));
    return {
      shape: 'lines',
      axes: { x: 'step', y: label, isLogX, isLogY, isCount: true },
      lines: shown.map(({ stage, x, y }, i) => ({
        name: stage,
        colour: colourOf(i),
        ...thinned({ x, y: smoothed(y, strength) }, Math.floor(MOST_DRAWN / shown.length)),
      })),
      height: 200,
    };
  }, [curves, strength, isLogX, isLogY, words, label]);
  if (value === undefined) {
    return (
      <figure ref={place} class="plot-place">
        <figcaption>
          <b>{label}</b>
        </figcaption>
      </figure>
    );
  }
  if (curves.length === 0) return null;
  const [first] = plot.lines;
  const summary =
    plot.lines.length === 1
      ? `${label} by step, from ${plain(first!.y[0])} to ${plain(first!.y.at(-1))}`
      : `${label} by step: ${counted(plot.lines.length, 'curve')}`;
  const axes = [...(isLogX ? ['x'] : []), ...(isLogY ? ['y'] : [])].map((axis) => `; ${axis} is logarithmic`).join('');
  const running = curves.filter(({ stage }) => stages[stage]?.status === 'running').length;
  return (
    <figure>
      <figcaption>
        <b>{label}</b>
        {says === undefined ? null : <span class="note"> {says}</span>}
        {running > 0 ? <span class="note"> {counted(running, 'curve grows', 'curves grow')}.</span> : null}
      </figcaption>
      <PlotView plot={plot} says={`${summary}${axes}`} />
      {plot.lines.length > 1 && plot.lines.length <= MOST_NAMES ? <Legend of={plot.lines} /> : null}
      {plot.lines.length > MOST_NAMES ? (
        <p class="note">{counted(plot.lines.length, 'curve')}; point at one for its name, or filter.</p>
      ) : null}
    </figure>
  );
}

/** What the server gave, with the points heard since. */
function useMerged(
  given: readonly Curve[] | undefined,
  measure: string,
  points: { readonly list: Point[]; readonly count: number },
): readonly Curve[] {
  const [merged, setMerged] = useState<{
    readonly curves: Map<string, { stage: string; x: number[]; y: number[] }>;
    heard: number;
  }>();
  useEffect(() => {
    if (given === undefined) return;
    setMerged({
      curves: new Map(given.map(({ stage, x, y }) => [stage, { stage, x: [...x], y: [...y] }])),
      heard: 0,
    });
  }, [given]);
  return useMemo(() => {
    if (merged === undefined) return [];
    for (const { stage, step, values } of points.list.slice(merged.heard)) {
      const value = values[measure];
      if (value === undefined) continue;
      let curve = merged.curves.get(stage);
      if (curve === undefined) merged.curves.set(stage, (curve = { stage, x: [], y: [] }));
      // What the server gave may hold it already.
      if (curve.x.length > 0 && step <= curve.x.at(-1)!) continue;
      curve.x.push(step);
      curve.y.push(value);
    }
    merged.heard = points.count;
    return [...merged.curves.values()].map((curve) => ({ ...curve }));
  }, [merged, points.count, measure]);
}
