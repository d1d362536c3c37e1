import { useMemo, useState } from 'preact/hooks';
import type { RunProgress } from '../model/run.js';
import { colourOf, type LinesPlot, type PlotLine } from './plot-words.js';
import { Legend, PlotView } from './plots.js';
import { bytes } from './words.js';

/** Stages that are shown by themselves: those that took most. */
const MOST_STAGES = 6;

/** What the run and its processes used over time. */
export function RunResources({ progress }: { progress: RunProgress }) {
  const { resources, cores } = progress;
  const [byStage, setByStage] = useState(false);
  const last = resources.at(-1);
  const plots = useMemo(() => {
    const x = resources.map(({ at = 0 }) => at);
    const whole = (name: string, y: readonly number[], colour: string): PlotLine => ({ name, colour, x, y });
    const plot = (label: string, lines: readonly PlotLine[]): LinesPlot => ({
      shape: 'lines',
      axes: { x: 'seconds', y: label, isFromZero: true },
      lines,
      height: 130,
    });
    const stages = byStage ? mostOf(progress) : [];
    const ofStages = (
      value: (of: { readonly cores: number; readonly memory: number }) => number,
    ): readonly PlotLine[] =>
      stages.map((stage, i) =>
        whole(
          stage,
          resources.map((each) => (each.stages[stage] === undefined ? 0 : value(each.stages[stage]))),
          colourOf(i + 1),
        ),
      );
    return {
      stages,
      cores: plot('cores', [
        whole(
          'all',
          resources.map((each) => each.cores),
          colourOf(0),
        ),
        ...ofStages((of) => of.cores),
      ]),
      memory: plot('memory, GiB', [
        whole(
          'all',
          resources.map(({ memory }) => memory / 2 ** 30),
          colourOf(0),
        ),
        ...ofStages(({ memory }) => memory / 2 ** 30),
      ]),
      disk: plot('written, MiB a second', [
        whole(
          'all',
          resources.map(({ written }) => written / 2 ** 20),
          colourOf(0),
        ),
      ]),
    };
  }, [resources.length, last, byStage]);
  if (last === undefined || resources.length < 2) return null;
  const peak = Math.max(...resources.map(({ memory }) => memory));
  return (
    <section aria-labelledby="resources-head">
      <h2 id="resources-head">Resources</h2>
      <div class="tools">
        <span class="note">
          {last.cores.toFixed(1)} of {cores} cores, {bytes(last.memory)} of memory (at most {bytes(peak)})
        </span>
        <label>
          <input type="checkbox" checked={byStage} onChange={(event) => setByStage(event.currentTarget.checked)} /> by
          stage
        </label>
      </div>
      {plots.stages.length === 0 ? null : (
        <Legend
          of={[
            { name: 'all', colour: colourOf(0) },
            ...plots.stages.map((name, i) => ({ name, colour: colourOf(i + 1) })),
          ]}
        />
      )}
      <div class="panels">
        <PlotView plot={plots.cores} says={`Cores used over time, now ${last.cores.toFixed(1)}`} />
        <PlotView plot={plots.memory} says={`Memory held over time, at most ${bytes(peak)}`} />
        <PlotView plot={plots.disk} says="Bytes written to disk over time" />
      </div>
    </section>
  );
}

function mostOf({ resources }: RunProgress): readonly string[] {
  const sums = new Map<string, number>();
  for (const { stages } of resources)
    for (const [stage, { cores }] of Object.entries(stages)) sums.set(stage, (sums.get(stage) ?? 0) + cores);
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_STAGES)
    .map(([stage]) => stage);
}
