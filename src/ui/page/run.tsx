import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { address, refText } from '../model/address.js';
import { apply, countsOf, type RunProgress } from '../model/run.js';
import type { Point } from '../model/curves.js';
import type { RunSummary, RunView } from '../model/views.js';
import { to } from './route.js';
import { RunCurves } from './run-curves.js';
import { RunGraph } from './run-graph.js';
import { RunLog } from './run-log.js';
import { RunResources } from './run-resources.js';
import { RunStages } from './run-stages.js';
import { asUnanswered, Dialog, State, Title, Trouble, useAnswer, useDataSource, VerdictChip } from './shell.js';
import { listen, type Unanswered } from './data-source.js';
import { ago, counted, exactly, took } from './words.js';

/** A run as it goes, or as it went. */
export function RunPage({ id }: { id: string }) {
  const { value, error } = useAnswer<RunView>(address.run(id));
  if (error !== undefined) return <Trouble of={error} />;
  return value === undefined ? <p class="note loading">Reading the run…</p> : <Live view={value} />;
}

function Live({ view }: { view: RunView }) {
  const live = useLive(view);
  const { progress, run } = live;
  const [stage, setStage] = useState<string | undefined>();
  const counts = countsOf(progress);
  const now = run.state === 'running' ? Math.max(progress.at, live.now) : progress.at;
  const done = counts.executed + counts.reused;
  return (
    <>
      <Title
        tab={run.experiment}
        kicker={
          <>
            <code>{run.experiment}</code> · profile <b>{run.profile}</b>
            {run.commit === null ? null : (
              <>
                {' '}
                · commit <code>{run.commit.slice(0, 8)}</code>
              </>
            )}
            {run.set.map((each) => (
              <code class="setting" key={each}>
                {each}
              </code>
            ))}
          </>
        }
      >
        {progress.title === '' ? run.experiment : progress.title}
      </Title>
      <div class="strip" role="status" aria-live="polite">
        <State of={run.state} />
        <span>
          <b>{took(run.ended?.seconds ?? now)}</b>
          <small title={exactly(run.began)}>began {ago(run.began)}</small>
        </span>
        <span>
          <b>
            {done} of {progress.order.length}
          </b>
          <small>stages done</small>
        </span>
        <Count n={counts.reused} word="reused" />
        <Count n={counts.executed} word="executed" />
        <Count n={counts.running} word="at work" />
        <Count n={counts.failed} word="failed" />
        {Object.entries(run.ended?.verdicts ?? {})
          .filter(([, count]) => count > 0)
          .map(([verdict, count]) => (
            <VerdictChip key={verdict} of={verdict as 'reproduced'} count={count} />
          ))}
        <span class="acts">
          {run.hasReport ? (
            <a class="button" href={to.report(refText({ from: 'run', id: run.id }))}>
              Its report
            </a>
          ) : null}
          {view.canStop && run.state === 'running' ? <Stop run={run} /> : null}
        </span>
      </div>
      {progress.order.length > 0 ? (
        <Whole share={done / progress.order.length} isOver={run.state !== 'running'} />
      ) : null}
      {live.isLost ? (
        <p class="notice" role="alert">
          {live.trouble?.message ?? 'The connection is lost; the page reconnects as soon as fx ui answers.'}
        </p>
      ) : null}
      <Notices progress={progress} />
      {view.graph === undefined ? null : (
        <section aria-labelledby="graph-head">
          <h2 id="graph-head">Graph</h2>
          <RunGraph graph={view.graph} progress={progress} pick={setStage} picked={stage} />
        </section>
      )}
      <section aria-labelledby="stages-head">
        <h2 id="stages-head">Stages</h2>
        <RunStages progress={progress} now={now} isOver={run.state !== 'running'} name={stage} pick={setStage} />
      </section>
      <RunCurves
        id={run.id}
        measures={live.measures}
        points={live.points}
        kinds={progress.kinds}
        stages={progress.stages}
      />
      <RunLog progress={progress} />
      <RunResources progress={progress} />
    </>
  );
}

function Count({ n, word }: { n: number; word: string }) {
  if (n === 0) return null;
  return (
    <span>
      <b>{n}</b>
      <small>{word}</small>
    </span>
  );
}

function Whole({ share, isOver }: { share: number; isOver: boolean }) {
  return (
    <div
      class={`whole ${isOver ? 'is-over' : ''}`}
      role="progressbar"
      aria-label="Stages done"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * share)}
    >
      <i style={{ width: `${100 * share}%` }} />
    </div>
  );
}

