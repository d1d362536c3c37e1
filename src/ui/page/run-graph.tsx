import type { GraphBox, GraphView } from '../model/drawing.js';
import { shareOf, type RunProgress, type StageProgress, type StageStatus } from '../model/run.js';

/** The graph, a box for all stages of a name, coloured by what has become of them. */
export function RunGraph({
  graph,
  progress,
  picked,
  pick,
}: {
  graph: GraphView;
  progress: RunProgress;
  picked: string | undefined;
  pick: (name: string | undefined) => void;
}) {
  const byName = new Map<string, StageProgress[]>();
  for (const id of progress.order) {
    const stage = progress.stages[id]!;
    const same = byName.get(stage.name);
    if (same === undefined) byName.set(stage.name, [stage]);
    else same.push(stage);
  }
  return (
    <div class="graph scroll" tabIndex={0} role="group" aria-label="Graph of the stages; pick one to see its parts">
      <svg viewBox={`0 0 ${graph.width} ${graph.height}`} width={graph.width} height={graph.height}>
        <g class="links">
          {graph.lines.map((line, i) => (
            <path key={i} d={line} />
          ))}
        </g>
        {graph.boxes.map((box) => (
          <Box
            key={box.name}
            box={box}
            stages={byName.get(box.name) ?? []}
            isPicked={picked === box.name}
            pick={() => pick(picked === box.name ? undefined : box.name)}
          />
        ))}
      </svg>
    </div>
  );
}

/** What tells most of several stages: the first of these that one of them has. */
const ORDER: readonly StageStatus[] = ['failed', 'running', 'waiting', 'skipped', 'executed', 'reused'];

function Box({
  box,
  stages,
  isPicked,
  pick,
}: {
  box: GraphBox;
  stages: readonly StageProgress[];
  isPicked: boolean;
  pick: () => void;
}) {
  const status = ORDER.find((each) => stages.some((stage) => stage.status === each)) ?? 'waiting';
  const shares = stages.map((stage) => shareOf(stage) ?? 0);
  const share = shares.length === 0 ? 0 : shares.reduce((sum, each) => sum + each, 0) / shares.length;
  const done = stages.filter((stage) => stage.status === 'executed' || stage.status === 'reused').length;
  const label = stages.length > 1 ? `${box.name} ×${stages.length}` : box.name;
  const says = `${label} ${box.kind}: ${stages.length > 1 ? `${done} of ${stages.length} done, ` : ''}${status}`;
  const top = box.y - 19;
  return (
    <g
      class={`box is-${status} ${isPicked ? 'is-picked' : ''}`}
      role="button"
      tabindex={0}
      aria-pressed={isPicked}
      onClick={pick}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        pick();
      }}
    >
      <title>{says}</title>
      <rect class="frame" x={box.x} y={top} width={box.width} height={38} rx={6} />
      <rect
        class="kind"
        x={box.x + 1}
        y={top + 5}
        width={3.5}
        height={28}
        rx={1.75}
        fill={box.colour ?? 'var(--faint)'}
      />
      <text x={box.x + 14} y={box.y - 2} class="name">
        {label}
      </text>
      <text x={box.x + 14} y={box.y + 12} class="note">
        {box.kind}
      </text>
      <rect class="track" x={box.x + 8} y={top + 34} width={box.width - 16} height={2} rx={1} />
      <rect class="share" x={box.x + 8} y={top + 34} width={Math.max(0, (box.width - 16) * share)} height={2} rx={1} />
    </g>
  );
}
