import { PresentationFault, type ResultFiles, type Series } from '../../engine/presentation.js';
import type { FigurePlan, StageRecord } from '../../engine/run/record.js';
import { drawChart } from './chart-figure.js';
import { lineChart, type Axes, type Line } from './chart.js';
import { linesCsv } from './csv.js';
import { zip } from '../../foundation/values/zip.js';
import type { Evidence } from '../measures/evidence.js';
import { fileOf } from './figure-files.js';
import type { Kinds } from '../kinds.js';
import { byName, graphSvg } from './graph-drawing.js';
import type { Noise } from '../measures/noise.js';
import { inOrder, planOf, stagesOf } from '../plan.js';
import type { Figure, Panel } from '../report.js';
import { seriesIn } from './series.js';

/** A figure and the files it consists of, by path in the report's folder. */
export interface DrawnFigure {
  readonly figure: Figure;
  readonly files: ReadonlyMap<string, Uint8Array | string>;
}

/** The folder of figures inside the report's. */
const FOLDER = 'figures';

/** What a user's kind cannot draw is said in the figure's place: the rest of the report is not lost with it. */
export async function drawFigure(
  plan: FigurePlan,
  evidence: Evidence,
  kinds: Kinds,
  noise: Noise,
): Promise<DrawnFigure> {
  try {
    return await draw(plan, evidence, kinds, noise);
  } catch (error) {
    if (!(error instanceof PresentationFault)) throw error;
    const { id, title = plan.id, type, shape } = plan;
    return { figure: { id, title, type, shape, panels: [], lacks: error.message }, files: new Map() };
  }
}

async function draw(plan: FigurePlan, evidence: Evidence, kinds: Kinds, noise: Noise): Promise<DrawnFigure> {
  let lacks: string | undefined;
  const files = new Map<string, Uint8Array | string>();
  const panels: Panel[] = [];
  const nameOf = (label: string): string => {
    const name = `${FOLDER}/${plan.id}${label === '' ? '' : `-${slug(label)}`}`;
    const isTaken = (candidate: string): boolean => panels.some(({ file }) => file.startsWith(`${candidate}.`));
    let unique = name;
    for (let i = 2; isTaken(unique); i += 1) unique = `${name}-${i}`;
    return unique;
  };
  const chart = async (label: string, lines: readonly Line[], axes: Axes): Promise<void> => {
    if (lines.length === 0) return;
    const name = nameOf(label);
    files.set(`${name}.svg`, await lineChart(lines, { ...axes, title: label }));
    files.set(`${name}.csv`, linesCsv(lines, axes.x, axes.y));
    panels.push({ label, file: `${name}.svg`, data: `${name}.csv` });
  };
  const filesOf = (stage: StageRecord): ResultFiles => ({ locate: (file) => evidence.locate(stage, file) });
  const typeOf = (stage: StageRecord | undefined) =>
    stage === undefined ? undefined : kinds.get(stage.kind)?.shows?.figures?.[plan.type];
  switch (plan.shape) {
    case 'curves':
      for (const [p, label] of plan.panels.entries()) {
        const lines: Line[] = [];
        let axes: Axes | undefined;
        for (const [row, cells] of zip(plan.rows, plan.cells)) {
          const stages = stagesOf(evidence.run, cells[p]!);
          const type = typeOf(stages[0]);
          if (type?.shape !== 'curves') continue;
          const points = await type.line(stages.map(filesOf));
          axes ??= type.axes;
          if (points !== undefined) lines.push({ name: row.label, points });
        }
        if (axes !== undefined) await chart(label === '' ? '' : columnLabel(label, evidence), lines, axes);
      }
      break;
    case 'series': {
      const stages = stagesOf(evidence.run, plan.stages);
      const found: { readonly line: Line; readonly step: string }[] = [];
      for (const stage of stages) {
        const series = await seriesOf(stage, evidence, kinds);
        if (series === undefined) continue;
        const points = series.values[plan.metric] ?? [];
        if (points.length > 0) found.push({ line: { name: stage.id, points }, step: series.step });
      }
      const lines = found.map(({ line }) => line);
      if (lines.length === 0) lacks = `no stage has a series \`${plan.metric}\``;
      await chart('', lines, { x: found[0]?.step ?? '', y: plan.metric, width: 560 });
      break;
    }
    case 'chart': {
      const drawn = await drawChart(plan, evidence, noise);
      ({ lacks } = drawn);
      if (drawn.svg === undefined) break;
      const name = nameOf('');
      files.set(`${name}.svg`, drawn.svg);
      files.set(`${name}.csv`, drawn.csv);
      panels.push({ label: '', file: `${name}.svg`, data: `${name}.csv` });
      break;
    }
    case 'image':
    case 'rows':
      for (const stage of stagesOf(evidence.run, plan.stages)) {
        const read = fileOf(stage, plan, evidence);
        if (typeof read === 'string') {
          lacks ??= read;
          continue;
        }
        const name = nameOf(plan.stages.length === 1 ? '' : stage.id);
        const file = `${name}.${plan.shape === 'image' ? 'png' : 'csv'}`;
        files.set(file, read.content);
        panels.push({ label: stage.id, file, ...(plan.shape === 'rows' ? { data: file } : {}) });
      }
      break;
    case 'pictures':
      for (const stage of stagesOf(evidence.run, plan.stages)) {
        const type = typeOf(stage);
        const png = type?.shape === 'pictures' ? await type.draw(filesOf(stage), plan.options) : undefined;
        if (png === undefined) continue;
        const name = nameOf(plan.stages.length === 1 ? '' : stage.id);
        files.set(`${name}.png`, png);
        panels.push({ label: stage.id, file: `${name}.png` });
      }
      break;
    case 'graph': {
      const stages = inOrder(evidence.run.stages).map((stage) => ({
        ...stage,
        reads: Object.values(stage.reads),
        colour: kinds.get(stage.kind)?.shows?.colour,
      }));
      const name = nameOf('');
      files.set(`${name}.svg`, graphSvg(byName(stages)));
      panels.push({ label: '', file: `${name}.svg` });
    }
  }
  const { id, title = plan.id, type, shape } = plan;
  return { figure: { id, title, type, shape, panels, ...(lacks === undefined ? {} : { lacks }) }, files };
}

/** As tables call it: `LFW` for the axis value `lfw`, where all columns about it have one label. */
function columnLabel(axisValue: string, evidence: Evidence): string {
  const about = planOf(evidence.run).tables.flatMap(({ columns }) => columns.filter(({ of }) => of === axisValue));
  const [label = axisValue, ...others] = new Set(about.map((column) => column.label));
  return others.length === 0 ? label : axisValue;
}

function seriesOf(stage: StageRecord, evidence: Evidence, kinds: Kinds): Promise<Series | undefined> {
  return seriesIn({ locate: (file) => evidence.locate(stage, file) }, kinds.get(stage.kind), stage.parameters);
}

function slug(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
