import { useMemo, useState } from 'preact/hooks';
import { numberText } from '../../report/tables/printing.js';
import { address } from '../model/address.js';
import type { HistogramView } from '../model/histogram.js';
import type { CellView, CurveView, EvidenceView } from '../model/views.js';
import { CasesShown } from './cases.js';
import { MapShown } from './map.js';
import { colourOf, type HistogramPlot, type LinesPlot } from './plot-words.js';
import { Legend, PlotView } from './plots.js';
import { Provenance } from './provenance.js';
import type { CellPlace } from './route.js';
import { Dialog, Trouble, useAnswer } from './shell.js';
import { counted, exactly, plain, took } from './words.js';

/** The way of a number: the scores it was measured on, the curves, the stages behind it. */
export function CellDialog({ of, place, close }: { of: string; place: CellPlace; close: () => void }) {
  const { value, error } = useAnswer<CellView>(address.cell(of, place.table, place.row, place.column));
  return (
    <Dialog label="The provenance of a number" close={close} isWide>
      {error === undefined ? null : <Trouble of={error} />}
      {value === undefined ? (
        error === undefined ? (
          <p class="note loading">Looking it up…</p>
        ) : null
      ) : (
        <Way view={value} of={of} />
      )}
    </Dialog>
  );
}

function Way({ view, of }: { view: CellView; of: string }) {
  const { table, row, column, cell, origins, evidence } = view;
  const notes = (cell.notes as readonly string[] | undefined) ?? [];
  const seen = new Set<string>();
  const stages = origins.flatMap(({ stages }) => stages.filter(({ id }) => !seen.has(id) && seen.add(id)));
  return (
    <div class="way">
      <p class="kicker">
        {table.title} · {row.label} · {column.label}
      </p>
      <p class="figure-number">
        {cell.value === null ? '–' : numberText(cell.value, table)}
        {table.percent ? <span class="unit">%</span> : null}
        {cell.interval === null ? null : (
          <small>
            {numberText(cell.interval.low, table)} – {numberText(cell.interval.high, table)}
          </small>
        )}
      </p>
      <p class="note">
        {column.metricLabel ?? column.metric}
        {cell.interval === null ? `; ${cell.method}` : `; 95 % interval ${cell.method}`}.
        {cell.published === null
          ? ''
          : ` Published: ${numberText(cell.published, table)}${table.measuredOn === undefined ? '' : ', not comparable'}.`}
        {notes.map((note) => ` Note: ${note}.`)}
      </p>
      {cell.sources.length > 1 ? (
        <div class="replicates">
          <h3>Replicates</h3>
          <ul>
            {cell.sources.map((source) => (
              <li key={source.stage}>
                <b>{numberText(source.value, table)}</b> <span class="note">{source.stage}</span>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {evidence.map((each) => (
        <Evidence key={each.stage} of={of} evidence={each} isOne={evidence.length === 1} />
      ))}
      <h3>What it was computed from</h3>
      <p class="note">{counted(stages.length, 'stage')}: first the one that measured it, then all that it reads.</p>
      <ul class="provenance">
        {stages.map((stage) => (
          <Provenance key={stage.id} stage={stage} />
        ))}
      </ul>
    </div>
  );
}

function Evidence({ of, evidence, isOne }: { of: string; evidence: EvidenceView; isOne: boolean }) {
  const { stage, made, measured, histograms, curves, cases, maps } = evidence;
  // What is folded in is not asked for until it is opened.
  const [isOpen, setOpen] = useState(isOne);
  const body =
    made === null ? (
      <p class="note">The cache on this machine no longer has the result of {stage}; a run recomputes it.</p>
    ) : (
      <>
        <div class="panels curves">
          {histograms.map((each) => (
            <Values key={each.name} of={each} />
          ))}
          {curves.map((curve) => (
            <CurvePlot key={curve.type} of={curve} />
          ))}
        </div>
        {isOpen
          ? cases.map((each) => (
              <CasesShown key={each.name} path={address.cases(of, stage, each.name)} says={each.says} />
            ))
          : null}
        {isOpen
          ? maps.map((each) => <MapShown key={each.name} path={address.map(of, stage, each.name)} says={each.says} />)
          : null}
        {measured.length === 0 ? null : (
          <table class="measured">
            <caption>All that {stage} measured</caption>
            <tbody>
              {measured.map(({ name, says, value, interval }) => (
                <tr key={name}>
                  <th scope="row" title={says}>
                    {name}
                  </th>
                  <td>{plain(value)}</td>
                  <td class="note">{interval === null ? '' : `${plain(interval.low)} – ${plain(interval.high)}`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <p class="note">
          Made {exactly(made.finished)} in {took(made.seconds)} on {made.cpu}.
        </p>
      </>
    );
  if (isOne) return <div class="evidence">{body}</div>;
  return (
    <details class="evidence" onToggle={(event) => event.currentTarget.open && setOpen(true)}>
      <summary>{stage}</summary>
      {body}
    </details>
  );
}

function Values({ of }: { of: HistogramView }) {
  // The last class in the first colour: it is the one that numbers are about.
  const classes = of.classes.map((each, i) => ({ ...each, colour: colourOf(of.classes.length - 1 - i) }));
  const plot = useMemo(
    (): HistogramPlot => ({
      shape: 'histogram',
      x: of.of,
      y: 'share of its class',
      at: of.at,
      width: of.width,
      classes: classes.map(({ name, colour, shares }) => ({ name, colour, heights: shares })),
      ...(of.mark === undefined ? {} : { mark: of.mark.at }),
    }),
    [of],
  );
  const named = classes.map(({ name, count, colour }) => ({ name: `${name} (${count.toLocaleString('en')})`, colour }));
  const mark = of.mark === undefined ? '' : `Dashed: ${plain(of.mark.at)}, ${of.mark.says}.`;
  return (
    <figure>
      <figcaption>
        <b>{of.says.replace(/\.$/, '')}</b>
      </figcaption>
      <PlotView plot={plot} says={`Histogram. ${of.says} ${named.map(({ name }) => name).join(', ')}. ${mark}`} />
      <Legend of={named} />
      {mark === '' ? null : <p class="note">{mark}</p>}
    </figure>
  );
}

function CurvePlot({ of }: { of: CurveView }) {
  const plot = useMemo((): LinesPlot => {
    const [x, y] = [of.points.map(([at]) => at), of.points.map(([, at]) => at)];
    return {
      shape: 'lines',
      axes: of.axes,
      lines: [{ name: of.type, colour: colourOf(0), x, y }],
      ...(of.band === undefined ? {} : { band: of.band }),
    };
  }, [of]);
  return (
    <figure>
      <figcaption>
        <b>{of.says.replace(/\.$/, '')}</b>
      </figcaption>
      <PlotView plot={plot} says={`${of.says} ${of.axes.y} by ${of.axes.x}.`} />
      {of.band === undefined ? null : <p class="note">Shaded: 95 % about the curve.</p>}
    </figure>
  );
}
