import { signedText, numberText, parameterText } from '../../report/tables/printing.js';
import type { CellChange } from '../../report/diff/diff-cells.js';
import type { StageChange } from '../../report/diff/diff-stages.js';
import type { ValueChange } from '../../report/diff/values.js';
import type { Report, Table } from '../../report/report.js';
import { address } from '../model/address.js';
import type { CompareView, ReportsView } from '../model/views.js';
import { hasLines, LinesPanel } from './figures.js';
import { IntervalBar } from './interval-bar.js';
import { sayFrom } from './reports.js';
import { to } from './route.js';
import { Growing, Title, Trouble, useAnswer, VerdictChip } from './shell.js';
import { ago, counted } from './words.js';

/** Two reports side by side: what moved and whether by more than its noise, what changed, which claims flipped. */
export function Compare({ before, after }: { before: string; after: string }) {
  const list = useAnswer<ReportsView>(address.reports);
  const isChosen = before !== '' && after !== '';
  const { value, error } = useAnswer<CompareView>(isChosen ? address.compare(before, after) : undefined);
  const reports = list.value?.reports ?? [];
  const nameOf = (ref: string): string => {
    const entry = reports.find((each) => each.ref === ref);
    if (entry === undefined) return ref;
    const when = entry.when === null ? '' : `, ${ago(entry.when)}`;
    return `${entry.experiment} · ${entry.profile}: ${sayFrom(entry).toLowerCase()}${when}${entry.says === '' ? '' : ` (${entry.says})`}`;
  };
  const choose = (ref: string, set: (ref: string) => string, label: string) => (
    <label class="choose">
      <span>{label}</span>
      <select value={ref} onChange={(event) => (window.location.hash = set(event.currentTarget.value))}>
        <option value="">Pick a report</option>
        {ref !== '' && !reports.some((each) => each.ref === ref) ? <option value={ref}>{ref}</option> : null}
        {reports.map((each) => (
          <option key={each.ref} value={each.ref}>
            {nameOf(each.ref)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <Title>Compare</Title>
      <div class="tools sides">
        {choose(before, (ref) => to.compare(ref, after), 'Before')}
        {choose(after, (ref) => to.compare(before, ref), 'After')}
        {isChosen ? (
          <a class="button quiet" href={to.compare(after, before)}>
            Swap
          </a>
        ) : null}
      </div>
      {error === undefined ? null : <Trouble of={error} />}
      {isChosen && value === undefined && error === undefined ? <p class="note loading">Comparing…</p> : null}
      {value === undefined ? null : <Difference view={value} />}
    </>
  );
}

function Difference({ view }: { view: CompareView }) {
  const { before, after, diff } = view;
  const nothing =
    diff.cells.length === 0 && diff.claims.length === 0 && diff.stages.length === 0 && diff.parameters.length === 0;
  const count = (verdict: CellChange['verdict']): number =>
    diff.cells.filter((cell) => cell.verdict === verdict).length;
  const counts = (
    ['worse', 'better', 'moved', 'within noise', 'noise unknown', 'not comparable', 'new', 'gone'] as const
  )
    .map((verdict) => [verdict, count(verdict)] as const)
    .filter(([, n]) => n > 0);
  return (
    <>
      <div class="strip">
        {nothing ? <b>Nothing differs: the same results, the same code.</b> : null}
        {counts.map(([verdict, n]) => (
          <span key={verdict} class={`moved is-${verdict.replace(' ', '-')}`}>
            <b>{n}</b>
            <small>{verdict}</small>
          </span>
        ))}
        {diff.claims.length > 0 ? (
          <span>
            <b>{diff.claims.length}</b>
            <small>{diff.claims.length === 1 ? 'claim flipped' : 'claims flipped'}</small>
          </span>
        ) : null}
      </div>
      {diff.parameters.length > 0 || diff.stages.length > 0 ? (
        <section aria-labelledby="why-head">
          <h2 id="why-head">What was changed</h2>
          <Values of={diff.parameters} />
          <Causes of={diff.stages} />
        </section>
      ) : null}
      {diff.claims.length === 0 ? null : (
        <section aria-labelledby="claims-head">
          <h2 id="claims-head">Claims that flipped</h2>
          <ul class="flips">
            {diff.claims.map(({ id, says, before: old, after: now, asks }) => (
              <li key={id}>
                <span>
                  {says}
                  {asks === undefined ? null : (
                    <span class="note">
                      {' '}
                      It asks for {asks.after}, and asked for {asks.before}.
                    </span>
                  )}
                </span>
                <span class="flip">
                  {old === null ? <span class="note">not claimed</span> : <VerdictChip of={old} />}
                  <span aria-label="then">→</span>
                  {now === null ? <span class="note">not claimed</span> : <VerdictChip of={now} />}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {after.report.tables.map((table) => (
        <TableChange
          key={table.id}
          table={table}
          old={before.report.tables.find(({ id }) => id === table.id)}
          cells={diff.cells.filter((cell) => cell.table === table.id)}
        />
      ))}
      <Figures before={before.report} after={after.report} refs={[before.ref, after.ref]} />
    </>
  );
}

function Values({ of }: { of: readonly ValueChange[] }) {
  if (of.length === 0) return null;
  return (
    <ul class="values">
      {of.map(({ name, before, after }) => (
        <li key={name}>
          <code>{name}</code>
          <del>{parameterText(before)}</del>
          <span aria-hidden="true">→</span>
          <ins>{parameterText(after)}</ins>
        </li>
      ))}
    </ul>
  );
}

function Causes({ of }: { of: readonly StageChange[] }) {
  const own = of.filter(
    ({ change, parameters, reasons, inputs }) =>
      change !== 'changed' || parameters.length > 0 || reasons.length > 0 || inputs.length === 0,
  );
  const followed = of.length - own.length;
  return (
    <>
      <ul class="causes">
        <Growing of={own} by={20}>
          {(stage) => (
            <li key={stage.id}>
              <b>{stage.id}</b> <span class="note">{stage.kind}</span>{' '}
              {stage.change === 'changed' ? '' : <em>{stage.change}</em>}
              {stage.reasons.length === 0 ? null : <p class="reasons">{stage.reasons.join('; ')}</p>}
              <Values of={stage.parameters} />
              {stage.differs ? null : <p class="note">Its result is the same.</p>}
            </li>
          )}
        </Growing>
      </ul>
      {followed > 0 ? <p class="note">{counted(followed, 'stage')} more changed because of their inputs.</p> : null}
    </>
  );
}

function TableChange({ table, old, cells }: { table: Table; old: Table | undefined; cells: readonly CellChange[] }) {
  const changeOf = (row: string, column: string): CellChange | undefined =>
    cells.find((cell) => cell.row === row && cell.column === column);
  const reach =
    Math.max(
      1e-9,
      ...cells.flatMap(({ difference, interval }) =>
        [difference, interval?.low, interval?.high].map((value) => Math.abs(value ?? 0)),
      ),
    ) * 1.08;
  const signed = (value: number): string => signedText(value, table);
  return (
    <section aria-label={table.title}>
      <h2>{table.title}</h2>
      {cells.length === 0 ? (
        <p class="note">No number of this table moved.</p>
      ) : (
        <ul class="moves">
          <Growing
            of={table.rows.flatMap(({ label }) =>
              table.columns.map((column) => ({ row: label, column: column.label })),
            )}
            by={80}
          >
            {({ row, column }) => {
              const change = changeOf(row, column);
              if (change === undefined) return null;
              const { before, after, difference, interval, verdict, method } = change;
              return (
                <li key={`${row}/${column}`} class={`move is-${verdict.replace(' ', '-')}`}>
                  <span class="which">
                    <b>{row}</b> <span class="note">{column}</span>
                  </span>
                  <span class="numbers-moved">
                    {before === null ? '–' : numberText(before, old ?? table)} <span aria-label="then">→</span>{' '}
                    <b>{after === null ? '–' : numberText(after, table)}</b>
                  </span>
                  <span class="by" title={method}>
                    {difference === null ? '' : signed(difference)}
                    {interval === null ? null : (
                      <small>
                        {signed(interval.low)} … {signed(interval.high)}
                      </small>
                    )}
                  </span>
                  <IntervalBar of={{ effect: difference, interval, verdict }} reach={reach} />
                  <span class="word">{verdict}</span>
                </li>
              );
            }}
          </Growing>
        </ul>
      )}
      <p class="note">
        The bar is the change with its 95 % interval: if it crosses the line, the change is within the noise.
      </p>
    </section>
  );
}

/** Figures of lines that both reports have, over each other. */
function Figures({
  before,
  after,
  refs: [old, now],
}: {
  before: Report;
  after: Report;
  refs: readonly [string, string];
}) {
  const pairs = after.figures.flatMap((figure) => {
    const other = before.figures.find(({ id }) => id === figure.id);
    return figure.panels.flatMap((panel) => {
      const was = other?.panels.find(({ label }) => label === panel.label);
      return panel.data === undefined || was?.data === undefined || !hasLines(figure)
        ? []
        : [{ title: figure.title, label: panel.label, old: was.data, now: panel.data }];
    });
  });
  if (pairs.length === 0) return null;
  return (
    <section aria-labelledby="figures-head">
      <h2 id="figures-head">Curves overlaid</h2>
      <div class="panels curves">
        {pairs.map((pair) => (
          <LinesPanel
            key={`${pair.title} ${pair.label}`}
            label={pair.label === '' ? pair.title : `${pair.title}: ${pair.label}`}
            sides={[
              { of: old, file: pair.old, name: 'before' },
              { of: now, file: pair.now, name: 'after' },
            ]}
          />
        ))}
      </div>
    </section>
  );
}
