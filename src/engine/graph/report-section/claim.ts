import { parseQuantity } from '../../../foundation/schema/quantity.js';

/**
 * What a claim says must hold, in the words of the table: `A < B`, a chain `A <= B <= C`, or a difference against a number,
 * `A - B > 5%`.
 */
export interface Comparison {
  /** Indices into the claim's operands. */
  readonly left: number;
  /** What is taken off the left side. */
  readonly minus: number | null;
  readonly operator: Operator;
  /** An operand, or null where the left side is compared with `value`. */
  readonly right: number | null;
  readonly value: number | null;
}

export type Operator = '<' | '<=' | '>' | '>=';

export type ReadClaim<Row> =
  | { readonly ok: true; readonly operands: readonly Row[]; readonly comparisons: readonly Comparison[] }
  | { readonly ok: false; readonly message: string; readonly unknown?: string };

/** What a label means; undefined where nothing has it. */
export interface Meaning<Row> {
  /** Of a row of a table. */
  readonly row: (label: string) => Row | undefined;
  /** Of a stage or an axis value. A number is one where it is compared with another alone: `accuracy > 0.5` is not about a rate of 0.5. */
  readonly other: (label: string) => Row | undefined;
}

/** Labels may hold blanks, `+` and `-`. */
export function readClaim<Row>(that: string, meaning: Meaning<Row>): ReadClaim<Row> {
  const pieces = that.split(/\s(<=|>=|<|>|≤|≥)\s/);
  if (pieces.length < 3) return { ok: false, message: `\`${that}\` compares nothing` };
  const operands: Row[] = [];
  const indices = new Map<string, number>();
  const operand: FindOperand = (label, among) => {
    const known = indices.get(label);
    if (known !== undefined) return known;
    const found =
      (among !== 'others' ? meaning.row(label) : undefined) ?? (among !== 'rows' ? meaning.other(label) : undefined);
    if (found === undefined) return undefined;
    indices.set(label, operands.length);
    operands.push(found);
    return operands.length - 1;
  };
  const sides: Side[] = [];
  for (const text of pieces.filter((_, i) => i % 2 === 0)) {
    const side = readSide(text.trim(), operand);
    if (typeof side === 'string') return { ok: false, message: `there is no row \`${side}\``, unknown: side };
    sides.push(side);
  }
  const comparisons: Comparison[] = [];
  for (let i = 0; i + 1 < sides.length; i += 1) {
    const [left, right] = withoutTwoNumbers([sides[i]!, sides[i + 1]!], operand);
    const operator = pieces[2 * i + 1]!.replace('≤', '<=').replace('≥', '>=') as Operator;
    if (
      left.row !== null &&
      right.minus === null &&
      (right.row !== null || right.value !== null) &&
      !(left.minus !== null && right.row !== null)
    )
      comparisons.push({ left: left.row, minus: left.minus, operator, right: right.row, value: right.value });
    else if (left.value !== null && right.row !== null)
      comparisons.push({
        left: right.row,
        minus: right.minus,
        operator: TURNED[operator],
        right: null,
        value: left.value,
      });
    else return { ok: false, message: `\`${that}\` compares things that cannot be compared` };
  }
  return { ok: true, operands, comparisons };
}

const TURNED: Readonly<Record<Operator, Operator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The position of what has a label. */
type FindOperand = (label: string, among?: 'rows' | 'others') => number | undefined;

/** Two numbers are axis values, if there are such. */
function withoutTwoNumbers(pair: readonly [Side, Side], operand: FindOperand): readonly [Side, Side] {
  if (pair.some(({ value }) => value === null)) return pair;
  const named = pair.map(({ text }): Side => ({
    text,
    row: operand(text, 'others') ?? null,
    minus: null,
    value: null,
  }));
  return named.some(({ row }) => row === null) ? pair : [named[0]!, named[1]!];
}

interface Side {
  readonly text: string;
  readonly row: number | null;
  readonly minus: number | null;
  readonly value: number | null;
}

/** The label that is unknown, where one is. */
function readSide(text: string, operand: FindOperand): Side | string {
  const value = parseQuantity('fraction', text);
  const isNumber = typeof value === 'number';
  const whole = operand(text, isNumber ? 'rows' : undefined);
  if (whole !== undefined) return { text, row: whole, minus: null, value: null };
  if (isNumber) return { text, row: null, minus: null, value };
  for (let at = text.indexOf(' - '); at >= 0; at = text.indexOf(' - ', at + 1)) {
    const row = operand(text.slice(0, at).trim());
    const minus = operand(text.slice(at + 3).trim());
    if (row !== undefined && minus !== undefined) return { text, row, minus, value: null };
  }
  return text;
}
