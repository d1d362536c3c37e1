import type { ResultRecord } from '../../engine/artifacts/content/result-record.js';
import type {
  CaseGroups,
  Cases,
  Colouring,
  PointMap,
  ResultFiles,
  Series,
  TracedResult,
} from '../../engine/presentation.js';
import { metricsOf } from '../../engine/stage.js';
import { isDigest } from '../../foundation/files/digest.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isJsonObject, type JsonObject } from '../../foundation/values/json.js';
import { UnfitFile } from '../../foundation/files/opening.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { OUTCOMES_FILE } from '../../foundation/statistics/outcomes.js';
import { walkCell, type Origin } from '../../report/tables/cell.js';
import { outcomesReader } from '../../report/measures/evidence.js';
import { measure } from '../../report/measures/measurement.js';
import { Noise } from '../../report/measures/noise.js';
import type { Report, StageProvenance } from '../../report/report.js';
import { seriesIn } from '../../report/figures/series.js';
import { optionsFrom } from '../../report/figures/sheet-options.js';
import { binned, type HistogramView } from '../model/histogram.js';
import type { CasesView, CellView, CurveView, EvidenceView, MapView, SheetOption, SheetView } from '../model/views.js';
import type { UiProject } from './project.js';
import { trace, type Traced } from './traced.js';

/** What the cache still holds of the stages of a report. */
export class Evidence {
  readonly #project: UiProject;

  constructor(project: UiProject) {
    this.#project = project;
  }

  /** All that led to a number of a table. */
  async cell(report: Report, tableId: string, row: number, column: number): Promise<Result<CellView>> {
    const table = report.tables.find(({ id }) => id === tableId);
    const [rowLabel, columnLabel] = [table?.rows[row]?.label, table?.columns[column]?.label];
    if (table === undefined || rowLabel === undefined || columnLabel === undefined) {
      return fail(failure('ui/no-cell', 'there is no such number in the report'));
    }
    const path = [table.id, rowLabel, columnLabel].map((name) => name.replaceAll(/[\\/]/g, (c) => `\\${c}`)).join('/');
    const walked = walkCell(report, path);
    if (!walked.ok) return walked;
    const evidence: EvidenceView[] = [];
    for (const origin of walked.value.origins) evidence.push(await this.#of(origin));
    return ok({ ...walked.value, evidence });
  }

  async #of({ source, stages }: Origin): Promise<EvidenceView> {
    const stage = stages.find(({ id }) => id === source.stage);
    const record = stage === undefined ? undefined : this.#record(stage.key);
    if (stage === undefined || record === undefined) {
      return { stage: source.stage, made: null, measured: [], histograms: [], curves: [], cases: [], maps: [] };
    }
    const { finished, duration, host } = record;
    const files = this.#files(record);
    return {
      stage: source.stage,
      made: { finished, seconds: duration, cpu: host.cpu },
      measured: this.#measured(stage, record),
      histograms: await this.#histograms(stage, files),
      curves: await this.#curves(stage, files),
      cases: this.#casesOf(stage.kind).map(([name, { says }]) => ({ name, says })),
      maps: this.#mapsOf(stage.kind).map(([name, { says }]) => ({ name, says })),
    };
  }

  #measured(stage: StageProvenance, record: ResultRecord): EvidenceView['measured'] {
    const kind = this.#project.kinds.get(stage.kind);
    const declared = kind === undefined ? undefined : metricsOf(kind, stage.parameters);
    const outcomes = record.outputs.find(({ path }) => path === OUTCOMES_FILE)?.digest;
    const noise = new Noise(outcomesReader((digest) => this.#project.cache.blobs.locate(digest)));
    return Object.entries(record.metrics).map(([name, value]) => {
      const source = { stage: stage.id, key: stage.key, metric: name, value: Number(value) };
      const hasNoise = typeof value === 'number' && outcomes !== undefined;
      const interval = hasNoise ? measure([{ ...source, outcomes }], noise).interval : null;
      const says = declared?.[name]?.says;
      return { name, value, interval, ...(says === undefined ? {} : { says }) };
    });
  }

  async #histograms(stage: StageProvenance, files: ResultFiles): Promise<readonly HistogramView[]> {
    const histograms: HistogramView[] = [];
    for (const [name, histogram] of Object.entries(this.#project.kinds.get(stage.kind)?.shows?.histograms ?? {})) {
      const values = await histogram.values(files);
      const bins = values === undefined ? undefined : binned(values);
      if (values === undefined || bins === undefined) continue;
      const { says, of } = histogram;
      histograms.push({ name, says, of, ...bins, ...(values.mark === undefined ? {} : { mark: values.mark }) });
    }
    return histograms;
  }

  async #curves(stage: StageProvenance, files: ResultFiles): Promise<readonly CurveView[]> {
    const figures = this.#project.kinds.get(stage.kind)?.shows?.figures ?? {};
    const curves: CurveView[] = [];
    for (const [type, figure] of Object.entries(figures)) {
      if (figure.shape !== 'curves') continue;
      const points = await figure.line([files]);
      if (points === undefined) continue;
      const band = await figure.band?.(files);
      curves.push({
        type,
        says: figure.says,
        axes: figure.axes,
        points,
        ...(band === undefined ? {} : { band }),
      });
    }
    return curves;
  }

