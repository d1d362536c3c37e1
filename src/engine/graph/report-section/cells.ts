import { suggestion } from '../../../foundation/failures/nearest.js';
import type { Reporter } from '../../../foundation/failures/reporter.js';
import { problem } from '../../document/codes.js';
import type { Located } from '../../document/source.js';
import type { ValueCode } from '../../values/codes.js';
import type { GraphCode } from '../codes.js';
import { canonicalLabel, withoutReplicate } from '../expansion/matrix.js';
import { unmeasured, type Measures } from './metrics.js';
import type { Column } from './report.js';
import type { Cell, StageFamily } from '../expansion/stages.js';

/** Finds the stages that a report's rows and columns name. */
export class CellIndex {
  readonly #families: ReadonlyMap<string, StageFamily>;
  readonly #reads: ReadonlyMap<string, readonly string[]>;
  readonly #measures: Measures;
  readonly #makes: Measures;
  readonly wrong: Reporter<GraphCode | ValueCode>;
  /** Labels of all axes but `replicate`. */
  readonly #labels = new Map<string, Set<StageFamily>>();

  /** `reads`: the ids of the stages that a stage reads, by its id. */
  constructor(
    families: ReadonlyMap<string, StageFamily>,
    reads: ReadonlyMap<string, readonly string[]>,
    { measures, makes }: { readonly measures: Measures; readonly makes: Measures },
    wrong: Reporter<GraphCode | ValueCode>,
  ) {
    this.#families = families;
    this.#reads = reads;
    this.#measures = measures;
    this.#makes = makes;
    this.wrong = wrong;
    for (const family of families.values())
      for (const axis of family.axes) {
        if (axis.name === 'replicate') continue;
        for (const { label } of axis.values) {
          const known = this.#labels.get(label);
          if (known === undefined) this.#labels.set(label, new Set([family]));
          else known.add(family);
        }
      }
  }

  complain(code: GraphCode, at: Located, message: string, help?: string): void {
    this.wrong.add(problem(code, at, message, { help }));
  }

