import { columnOf, numberIn, readCsvTable, type CsvTable } from '../../foundation/formats/csv-table.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { err, fail, ok, type Result } from '../../foundation/failures/result.js';
import { meanOutcome, outcomesOf, type MetricOutcome, type Outcomes } from '../../foundation/statistics/outcomes.js';

/**
 * What a program found of each item of its test, as a CSV file with a head: from it come the metrics, their intervals, and
 * comparisons of two stages item by item.
 *
 * - `item` names what was judged, each once. Two stages are compared item by item if they judged the same items.
 * - `subject` (may be left out) names the independent unit that an item is of: the patient of several images. Items of one
 *   subject vary together.
 * - `truth` and `prediction` give the metric `accuracy`: the share of items in which they are the same number, or the same text.
 * - `label` (0 or 1) and `score` (the greater, the more likely 1) give the metric `auc`.
 * - Every other column holds a number for each item; its mean is a metric of that name.
 */
export type CommandOutcomesCode = 'command/bad-outcomes';

type Wrong = Diagnostic<CommandOutcomesCode>;

const TAKEN = new Set(['item', 'subject', 'truth', 'prediction', 'label', 'score']);

/**
 * @param name what to call the file
 * @param set in which its subjects have their names
 */
export function outcomesFrom(text: string, name: string, set?: string): Result<Outcomes> {
  const read = readCsvTable(text, name);
  if (!read.ok) return read;
  const bad = (message: string, help?: string): Wrong => failure('command/bad-outcomes', `${name}: ${message}`, help);
  const table = sortedByItem(read.value);
  if (table === undefined) return fail(bad('it has no column `item`', 'name the item of each line'));
  if (table.rows.length === 0) return fail(bad('it has no items'));
  const items = columnOf(table, 'item')!;
  const nameless = (['item', 'subject'] as const).find((each) => columnOf(table, each)?.includes('') === true);
  if (nameless !== undefined) {
    const help = nameless === 'subject' ? 'name the subject of each item, or leave the column out' : undefined;
    return fail(bad(`a cell of column \`${nameless}\` is empty`, help));
  }
  const twice = items.find((item, i) => item === items[i - 1]);
  if (twice !== undefined) return fail(bad(`the item \`${twice}\` is given twice`));
  const subjects = columnOf(table, 'subject');
  const wrong: Wrong[] = [];
  const metrics = [...rates(table, bad, wrong), ...means(table, bad, wrong)];
  if (wrong.length === 0 && metrics.length === 0) {
    wrong.push(bad('it has nothing to measure', 'add a column of numbers, `truth,prediction`, or `label,score`'));
  }
  const again = metrics.find(({ name }, i) => metrics.findIndex((other) => other.name === name) < i);
  if (again !== undefined) wrong.push(bad(`two metrics would be called \`${again.name}\``, 'rename that column'));
  if (wrong.length > 0) return err(wrong);
  const of = { ...(subjects === undefined ? {} : { subjects }), ...(set === undefined ? {} : { set }) };
  return ok(outcomesOf({ items, ...of, metrics }));
}

/** In one order whatever order the program wrote them in. */
function sortedByItem(table: CsvTable): CsvTable | undefined {
  const at = table.columns.indexOf('item');
  if (at < 0) return undefined;
  return { columns: table.columns, rows: [...table.rows].sort((a, b) => byCodeUnit(a[at]!, b[at]!)) };
}

type Bad = (message: string, help?: string) => Wrong;