  /** Single cases behind a stage's numbers, with pictures where nothing that was reached is private. */
  async cases(report: Report, id: string, name: string): Promise<Result<CasesView>> {
    const found = await this.#look(report, id, {
      declared: (kind) => this.#casesOf(kind).find(([each]) => each === name)?.[1],
      read: (cases, result) => cases.groups(result, MOST_CASES),
      ...NO_CASES,
    });
    return found.ok ? ok(casesView(found.value.declared.of, found.value.shown, found.value.isPrivate)) : found;
  }

  /** What a stage's numbers were made from as points of a plane. */
  async map(report: Report, id: string, name: string): Promise<Result<MapView>> {
    const found = await this.#look(report, id, {
      declared: (kind) => this.#mapsOf(kind).find(([each]) => each === name)?.[1],
      read: (map, result) => map.points(result, MOST_POINTS),
      ...NO_MAP,
    });
    if (!found.ok) return found;
    const { declared, shown, isPrivate } = found.value;
    const colourings = isPrivate ? shown.colourings.map(nameless) : shown.colourings;
    return ok({ ...shown, of: declared.of, colourings });
  }

  /** Reads what a stage's kind declares from its result and those that it was made from. */
  async #look<D, S>(report: Report, id: string, { declared, read, ...no }: Look<D, S>): Promise<Result<Looked<D, S>>> {
    const stage = report.stages.find((each) => each.id === id);
    const found = stage === undefined ? undefined : declared(stage.kind);
    const traced = stage === undefined ? undefined : this.#trace(report, stage);
    if (found === undefined || traced === undefined) return fail(no.absent);
    try {
      const shown = await read(found, traced.result);
      // What is private is known once all was reached.
      return shown === undefined ? fail(no.empty) : ok({ declared: found, shown, isPrivate: traced.isPrivate() });
    } catch (error) {
      if (!(error instanceof UnfitFile)) throw error;
      return fail(no.damaged);
    }
  }

  #mapsOf(kind: string): readonly (readonly [string, PointMap])[] {
    return Object.entries(this.#project.kinds.get(kind)?.shows?.maps ?? {});
  }

  #casesOf(kind: string): readonly (readonly [string, Cases])[] {
    return Object.entries(this.#project.kinds.get(kind)?.shows?.cases ?? {});
  }

  #trace(report: Report, stage: StageProvenance): Traced | undefined {
    return trace(report, stage, this.#project.kinds, (key) => {
      const record = this.#record(key);
      return record === undefined ? undefined : this.#files(record);
    });
  }

  /** What a finished stage measured along the way, as its result holds it; undefined where it holds none that can be read. */
  async series(key: string): Promise<Series | undefined> {
    const record = this.#record(key);
    if (record === undefined) return undefined;
    const { cache, kinds } = this.#project;
    const parameters = cache.preimages.find(record.preimage)?.parameters;
    try {
      return await seriesIn(this.#files(record), kinds.get(record.kind), isJsonObject(parameters) ? parameters : {});
    } catch {
      // A file that is not what its name says, of a result that anyone may have made.
      return undefined;
    }
  }

  /** Of the stages whose kind draws a sheet and whose result is here. */
  sheets(report: Report): Readonly<Record<string, SheetView>> {
    return Object.fromEntries(
      report.stages.flatMap(({ id, kind, key }) => {
        const sheet = this.#project.kinds.get(kind)?.shows?.sheet;
        if (sheet === undefined || this.#record(key) === undefined) return [];
        return [[id, { says: sheet.says, options: optionsOf(sheet.options.json) }]];
      }),
    );
  }

  /** A PNG of a stage's result. */
  async sheet(report: Report, id: string, options: readonly string[]): Promise<Result<Uint8Array>> {
    const stage = report.stages.find((each) => each.id === id);
    const sheet = stage === undefined ? undefined : this.#project.kinds.get(stage.kind)?.shows?.sheet;
    const record = stage === undefined ? undefined : this.#record(stage.key);
    if (sheet === undefined || record === undefined) {
      return fail(
        failure('ui/no-sheet', 'there is no sheet of this stage: its kind draws none, or the cache lacks it'),
      );
    }
    const chosen = optionsFrom(sheet.options, options);
    if (!chosen.ok) return chosen;
    const png = await sheet.draw(this.#files(record), chosen.value);
    return png === undefined ? fail(failure('ui/no-sheet', 'there is nothing to show under these options')) : ok(png);
  }

  #record(key: string): ResultRecord | undefined {
    return isDigest(key) ? this.#project.cache.results.look(key).record : undefined;
  }

  #files(record: ResultRecord): ResultFiles {
    const { blobs } = this.#project.cache;
    return {
      locate: (file) => {
        const found = record.outputs.find(({ path }) => path === file);
        return found !== undefined && blobs.has(found) ? blobs.locate(found.digest) : undefined;
      },
    };
  }
}