interface LiveRun {
  readonly progress: RunProgress;
  readonly run: RunSummary;
  readonly measures: readonly string[];
  /** New points of curves since the page was opened; the list is the same one, and grows. */
  readonly points: { readonly list: Point[]; readonly count: number };
  readonly isLost: boolean;
  readonly trouble: Unanswered | undefined;
  /** Seconds since it began. */
  readonly now: number;
}

/** The state that the server gave, and all that is heard since. Drawn as often as there is something new, five times a second at most. */
function useLive(view: RunView): LiveRun {
  const source = useDataSource();
  const state = useRef({
    progress: view.progress,
    run: view.run,
    points: [] as Point[],
    measures: new Set(view.measures),
  });
  const [, draw] = useState(0);
  const [isLost, setLost] = useState(false);
  const [trouble, setTrouble] = useState<Unanswered | undefined>();
  useEffect(() => {
    if (!source.isLive || view.run.state !== 'running') return undefined;
    const end = new AbortController();
    let isDue = false;
    const soon = (): void => {
      if (isDue) return;
      isDue = true;
      window.setTimeout(() => {
        isDue = false;
        draw((count) => count + 1);
      }, 200);
    };
    const clock = window.setInterval(soon, 1000);
    listen(
      view.run.id,
      view.next,
      {
        events: (events) => {
          for (const event of events) apply(state.current.progress, event);
          soon();
        },
        points: (points) => {
          state.current.points.push(...points);
          for (const { values } of points)
            for (const name of Object.keys(values)) if (name !== 'epoch') state.current.measures.add(name);
          soon();
        },
        run: (run) => {
          state.current.run = run;
          if (run.state !== 'running') window.clearInterval(clock);
          soon();
        },
        connected: (isConnected) => setLost(!isConnected),
      },
      end.signal,
    ).catch((error: unknown) => {
      setLost(true);
      setTrouble(asUnanswered(error));
    });
    return () => {
      end.abort();
      window.clearInterval(clock);
    };
  }, [view, source]);
  const { progress, run, points, measures } = state.current;
  const names = useMemo(() => [...measures], [measures.size]);
  return {
    progress,
    run,
    measures: names,
    points: { list: points, count: points.length },
    isLost,
    trouble,
    now: (Date.now() - new Date(run.began).getTime()) / 1000,
  };
}

function Notices({ progress }: { progress: RunProgress }) {
  const { notices } = progress;
  if (notices.length === 0) return null;
  const worst = notices.some(({ severity }) => severity === 'error') ? 'error' : 'warning';
  return (
    <details class={`notices is-${worst}`} open={worst === 'error'}>
      <summary>{worst === 'error' ? 'What went wrong' : counted(notices.length, 'warning')}</summary>
      <ul>
        {notices.map((notice, i) => (
          <li key={i}>
            <span class={`severity is-${notice.severity}`}>{notice.severity}</span>
            {notice.stage === undefined ? null : <code>{notice.stage}</code>}
            <span class="message">{notice.message}</span>
            {notice.help === undefined ? null : <span class="note"> {notice.help}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Stop({ run }: { run: RunSummary }) {
  const source = useDataSource();
  const [isAsked, setAsked] = useState(false);
  const [said, setSaid] = useState<string | undefined>();
  return (
    <>
      <button type="button" class="button quiet" onClick={() => setAsked(true)} disabled={said !== undefined}>
        {said === undefined ? 'Stop' : 'Stopping…'}
      </button>
      {isAsked ? (
        <Dialog label="Stop this run?" close={() => setAsked(false)}>
          <h2>Stop this run?</h2>
          <p>
            Running stages are stopped, as by Ctrl-C. Finished work is kept: the next run of{' '}
            <code>{run.experiment}</code> continues from there.
          </p>
          <p class="choices">
            <button
              type="button"
              class="button danger"
              onClick={() => {
                setAsked(false);
                setSaid('');
                source.stop(run.id).then(setSaid, (error: unknown) => setSaid(asUnanswered(error).message));
              }}
            >
              Stop it
            </button>
            <button type="button" class="button quiet" onClick={() => setAsked(false)}>
              Let it run
            </button>
          </p>
        </Dialog>
      ) : null}
      {said === undefined || said === '' ? null : (
        <small class="note" role="status">
          {said}
        </small>
      )}
    </>
  );
}
