import { useEffect, useRef, useState } from 'preact/hooks';
import type { RunProgress } from '../model/run.js';
import { counted } from './words.js';

/** What stages say, as they say it. */
export function RunLog({ progress }: { progress: RunProgress }) {
  const { log, forgotten } = progress;
  const [stage, setStage] = useState('');
  const [follows, setFollows] = useState(true);
  const place = useRef<HTMLDivElement>(null);
  const stages = [...new Set(log.map((line) => line.stage))];
  const lines = stage === '' ? log : log.filter((line) => line.stage === stage);
  useEffect(() => {
    const element = place.current;
    if (follows && element !== null) element.scrollTop = element.scrollHeight;
  }, [lines.length, lines.at(-1), follows]);
  if (log.length === 0) return null;
  return (
    <section aria-labelledby="log-head">
      <h2 id="log-head">Log</h2>
      <div class="tools">
        <label>
          Of{' '}
          <select value={stage} onChange={(event) => setStage(event.currentTarget.value)}>
            <option value="">all stages</option>
            {stages.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />{' '}
          follow
        </label>
        <span class="note">
          {counted(lines.length, 'line')}
          {forgotten > 0 ? `, ${counted(forgotten, 'older one')} left out` : ''}
        </span>
      </div>
      <div
        class="log"
        ref={place}
        tabIndex={0}
        role="log"
        aria-label="Log"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          setFollows(scrollTop + clientHeight > scrollHeight - 24);
        }}
      >
        {lines.map((line, i) => (
          <div key={forgotten + i}>
            {stage === '' ? <span class="who">{line.stage}</span> : null}
            {line.part === undefined ? null : <span class="who">{line.part}</span>}
            {plainLine(line.line)}
          </div>
        ))}
      </div>
    </section>
  );
}

/** A line without what a terminal would take for orders, and without characters that turn the reading direction. */
function plainLine(line: string): string {
  return line
    .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
