import { readFileSync } from 'node:fs';
import type { FigurePlan, StageRecord } from '../engine/run/record.js';
import { checkScores, type ScoreSet } from '../foundation/verification/score-set.js';
import { prepareScores } from '../foundation/verification/metrics.js';
import { rocCurve, type RocCurve } from '../foundation/verification/roc.js';
import { lineChart, type Axes, type Line } from './chart.js';
import { linesCsv } from './csv.js';
import { digestOf, SCORES_FILE, type Evidence } from './evidence.js';
import { byName, graphSvg } from './graph-drawing.js';
import { inOrder, planOf, stagesOf } from './plan.js';
import type { Figure, Panel } from './report.js';

/** A figure and the files it consists of, by path in the report's folder. */
export interface DrawnFigure {
  readonly figure: Figure;
  readonly files: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * Draws samples of a stage's images as a PNG. A port: the report knows records, not data sets.
 *
 * @param locate the path of a file of the stage
 * @returns undefined where the stage holds no images
 */
export type DrawContactSheet = (
  stage: StageRecord,
  locate: (file: string) => string | undefined,
  size: { readonly rows: number; readonly columns: number },
) => Promise<Uint8Array | undefined>;

/** The folder of figures inside the report's. */
const FOLDER = 'figures';

export async function drawFigure(
  plan: FigurePlan,
  evidence: Evidence,
  drawContactSheet: DrawContactSheet | undefined,
): Promise<DrawnFigure> {
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
  switch (plan.type) {
    case 'roc':
      for (const [p, label] of plan.panels.entries()) {
        const lines = plan.rows.flatMap((row, r) =>
          rocLine(row.label, stagesOf(evidence.run, plan.cells[r]![p]!), evidence),
        );
        await chart(label === '' ? '' : columnLabel(label, evidence), lines, {
          x: 'false accept rate',
          y: 'true accept rate',
          isUnit: true,
        });
      }
      break;
    case 'learning-curves': {
      const stages = stagesOf(evidence.run, plan.stages);
      const lines = stages.flatMap((stage) => curveLine(stage, plan.metric, evidence));
      await chart('', lines, { x: 'epoch', y: plan.metric, width: 560 });
      break;
    }
    case 'contact-sheet':
      for (const stage of stagesOf(evidence.run, plan.stages)) {
        const locate = (file: string): string | undefined => evidence.locate(stage, file);
        const png = await drawContactSheet?.(stage, locate, { rows: plan.rows, columns: plan.columns });
        if (png === undefined) continue;
        const name = nameOf(plan.stages.length === 1 ? '' : stage.id);
        files.set(`${name}.png`, png);
        panels.push({ label: stage.id, file: `${name}.png` });
      }
      break;
    case 'graph': {
      const stages = inOrder(evidence.run.stages).map((stage) => ({ ...stage, reads: Object.values(stage.reads) }));
      const name = nameOf('');
      files.set(`${name}.svg`, graphSvg(byName(stages)));
      panels.push({ label: '', file: `${name}.svg` });
    }
  }
  return { figure: { id: plan.id, title: plan.title ?? plan.id, type: plan.type, panels }, files };
}

/** As tables call it: `LFW` for the axis value `lfw`, where all columns about it have one label. */
function columnLabel(axisValue: string, evidence: Evidence): string {
  const about = planOf(evidence.run).tables.flatMap(({ columns }) => columns.filter(({ of }) => of === axisValue));
  const labels = new Set(about.map(({ label }) => label));
  return labels.size === 1 ? [...labels][0]! : axisValue;
}

/** More corners than that look no different. */
const MOST_POINTS = 250;

/** The curve of all pairs together; of splits and of replicates, the mean of TAR at equal FAR. */
function rocLine(name: string, stages: readonly StageRecord[], evidence: Evidence): readonly Line[] {
  const curves = stages.flatMap((stage) => {
    const digest = digestOf(stage, SCORES_FILE);
    const scores = digest === undefined ? undefined : evidence.scores(digest);
    return scores !== undefined && checkScores(scores).ok ? curvesOf(scores) : [];
  });
  if (curves.length === 0) return [];
  return [{ name, points: curves.length === 1 ? corners(curves[0]!) : meanCurve(curves) }];
}

function curvesOf(scores: ScoreSet): readonly RocCurve[] {
  return prepareScores(scores).ranked.map((ranked) => rocCurve(ranked));
}

/** Points in the middle of a straight line are left out, then as many as it takes, evenly along the curve. */
function corners({ far, tar }: RocCurve): readonly (readonly [number, number])[] {
  const points = Array.from(far, (x, i) => [x, tar[i]!] as const);
  const kept = points.filter(([x, y], i) => {
    const [before, after] = [points[i - 1], points[i + 1]];
    if (before === undefined || after === undefined) return true;
    return !((x === before[0] && x === after[0]) || (y === before[1] && y === after[1]));
  });
  if (kept.length <= MOST_POINTS) return kept;
  const step = (kept.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => kept[Math.round(i * step)]!);
}

/** The mean TAR of curves at each FAR of a grid that is fine near 0, where curves differ. */
function meanCurve(curves: readonly RocCurve[]): readonly (readonly [number, number])[] {
  const steps = 100;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const far = (i / steps) ** 2;
    const sum = curves.reduce((total, curve) => total + tarAt(curve, far), 0);
    return [far, sum / curves.length] as const;
  });
}

/** On the straight line between the points about `x`; where the curve rises at `x`, its upper end. */
function tarAt({ far, tar }: RocCurve, x: number): number {
  let p = 0;
  while (p + 1 < far.length && far[p + 1]! <= x) p += 1;
  const [x0, y0] = [far[p]!, tar[p]!];
  if (p + 1 === far.length) return y0;
  return y0 + ((x - x0) / (far[p + 1]! - x0)) * (tar[p + 1]! - y0);
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
