import { useMemo, useState } from 'preact/hooks';
import { address } from '../model/address.js';
import { refText } from '../model/address.js';
import type { ProjectView, RunsView, RunSummary } from '../model/views.js';
import { to } from './route.js';
import { Search } from './search.js';
import { Growing, State, Title, Trouble, useAnswer, useDataSource, VerdictChip } from './shell.js';
import { ago, counted, exactly, took } from './words.js';

/** All runs of the project, the newest first. */
export function RunsPage({ project }: { project: ProjectView | undefined }) {
  const answer = useAnswer<RunsView>(address.runs, 2500);
  // Both are asked for at once; which experiment is looked at first is known with the project.
  const { value, error } = project === undefined ? { value: undefined, error: undefined } : answer;
  const [typed, setWords] = useState<string | undefined>();
  const words = typed ?? project?.experiment ?? '';
  const [picked, setPicked] = useState<readonly string[]>([]);
  const shown = useMemo(() => filtered(value?.runs ?? [], words), [value, words]);
  const source = useDataSource();
  if (error !== undefined && value === undefined) return <Trouble of={error} />;
  const pick = (id: string, isPicked: boolean): void =>
    setPicked(isPicked ? [...picked, id].slice(-2) : picked.filter((each) => each !== id));
  // The older of two stands first, whichever was picked first.
  const [before, after] = [...picked].sort();
  return (
    <>
      <Title>Runs</Title>
      {error === undefined ? null : <Trouble of={error} />}
      {value?.runs.length === 0 ? (
        <div class="empty">
          <p>Nothing has run in this project yet.</p>
          <pre>fx run experiments/quickstart.yaml</pre>
          <p class="note">A run appears here when it starts.</p>
        </div>
      ) : (
        <>
          <div class="tools">
            <Search
              label="Filter runs"
              placeholder="Filter: an experiment, a state, a setting"
              words={words}
              onWords={setWords}
            />
            <span class="note" role="status">
              {value === undefined
                ? ''
                : words === ''
                  ? counted(shown.length, 'run')
                  : `${shown.length} of ${counted(value.runs.length, 'run')}`}
            </span>
            {before === undefined || after === undefined ? (
              <span class="note wide">
                {source.isLive && shown.length > 1 ? 'Pick two with reports to compare them.' : ''}
              </span>
            ) : (
              <a
                class="button"
                href={to.compare(refText({ from: 'run', id: before }), refText({ from: 'run', id: after }))}
              >
                Compare the two
              </a>
            )}
          </div>
          <ul class="runs" aria-label="Runs">
            <Growing of={shown} by={30}>
              {(run) => (
                <Run
                  key={run.id}
                  run={run}
                  isPicked={picked.includes(run.id)}
                  pick={(isPicked) => pick(run.id, isPicked)}
                />
              )}
            </Growing>
          </ul>
        </>
      )}
    </>
  );
}

function Run({ run, isPicked, pick }: { run: RunSummary; isPicked: boolean; pick: (isPicked: boolean) => void }) {
  const { id, experiment, profile, set, commit, began, ended, state, hasReport } = run;
  const stages = ended?.stages;
  const verdicts = Object.entries(ended?.verdicts ?? {}).filter(([, count]) => count > 0);
  return (
    <li class="run">
      <span class="pick">
        {hasReport ? (
          <input
            type="checkbox"
            checked={isPicked}
            aria-label={`Compare the run of ${experiment}, ${exactly(began)}`}
            onChange={(event) => pick(event.currentTarget.checked)}
          />
        ) : null}
      </span>
      <a class="run-link" href={to.run(id)}>
        <span class="what">
          <b>{experiment}</b> <span class="profile">{profile}</span>
          {set.map((each) => (
            <code class="setting" key={each}>
              {each}
            </code>
          ))}
        </span>
        <State of={state} />
        <span class="counts">
          {stages === undefined
            ? ''
            : [
                [stages.executed, 'executed'],
                [stages.reused, 'reused'],
                [stages.failed, 'failed'],
                [stages.skipped, 'skipped'],
              ]
                .filter(([count]) => count !== 0)
                .map(([count, word]) => `${count} ${word}`)
                .join(', ')}
        </span>
        <span class="verdicts">
          {verdicts.map(([verdict, count]) => (
            <VerdictChip key={verdict} of={verdict as 'reproduced'} count={count} />
          ))}
        </span>
        <span class="took">{ended === null ? '' : took(ended.seconds)}</span>
        <time dateTime={began} title={exactly(began)}>
          {ago(began)}
        </time>
        <code class="commit">{commit?.slice(0, 8) ?? ''}</code>
      </a>
    </li>
  );
}

function filtered(runs: readonly RunSummary[], words: string): readonly RunSummary[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return runs;
  return runs.filter(({ experiment, profile, state, set, commit, file }) => {
    const text = [experiment, profile, state, ...set, commit ?? '', file].join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
