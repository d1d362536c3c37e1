import { readFileSync } from 'node:fs';
import type { ResultFiles } from '../engine/presentation.js';
import type { FigurePlan, StageRecord } from '../engine/run/record.js';
import { lineChart, type Axes, type Line } from './chart.js';
import { linesCsv } from './csv.js';
import type { Evidence } from './evidence.js';
import type { Kinds } from './kinds.js';
import { byName, graphSvg } from './graph-drawing.js';
import { inOrder, planOf, stagesOf } from './plan.js';
import type { Figure, Panel } from './report.js';

/** A figure and the files it consists of, by path in the report's folder. */
export interface DrawnFigure {
  readonly figure: Figure;
  readonly files: ReadonlyMap<string, Uint8Array | string>;
}

/** The folder of figures inside the report's. */
const FOLDER = 'figures';

export async function drawFigure(plan: FigurePlan, evidence: Evidence, kinds: Kinds): Promise<DrawnFigure> {
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
        for (const [r, row] of plan.rows.entries()) {
          const stages = stagesOf(evidence.run, plan.cells[r]![p]!);
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
      const lines = stages.flatMap((stage) => curveLine(stage, plan.metric, evidence));
      await chart('', lines, { x: 'epoch', y: plan.metric, width: 560 });
      break;
    }
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
  return { figure: { id: plan.id, title: plan.title ?? plan.id, type: plan.type, shape: plan.shape, panels }, files };
}

/** As tables call it: `LFW` for the axis value `lfw`, where all columns about it have one label. */
function columnLabel(axisValue: string, evidence: Evidence): string {
  const about = planOf(evidence.run).tables.flatMap(({ columns }) => columns.filter(({ of }) => of === axisValue));
  const labels = new Set(about.map(({ label }) => label));
  return labels.size === 1 ? [...labels][0]! : axisValue;
}

/** Of `epochs.json` (schema `fx/epochs@1`). */
function curveLine(stage: StageRecord, metric: string, evidence: Evidence): readonly Line[] {
  const path = evidence.locate(stage, 'epochs.json');
  if (path === undefined) return [];
  const { epochs } = JSON.parse(readFileSync(path, 'utf8')) as { epochs: readonly Readonly<Record<string, unknown>>[] };
  const points = epochs.flatMap((record, i) => {
    const value = record[metric];
    const epoch = typeof record.epoch === 'number' ? record.epoch : i;
    return typeof value === 'number' ? [[epoch, value] as const] : [];
  });
  return points.length === 0 ? [] : [{ name: stage.id, points }];
}

function slug(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
