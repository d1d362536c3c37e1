import { useState } from 'preact/hooks';
import {
  acceptedNotice,
  effectText,
  IRREPRODUCIBLE_NOTICE,
  groupHeads,
  hasPublished,
  numberText,
  parameterText,
  publishedText,
} from '../../report/tables/printing.js';
import { claimsRemark, reasonText, tableRemarks } from '../../report/formats/remarks.js';
import type { Cell, ClaimVerdict, Report, Table } from '../../report/report.js';
import { address } from '../model/address.js';
import type { ReportView } from '../model/views.js';
import { CellDialog } from './cell.js';
import { FigureView } from './figures.js';
import { to, type CellPlace } from './route.js';
import { Search } from './search.js';
import { IntervalBar } from './interval-bar.js';
import { Provenance } from './provenance.js';
import { Sheet } from './sheets.js';
import { Growing, Title, Trouble, useAnswer, VerdictChip } from './shell.js';

/** A report; each number opens its way. */
export function ReportPage({ of, cell }: { of: string; cell: CellPlace | undefined }) {
  const { value, error } = useAnswer<ReportView>(address.report(of));
  if (error !== undefined) return <Trouble of={error} />;
  if (value === undefined) return <p class="note loading">Reading the report…</p>;
  const { report, sheets } = value;
  const figures = report.figures.filter(({ panels, lacks }) => panels.length > 0 || lacks !== undefined);
  return (
    <>
      <Title
        tab={report.experiment.name}
        kicker={
          <>
            <code>{report.experiment.name}</code> · profile <b>{report.experiment.profile}</b>
          </>
        }
      >
        {report.experiment.title}
      </Title>
      <Parameters of={report} />
      {report.notices.map((notice) => (
        <p class="notice" key={notice}>
          {notice}
        </p>
      ))}
      {report.reproducible ? null : <p class="notice">{IRREPRODUCIBLE_NOTICE}</p>}
      {acceptedNotice(report) === undefined ? null : <p class="notice">{acceptedNotice(report)}</p>}
      {report.tables.map((table) => (
        <section key={table.id} aria-label={table.title}>
          <h2>{table.title}</h2>
          <TableView table={table} of={of} />
        </section>
      ))}
      {report.claims.length === 0 ? null : <Claims report={report} />}
      {figures.map((figure) => (
        <section key={figure.id} aria-label={figure.title}>
          <h2>{figure.title}</h2>
          <FigureView figure={figure} of={of} />
          {figure.lacks === undefined ? null : <p class="note">Not drawn: {figure.lacks}.</p>}
        </section>
      ))}
      {Object.keys(sheets).length === 0 ? null : <Sheet of={of} sheets={sheets} />}
      <Stages report={report} />
      {cell === undefined ? null : (
        <CellDialog of={of} place={cell} close={() => (window.location.hash = to.report(of))} />
      )}
    </>
  );
}

