import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { address } from '../model/address.js';
import type { ProjectView } from '../model/views.js';
import { Compare } from './compare.js';
import { ReportPage } from './report.js';
import { ReportsPage } from './reports.js';
import { usePlace, type Place } from './route.js';
import { to } from './route.js';
import { RunPage } from './run.js';
import { RunsPage } from './runs.js';
import { DataSourceContext, Trouble, useAnswer } from './shell.js';
import { openDataSource } from './data-source.js';

const source = openDataSource();

function Page() {
  const place = usePlace();
  const project = useAnswer<ProjectView>(address.project);
  const [isFirst, setFirst] = useState(true);
  useEffect(() => {
    // A reader with a screen reader or a keyboard begins at the top of a new place, not where the old one was left.
    if (isFirst) setFirst(false);
    else if (!(place.at === 'report' && place.cell !== undefined)) {
      window.scrollTo(0, 0);
      document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    }
  }, [place.at, 'id' in place ? place.id : '', 'of' in place ? place.of : '']);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header class="top">
        <div class="inner">
          <a class="mark" href={to.runs} aria-label="fx, to the runs">
            fx
          </a>
          <span class="project">{project.value?.name ?? ''}</span>
          <nav aria-label="Pages">
            <Tab to={to.runs} isHere={place.at === 'runs' || place.at === 'run'}>
              Runs
            </Tab>
            <Tab to={to.reports} isHere={place.at === 'reports' || place.at === 'report'}>
              Reports
            </Tab>
            <Tab to={to.compare('', '')} isHere={place.at === 'compare'}>
              Compare
            </Tab>
          </nav>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {project.error === undefined ? (
          <Content place={place} project={project.value} />
        ) : (
          <Trouble of={project.error} />
        )}
      </main>
      <footer>
        <div class="inner">
          {source.isLive ? 'Served on this machine only; nothing leaves it.' : 'An export: it does not change.'}
          {project.value === undefined ? '' : ` fx ${project.value.version}`}
        </div>
      </footer>
    </>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Tab({ to: target, isHere, children }: { to: string; isHere: boolean; children: string }) {
  return (
    <a href={target} aria-current={isHere ? 'page' : undefined}>
      {children}
    </a>
  );
}

function Content({ place, project }: { place: Place; project: ProjectView | undefined }) {
  switch (place.at) {
    case 'runs':
      return <RunsPage project={project} />;
    case 'run':
      return <RunPage key={place.id} id={place.id} />;
    case 'reports':
      return <ReportsPage />;
    case 'report':
      return <ReportPage key={place.of} of={place.of} cell={place.cell} />;
    case 'compare':
      return <Compare before={place.before} after={place.after} />;
    case 'nowhere':
      return (
        <>
          <h1 tabIndex={-1}>There is nothing here</h1>
          <p>
            <a href={to.runs}>To the runs</a>
          </p>
        </>
      );
  }
}

const root = document.getElementById('page');
if (root !== null)
  render(
    <DataSourceContext.Provider value={source}>
      <Page />
    </DataSourceContext.Provider>,
    root,
  );
