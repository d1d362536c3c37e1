import { parseQuantity } from '../../foundation/quantity.js';

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

/** `row` gives what a label means, undefined where nothing has it. Labels may hold blanks, `+` and `-`. */
export function readClaim<Row>(that: string, row: (label: string) => Row | undefined): ReadClaim<Row> {
  const pieces = that.split(/\s(<=|>=|<|>|≤|≥)\s/);
  if (pieces.length < 3) return { ok: false, message: `\`${that}\` compares nothing` };
  const operands: Row[] = [];
  const indices = new Map<string, number>();
  const operand = (label: string): number | undefined => {
    const known = indices.get(label);
    if (known !== undefined) return known;
    const found = row(label);
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
    const [left, right] = [sides[i]!, sides[i + 1]!];
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

interface Side {
  readonly row: number | null;
  readonly minus: number | null;
  readonly value: number | null;
}

/** The label that is unknown, where one is. */
function readSide(text: string, operand: (label: string) => number | undefined): Side | string {
  const whole = operand(text);
  if (whole !== undefined) return { row: whole, minus: null, value: null };
  const value = parseQuantity('fraction', text);
  if (typeof value === 'number') return { row: null, minus: null, value };
  for (let at = text.indexOf(' - '); at >= 0; at = text.indexOf(' - ', at + 1)) {
    const row = operand(text.slice(0, at).trim());
    const minus = operand(text.slice(at + 3).trim());
    if (row !== undefined && minus !== undefined) return { row, minus, value: null };
  }
  return text;
}