  /** That some of the stages measure it, as far as their kinds say. */
  checkMetric(metric: string, stages: readonly string[], at: Located): void {
    const wrong = metric === '' ? undefined : unmeasured(metric, stages, this.#measures, at);
    if (wrong !== undefined) this.wrong.add(wrong);
  }

  /** That some of the stages make it, as far as their kinds say. */
  checkFile(file: string, stages: readonly string[], at: Located): void {
    const [first, ...others] = stages;
    const names = stages.map((stage) => this.#makes(stage));
    if (first === undefined || !names.every((each) => each !== undefined)) return;
    const known = [...new Set(names.flat())];
    if (known.some((name) => file === name || file.startsWith(`${name}/`))) return;
    const who = others.length === 0 ? first : `${first} and ${others.length} more`;
    this.complain(
      'graph/unknown-in-report',
      at,
      `${who} ${others.length === 0 ? 'makes' : 'make'} no file \`${file}\` that can be named`,
      suggestion(file, known, 'outputs'),
    );
  }

  /** Whether a stage or an axis value has this name. */
  knows(name: string): boolean {
    return this.#families.has(name) || this.#labels.has(canonicalLabel(name));
  }

  /** The named stages, each once: a replicate counted twice would halve its noise. All if none are named; undefined if one is unknown, which is reported. */
  families(names: string | readonly string[] | undefined, at: Located | undefined): readonly StageFamily[] | undefined {
    if (names === undefined) return [...this.#families.values()];
    const distinct = [...new Set([names].flat())];
    const found = distinct.flatMap((name) => this.#family(name, at) ?? []);
    return found.length < distinct.length ? undefined : found;
  }

  /** Ids of all cells of the named stages, each once. */
  stages(names: string | readonly string[], at: Located): readonly string[] {
    return [...new Set([names].flat())].flatMap((name) => [...(this.#family(name, at)?.cells.keys() ?? [])]);
  }

  /** `value.metric`, or `metric` alone. The metric is empty where the column is wrong. */
  column(label: string, written: string, from: readonly StageFamily[] | undefined, at: Located): Column {
    const dots = Array.from(written.matchAll(/\./g), ({ index }) => index);
    const [first] = dots;
    if (first === undefined) return { label, of: undefined, metric: written };
    const ofAt = (dot: number): string => canonicalLabel(written.slice(0, dot));
    const isOnAxis = (of: string): boolean =>
      from?.some((family) => this.#labels.get(of)?.has(family) === true) === true;
    // Values and metrics may hold dots: the longest value counts.
    const dot = dots.findLast((each) => isOnAxis(ofAt(each))) ?? first;
    const of = ofAt(dot);
    const metric = written.slice(dot + 1);
    if (from === undefined || isOnAxis(of)) return { label, of, metric };
    const known = new Set(
      from.flatMap((family) =>
        family.axes
          .filter((axis) => axis.name !== 'replicate')
          .flatMap((axis) => axis.values.map((value) => value.label)),
      ),
    );
    this.complain(
      'graph/unknown-in-report',
      at,
      `no stage has \`${of}\` on an axis`,
      suggestion(of, [...known], 'axis values'),
    );
    return { label, of, metric: '' };
  }

  /**
   * The stage that `row` (an axis value, or a stage's name) and `column` (an axis value) name together: one, or its
   * replicates. Where several have both, the one that reads the others (scores, not the embeddings they are of). Empty if it is not clear, which is reported.
   */
  find(
    row: string,
    column: string | undefined,
    from: readonly StageFamily[] | undefined,
    at: Located,
    columnLabel: string,
  ): readonly string[] {
    if (from === undefined) return [];
    const label = canonicalLabel(row);
    const onAxis = from.filter((family) => this.#labels.get(label)?.has(family) === true);
    const named = from.filter((family) => family.declaration.name === row);
    let cells = onAxis.flatMap((family) => matching(family, [label, column]));
    if (cells.length === 0) cells = named.flatMap((family) => matching(family, [column]));
    if (onAxis.length === 0 && named.length === 0) {
      const known = [...new Set([...from.map((family) => family.declaration.name), ...this.#labels.keys()])];
      this.complain(
        'graph/unknown-in-report',
        at,
        `there is no stage or axis value \`${row}\``,
        suggestion(row, known, 'there are'),
      );
      return [];
    }
    if (cells.length === 0) {
      this.complain('graph/unknown-in-report', at, `no stage has both \`${row}\` and \`${column ?? columnLabel}\``);
      return [];
    }
    cells = this.#last(cells);
    const axes = column === undefined || column === label ? [] : axesOfBoth(from, cells, [label, column]);
    if (axes.length > 1) {
      const names = axes.map((axis) => `\`${axis}\``).join(' and ');
      this.complain(
        'graph/unclear-in-report',
        at,
        `the axes ${names} have both \`${row}\` and \`${column!}\`, so it is not clear which of them is of which`,
        `give the values of one axis names of their own: \`${axes.at(-1)!}: { NAME: ${row}, ... }\``,
      );
      return [];
    }
    const groups = new Set(cells.map((cell) => withoutReplicate(cell.id)));
    if (groups.size === 1) return cells.map((cell) => cell.id);
    const shown = [...groups].slice(0, 3).join(', ');
    this.complain(
      'graph/unclear-in-report',
      at,
      `${groups.size} stages have \`${row}\`${column === undefined ? '' : ` and \`${column}\``}: ${shown}${groups.size > 3 ? ', ...' : ''}`,
      'say which with `from: stage`',
    );
    return [];
  }

  /** Without those that another of them reads. */
  #last(cells: readonly Cell[]): Cell[] {
    const read = new Set(cells.flatMap((cell) => this.#reads.get(cell.id) ?? []));
    return cells.filter((cell) => !read.has(cell.id));
  }

  #family(name: string, at: Located | undefined): StageFamily | undefined {
    const family = this.#families.get(name);
    if (family === undefined && at !== undefined)
      this.complain(
        'graph/unknown-in-report',
        at,
        `there is no stage \`${name}\``,
        suggestion(name, [...this.#families.keys()], 'stages'),
      );
    return family;
  }
}

/** The axes that have both labels as values, of a family that has one of the cells. */
function axesOfBoth(
  from: readonly StageFamily[],
  cells: readonly Cell[],
  labels: readonly [string, string],
): readonly string[] {
  const family = from.find((one) => cells.some(({ id }) => one.cells.has(id)));
  return (family?.axes ?? []).flatMap(({ name, values }) =>
    name !== 'replicate' && labels.every((label) => values.some((value) => value.label === label)) ? [name] : [],
  );
}

/** Cells that have all the labels, each on an axis of its own. */
function matching(family: StageFamily, labels: readonly (string | undefined)[]): Cell[] {
  const wanted = labels.filter((label) => label !== undefined);
  return [...family.cells.values()].filter((cell) => {
    const left = [...cell.coordinates].filter(([axis]) => axis !== 'replicate').map(([, value]) => value.label);
    return wanted.every((label) => {
      const at = left.indexOf(label);
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  });
}