function rates(table: CsvTable, bad: Bad, wrong: Wrong[]): readonly MetricOutcome[] {
  const found: MetricOutcome[] = [];
  const pair = (a: string, b: string): readonly [readonly string[], readonly string[]] | undefined => {
    const [first, second] = [columnOf(table, a), columnOf(table, b)];
    if (first !== undefined && second !== undefined) return [first, second];
    if (first !== undefined || second !== undefined) wrong.push(bad(`\`${a}\` and \`${b}\` go together`));
    return undefined;
  };
  const judged = pair('truth', 'prediction');
  if (judged !== undefined) {
    const [truth, prediction] = judged;
    const [known, said] = [truth.map(canonicalLabel), prediction.map(canonicalLabel)];
    const right = known.map((value, i) => (value === said[i] ? 1 : 0));
    const values = new Set(known);
    const notes = said.some((value) => values.has(value)) ? [] : ['no prediction is one of the values of `truth`'];
    found.push(meanOutcome('accuracy', right, { bounds: [0, 1], notes }));
  }
  const scored = pair('label', 'score');
  if (scored !== undefined) {
    const [labels, scores] = scored;
    const odd = labels.find((label) => numberIn(label) !== 0 && numberIn(label) !== 1);
    const numbers = numbersOf(scores, 'score', bad, wrong);
    if (odd !== undefined) wrong.push(bad(`the label \`${odd}\` is neither 0 nor 1`));
    else {
      const positive = labels.map((label) => numberIn(label) === 1);
      if (new Set(positive).size < 2) wrong.push(bad('every label is the same'));
      else if (numbers !== undefined) found.push(areaOutcome(positive, numbers));
    }
  }
  return found;
}

/** Programs write one number in several ways: `1`, `1.0` and `1e0` are one label. Not so two numbers that one double stands for. */
function canonicalLabel(label: string): string {
  if (numberIn(label) === undefined) return label;
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^([-+]?)(\d*)\.?(\d*)(?:e(.*))?$/i.exec(label)!;
  const digits = (whole + fraction).replace(/^0+/, '');
  const shown = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - shown.length;
  return shown === '' ? '0' : `${sign === '-' ? '-' : ''}${shown}e${power}`;
}

function means(table: CsvTable, bad: Bad, wrong: Wrong[]): readonly MetricOutcome[] {
  return table.columns
    .filter((column) => !TAKEN.has(column))
    .flatMap((column) => {
      const numbers = numbersOf(columnOf(table, column)!, column, bad, wrong);
      if (numbers === undefined) return [];
      const isRight = numbers.every((value) => value === 0 || value === 1);
      return [meanOutcome(column, numbers, isRight ? { bounds: [0, 1] } : {})];
    });
}

function numbersOf(cells: readonly string[], column: string, bad: Bad, wrong: Wrong[]): Float64Array | undefined {
  const numbers = Float64Array.from(cells, (cell) => numberIn(cell) ?? NaN);
  const at = numbers.findIndex((value) => Number.isNaN(value));
  if (at < 0) return numbers;
  wrong.push(bad(`\`${cells[at]!}\` in column \`${column}\` is not a finite number`));
  return undefined;
}

/**
 * The area under the ROC curve: the chance that an item of label 1 scores higher than one of label 0, ties counting half (Mann
 * and Whitney 1947). The influence of an item is its placement among those of the other label less the area, over the number
 * of its own label (DeLong, DeLong and Clarke-Pearson 1988).
 */
function areaOutcome(positive: readonly boolean[], scores: Float64Array): MetricOutcome {
  const ofNegatives = Float64Array.from([...scores].filter((_, i) => !positive[i])).sort();
  const ofPositives = Float64Array.from([...scores].filter((_, i) => positive[i])).sort();
  const placements = Float64Array.from(scores, (score, i) =>
    positive[i]! ? shareBelow(ofNegatives, score) : 1 - shareBelow(ofPositives, score),
  );
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) if (positive[i]!) sum += placements[i]!;
  const value = sum / ofPositives.length;
  const influence = placements.map(
    (placement, i) => (placement - value) / (positive[i]! ? ofPositives.length : ofNegatives.length),
  );
  return { name: 'auc', value, bounds: [0, 1], influence, notes: [] };
}

/** The share of sorted numbers that are less than `value`, those equal to it counting half. */
function shareBelow(sorted: Float64Array, value: number): number {
  const less = firstAt(sorted, (each) => each >= value);
  const notMore = firstAt(sorted, (each) => each > value);
  return (less + notMore) / 2 / sorted.length;
}

/** The first position from which `holds` is true; of sorted numbers. */
function firstAt(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
