import { useState } from 'preact/hooks';
import { address } from '../model/address.js';
import type { ReportEntry, ReportsView } from '../model/views.js';
import { to } from './route.js';
import { Growing, Title, Trouble, useAnswer } from './shell.js';
import { ago, exactly } from './words.js';

/** All reports there are: as they are now, of runs, of commits. */
export function ReportsPage() {
  const { value, error } = useAnswer<ReportsView>(address.reports, 5000);
  const [picked, setPicked] = useState<readonly string[]>([]);
  if (error !== undefined) return <Trouble of={error} />;
  const groups = groupsOf(value?.reports ?? []);
  const [before, after] = [...picked].sort((a, b) => whenOf(value, a).localeCompare(whenOf(value, b)));
  return (
    <>
      <Title>Reports</Title>
      <div class="tools">
        {before === undefined || after === undefined ? (
          <span class="note">{value === undefined || value.reports.length < 2 ? '' : 'Pick two to compare them.'}</span>
        ) : (
          <a class="button" href={to.compare(before, after)}>
            Compare the two
          </a>
        )}
      </div>
      {value?.reports.length === 0 ? (
        <div class="empty">
          <p>There is no report yet. A run of an experiment with a report section writes one.</p>
        </div>
      ) : null}
      {groups.map(([name, reports]) => (
        <section key={name} class="report-group">
          <h2>{name}</h2>
          <ul class="reports">
            <Growing of={reports} by={12}>
              {(report) => (
                <li key={report.ref}>
                  <input
                    type="checkbox"
                    aria-label={`Compare ${name}, ${sayFrom(report)}`}
                    checked={picked.includes(report.ref)}
                    onChange={(event) =>
                      setPicked(
                        event.currentTarget.checked
                          ? [...picked, report.ref].slice(-2)
                          : picked.filter((each) => each !== report.ref),
                      )
                    }
                  />
                  <a href={to.report(report.ref)}>
                    <b>{sayFrom(report)}</b>
                    <span class="note">{report.says}</span>
                    {report.when === null ? null : (
                      <time dateTime={report.when} title={exactly(report.when)}>
                        {ago(report.when)}
                      </time>
                    )}
                  </a>
                </li>
              )}
            </Growing>
          </ul>
        </section>
      ))}
    </>
  );
}

export function sayFrom({ from }: Pick<ReportEntry, 'from'>): string {
  return { now: 'As it is now', run: 'Of a run', commit: 'Of a commit' }[from];
}

function groupsOf(reports: readonly ReportEntry[]): readonly (readonly [string, readonly ReportEntry[]])[] {
  const groups = new Map<string, ReportEntry[]>();
  for (const report of reports) {
    const name = `${report.experiment} · ${report.profile}`;
    groups.set(name, [...(groups.get(name) ?? []), report]);
  }
  return [...groups];
}

function whenOf(view: ReportsView | undefined, ref: string): string {
  return view?.reports.find((report) => report.ref === ref)?.when ?? '';
}
