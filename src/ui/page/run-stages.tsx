import { useMemo, useState } from 'preact/hooks';
import { secondsLeft, shareOf, type RunProgress, type StageProgress, type StageStatus } from '../model/run.js';
import { placesOf, type PlacedPart } from '../model/places.js';
import { Growing, State } from './shell.js';
import { counted, sayLeft, took } from './words.js';

const FILTERS = ['all', 'at work', 'failed', 'executed', 'reused', 'waiting'] as const;
type Filter = (typeof FILTERS)[number];

const SHOWN: Readonly<Record<Filter, (status: StageStatus) => boolean>> = {
  all: () => true,
  'at work': (status) => status === 'running',
  failed: (status) => status === 'failed',
  executed: (status) => status === 'executed',
  reused: (status) => status === 'reused',
  waiting: (status) => status === 'waiting' || status === 'skipped',
};

/** Every stage, with its parts as a bar and the time left. */
export function RunStages({
  progress,
  now,
  isOver,
  name,
  pick,
}: {
  progress: RunProgress;
  now: number;
  isOver: boolean;
  name: string | undefined;
  pick: (name: string | undefined) => void;
}) {
  const [filter, setFilter] = useState<Filter>('all');
  const all = progress.order.map((id) => progress.stages[id]!);
  const named = name === undefined ? all : all.filter((stage) => stage.name === name);
  const counts = useMemo(() => new Map<Filter, number>(), []);
  for (const each of FILTERS) counts.set(each, named.filter(({ status }) => SHOWN[each](status)).length);
  const shown = named.filter(({ status }) => SHOWN[filter](status));
  return (
    <>
      <div class="tools" role="group" aria-label="Stages shown">
        {FILTERS.filter((each) => each === 'all' || counts.get(each)! > 0 || each === filter).map((each) => (
          <button
            type="button"
            key={each}
            class="toggle"
            aria-pressed={each === filter}
            onClick={() => setFilter(each)}
          >
            {each} <span class="n">{counts.get(each)}</span>
          </button>
        ))}
        {name === undefined ? null : (
          <button
            type="button"
            class="toggle is-name"
            onClick={() => pick(undefined)}
            aria-label={`Show all, not ${name} alone`}
          >
            {name} ×
          </button>
        )}
      </div>
      <ul class="stages">
        <Growing of={shown} byHand>
          {(stage) => (
            <Stage key={stage.id} stage={stage} now={now} isOver={isOver} colour={progress.kinds[stage.kind]?.colour} />
          )}
        </Growing>
        {shown.length === 0 ? <li class="note">None.</li> : null}
      </ul>
    </>
  );
}

function Stage({
  stage,
  now,
  isOver,
  colour,
}: {
  stage: StageProgress;
  now: number;
  isOver: boolean;
  colour: string | undefined;
}) {
  // A run that was killed said no more of what it was at.
  const status = isOver && stage.status === 'running' ? 'skipped' : stage.status;
  const share = shareOf(stage);
  const left = secondsLeft(stage, now);
  const work = Object.values(stage.atWork).find(({ total }) => total > 0);
  const isAtWork = status === 'running';
  const places = isAtWork ? placesOf(stage) : undefined;
  const elapsed = stage.seconds ?? (isAtWork && stage.began !== undefined ? now - stage.began : undefined);
  return (
    <li class={`stage is-${status}`}>
      <i class="kind" style={{ background: safeColour(colour) }} aria-hidden="true" />
      <span class="id">
        {stage.id}
        <small>{stage.kind}</small>
      </span>
      <State of={status} />
      <span class="bar" aria-hidden={share === undefined}>
        {isAtWork && share === undefined ? <i class="unknown" /> : null}
        {share === undefined ? null : (
          <i
            class="share"
            style={{ width: `${100 * share}%` }}
            role="progressbar"
            aria-label={stage.id}
            aria-valuenow={Math.round(100 * share)}
            aria-valuemin={0}
            aria-valuemax={100}
          />
        )}
      </span>
      <span class="how">
        {isAtWork
          ? [
              stage.waitsFor === undefined ? '' : `waits for ${stage.waitsFor}`,
              places?.summary ?? '',
              stage.parts === undefined || stage.parts.total < 2
                ? ''
                : places === undefined
                  ? `part ${Math.min(stage.parts.known + 1, stage.parts.total)} of ${stage.parts.total}`
                  : `${stage.parts.known} of ${stage.parts.total} parts done`,
              work === undefined
                ? ''
                : `${work.done.toLocaleString('en')} of ${work.total.toLocaleString('en')} ${work.unit}`,
            ]
              .filter((word) => word !== '')
              .join(' · ')
          : stage.parts !== undefined && status === 'executed' && stage.parts.total > 1
            ? `${stage.parts.total} parts`
            : ''}
      </span>
      <span class="took">
        {elapsed === undefined ? '' : took(elapsed)}
        {left === undefined ? null : <small>{sayLeft(left)}</small>}
      </span>
      {places === undefined || stage.parts === undefined ? null : <PartPlaces parts={places.parts} />}
    </li>
  );
}

const MOST_PARTS = 200;

/** Where each part is that a cluster does. Drawn while it is open: a large stage has hundreds at a time. */
function PartPlaces({ parts }: { parts: readonly PlacedPart[] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="places" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{counted(parts.length, 'part')} on the cluster</summary>
      {isOpen ? (
        <ul>
          {parts.slice(0, MOST_PARTS).map(({ part, phase, says, progress }) => (
            <li key={part} class={`is-${phase}`}>
              <code>{part === '' ? 'all parts put together' : part}</code>
              <span>{says}</span>
              <span class="how">{progress}</span>
            </li>
          ))}
          {parts.length > MOST_PARTS ? <li class="note">And {parts.length - MOST_PARTS} more.</li> : null}
        </ul>
      ) : null}
    </details>
  );
}

/** A kind of a stranger may call anything a colour. */
function safeColour(colour: string | undefined): string {
  return colour !== undefined && /^#[0-9a-f]{6}$/i.test(colour) ? colour : 'var(--faint)';
}