function Parameters({ of }: { of: Report }) {
  const entries = Object.entries(of.experiment.parameters).filter(([, value]) => value !== null);
  if (entries.length === 0) return null;
  return (
    <dl class="parameters">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{parameterText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function TableView({ table, of }: { table: Table; of: string }) {
  const isPublished = hasPublished(table);
  const heads = groupHeads(table);
  const unit = table.percent ? ' (%)' : '';
  const columns = (isOther: boolean) =>
    table.columns.map(({ label, metric, metricLabel }) => (
      <th scope="col" key={label} class={isOther ? 'published' : ''}>
        {label}
        <small>
          {metricLabel ?? metric}
          {unit}
        </small>
      </th>
    ));
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={table.title}>
        <table class="numbers">
          <thead>
            {isPublished ? (
              <tr class="groups">
                <td />
                <th scope="colgroup" colSpan={table.columns.length}>
                  <span>{heads.measured}</span>
                </th>
                <th scope="colgroup" colSpan={table.columns.length} class="published">
                  <span>{heads.published}</span>
                </th>
              </tr>
            ) : null}
            <tr>
              <td />
              {columns(false)}
              {isPublished ? columns(true) : null}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, r) => (
              <tr key={row.label}>
                <th scope="row">{row.label}</th>
                {row.cells.map((cell, c) => (
                  <td key={c}>
                    <CellView
                      cell={cell}
                      table={table}
                      name={`${row.label}, ${table.columns[c]!.label}`}
                      href={to.cell(of, { table: table.id, row: r, column: c })}
                    />
                  </td>
                ))}
                {isPublished
                  ? row.cells.map((cell, c) => (
                      <td key={`p${c}`} class="published">
                        {publishedText(cell, table)}
                      </td>
                    ))
                  : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        {[
          ...tableRemarks(table),
          table.best === 'none' ? '' : 'Bold: the best of a column.',
          isPublished ? heads.from : '',
          'Select a number to see its provenance.',
        ]
          .filter((word) => word !== '')
          .join(' ')}
      </p>
    </>
  );
}

function CellView({ cell, table, href, name }: { cell: Cell; table: Table; href: string; name: string }) {
  const { value, interval, best, sources } = cell;
  if (value === null) return <>–</>;
  return (
    <a class={`number ${best ? 'best' : ''}`} href={href}>
      <span class="hidden">{name}: </span>
      {numberText(value, table)}
      {interval === null ? null : (
        <small>
          {numberText(interval.low, table)} – {numberText(interval.high, table)}
        </small>
      )}
      {sources.length > 1 ? <small>mean of {sources.length}</small> : null}
    </a>
  );
}

function Claims({ report }: { report: Report }) {
  const counts = (['reproduced', 'undecided', 'not reproduced'] as const).map(
    (verdict) => [verdict, report.claims.filter((claim) => claim.verdict === verdict).length] as const,
  );
  const remark = claimsRemark(report);
  return (
    <section aria-labelledby="claims-head">
      <h2 id="claims-head">Claims</h2>
      <p class="verdict-counts">
        {counts
          .filter(([, count]) => count > 0)
          .map(([verdict, count]) => (
            <VerdictChip key={verdict} of={verdict} count={count} />
          ))}
      </p>
      <p class="note">
        The bar is the effect with its 95 % interval: entirely right of zero, as claimed; entirely left, the opposite;
        spanning zero, undecided.
        {remark === undefined ? '' : ` ${remark}`}
      </p>
      {report.claims.map((claim) => (
        <Claim key={claim.id} claim={claim} />
      ))}
    </section>
  );
}

function Claim({ claim }: { claim: ClaimVerdict }) {
  const { says, section, that, verdict, comparisons } = claim;
  const reason = reasonText(claim);
  const ends = comparisons.flatMap(({ effect, interval }) =>
    [effect, interval?.low, interval?.high].map((value) => Math.abs(value ?? 0)),
  );
  const reach = Math.max(...ends, 1e-9) * 1.08;
  return (
    <article class={`claim ${verdict.replace(' ', '-')}`}>
      <h3>
        <VerdictChip of={verdict} />
        <span>
          {says}
          {section === undefined ? null : <span class="where"> Section {section}</span>}
        </span>
      </h3>
      <ul class="comparisons" title={that}>
        {comparisons.map((comparison) => (
          <li key={`${comparison.column} ${comparison.statement}`}>
            <b>{comparison.column}</b>
            <span class="note">{comparison.statement}</span>
            <span class="effect" title={comparison.method}>
              {effectText(comparison)}
            </span>
            <IntervalBar of={comparison} reach={reach} />
            <span class={`word ${comparison.verdict.replace(' ', '-')}`}>{comparison.verdict}</span>
          </li>
        ))}
      </ul>
      {reason === undefined ? null : <p class="note">{reason}</p>}
    </article>
  );
}

function Stages({ report }: { report: Report }) {
  const [words, setWords] = useState('');
  const shown = report.stages.filter(({ id, kind }) => `${id} ${kind}`.toLowerCase().includes(words.toLowerCase()));
  return (
    <section aria-labelledby="stages-head">
      <h2 id="stages-head">Stages</h2>
      <div class="tools">
        <Search label="Filter stages" placeholder="Filter stages" words={words} onWords={setWords} />
        <span class="note">
          {shown.length} of {report.stages.length}. A key is the digest of all that a result depends on.
        </span>
      </div>
      <ul class="provenance">
        <Growing of={shown}>{(stage) => <Provenance key={stage.id} stage={stage} />}</Growing>
      </ul>
    </section>
  );
}
