import type { Place, StageProgress } from './run.js';

/** A part that is not done on the machine of the run. */
export interface PlacedPart {
  /** Empty for a stage that is not divided, and for what puts its parts together. */
  readonly part: string;
  readonly phase: Place['phase'];
  /** `PENDING (Resources)`, `n2, job 7_0`. */
  readonly says: string;
  readonly progress: string;
}

export interface Places {
  /** All of them in a few words: `2 on n2 · 7 queued: PENDING (Resources)`. */
  readonly summary: string;
  /** Those that run first, then those that are queued, then those that wait for a job that has others. */
  readonly parts: readonly PlacedPart[];
}

const PHASES = ['running', 'queued', 'waiting'] as const;

/** Where the parts of a stage are that a cluster does; undefined where none is known to be anywhere but here. */
export function placesOf({ atWork }: Pick<StageProgress, 'atWork'>): Places | undefined {
  const placed = Object.entries(atWork).flatMap(([part, work]) =>
    work.place === undefined ? [] : [{ part, work, place: work.place }],
  );
  if (placed.length === 0) return undefined;
  const ordered = PHASES.flatMap((phase) => placed.filter(({ place }) => place.phase === phase));
  const groups = new Map<string, number>();
  for (const { place } of ordered) groups.set(shortly(place), (groups.get(shortly(place)) ?? 0) + 1);
  const isOne = ordered.length === 1;
  return {
    summary: [...groups].map(([words, count]) => (isOne ? words : `${count} ${words}`)).join(' · '),
    parts: ordered.map(({ part, work: { done, total, unit }, place }) => ({
      part,
      phase: place.phase,
      says: fully(place),
      progress: total === 0 ? '' : `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`,
    })),
  };
}

function shortly({ phase, words, node }: Place): string {
  if (phase === 'running') return node === '' ? `in job ${words}` : `on ${node}`;
  return phase === 'queued' ? `queued: ${words}` : 'waiting for a free job';
}

function fully(place: Place): string {
  const { phase, words, node } = place;
  return phase === 'running' && node !== '' && words !== '' ? `on ${node}, job ${words}` : shortly(place);
}