/** Something that kinds declare, how it is read, and what to answer where it cannot be. */
interface Look<D, S> {
  readonly declared: (kind: string) => D | undefined;
  readonly read: (declared: D, result: TracedResult) => Promise<S | undefined>;
  readonly absent: Diagnostic;
  readonly empty: Diagnostic;
  readonly damaged: Diagnostic;
}

interface Looked<D, S> {
  readonly declared: D;
  readonly shown: S;
  readonly isPrivate: boolean;
}

const NO_CASES = {
  absent: failure('ui/no-cases', 'there are no such cases of this stage: its kind shows none, or the cache lacks it'),
  empty: failure('ui/no-cases', 'there are no cases to show'),
  damaged: failure('ui/no-cases', 'the results that the cases are of are damaged', 'fx cache verify tells more'),
};

const NO_MAP = {
  absent: failure('ui/no-map', 'there is no such map of this stage: its kind shows none, or the cache lacks it'),
  empty: failure('ui/no-map', 'there are no points to show'),
  damaged: failure('ui/no-map', 'the results that the map is of are damaged', 'fx cache verify tells more'),
};

/** Points of a map: more hide each other. */
const MOST_POINTS = 2000;

/** Classes by numbers in place of their names. */
function nameless(colouring: Colouring): Colouring {
  if (!('classes' in colouring)) return colouring;
  const numbers = new Map([...new Set(colouring.classes)].map((name, i) => [name, String(i + 1)]));
  return { ...colouring, classes: colouring.classes.map((name) => numbers.get(name) ?? '') };
}

/** Cases of a group that are shown. */
const MOST_CASES = 8;

function casesView(of: string, { groups, mark, hidden }: CaseGroups, isPrivate: boolean): CasesView {
  const kept =
    hidden ?? (isPrivate ? 'What it was made from is private: names and pictures are not shown.' : undefined);
  return {
    of,
    ...(mark === undefined ? {} : { mark }),
    ...(kept === undefined ? {} : { hidden: kept }),
    groups: groups.map(({ says, total, cases }) => ({
      says,
      total,
      cases: cases.map(({ value, says, isWrong, items }) => ({
        value,
        says,
        isWrong,
        items: items.map(({ name, picture }) =>
          kept !== undefined
            ? {}
            : {
                ...(name === undefined ? {} : { name }),
                ...(picture === undefined ? {} : { picture: Buffer.from(picture).toString('base64') }),
              },
        ),
      })),
    })),
  };
}

/** The options of a sheet as a form shows them. */
function optionsOf(schema: JsonObject): readonly SheetOption[] {
  return Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonObject>>).map(([name, property]) => ({
    name,
    says: typeof property.description === 'string' ? property.description : '',
    ...(Array.isArray(property.enum) ? { words: property.enum.map(String) } : {}),
    ...(property.type === 'boolean' ? { isFlag: true as const } : {}),
    ...(property.default === undefined ? {} : { default: String(property.default as string | number | boolean) }),
  }));
}
