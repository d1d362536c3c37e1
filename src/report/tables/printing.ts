import type { Json } from '../../foundation/values/json.js';
import type { Cell, ClaimVerdict, Comparison, Report, Table } from '../report.js';

/** How numbers, effects and values are written, the same in every format. */
export type Printing = Pick<Table, 'percent' | 'digits'>;

/** The number as the table prints it, without the sign of percentage. */
export function numberText(value: number, { percent, digits }: Printing): string {
  return withoutNegativeZero((percent ? 100 * value : value).toFixed(digits));
}

/** With its sign: an effect. */
export function signedText(value: number, printing: Printing): string {
  const text = numberText(Math.abs(value), printing);
  return value < 0 && Number(text) !== 0 ? `−${text}` : `+${text}`;
}

function withoutNegativeZero(text: string): string {
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** How numbers are printed that no table prints, and effects, which are no percentages. */
export const PLAIN: Printing = { percent: false, digits: 3 };

/** Digits after the point of an effect between numbers of these tables: what they tell apart, it does not round away. */
export function effectDigits(tables: readonly Printing[]): { readonly digits?: number } {
  const digits = Math.max(PLAIN.digits, ...tables.map((table) => table.digits + (table.percent ? 2 : 0)));
  return digits === PLAIN.digits ? {} : { digits };
}

/** As a number outside of tables is printed, with more digits where it has them. */
export function plainly({ digits }: { readonly digits?: number }): Printing {
  return digits === undefined ? PLAIN : { percent: false, digits };
}

/** Whether the publication's numbers stand beside those measured. */
export function hasPublished({ rows }: Pick<Table, 'rows'>): boolean {
  return rows.some(({ cells }) => cells.some(({ published }) => published !== null));
}

export function publishedText({ published }: Cell, printing: Printing): string {
  return published === null ? '–' : numberText(published, printing);
}

/** What stands above the columns of measured numbers and above those of the publication, and where the latter are from. */
export function groupHeads({ measuredOn, source }: Table): {
  readonly measured: string;
  readonly published: string;
  readonly from: string;
} {
  const from = source === undefined ? '' : `Published: ${source}.`;
  return measuredOn === undefined
    ? { measured: 'measured', published: 'published', from }
    : { measured: `measured on ${measuredOn}`, published: 'published, not comparable', from };
}

/** A parameter's value as one writes it. */
export function parameterText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(parameterText).join(', ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const VERDICT_MARKS = { reproduced: '✓', 'not reproduced': '✗', undecided: '?' } as const;

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function effectText({ effect, interval, ...how }: Pick<Comparison, 'effect' | 'interval' | 'digits'>): string {
  if (effect === null) return 'not measured';
  const signed = (value: number): string => signedText(value, plainly(how));
  const range = interval === null ? '' : ` [${signed(interval.low)}, ${signed(interval.high)}]`;
  return `${signed(effect)}${range}`;
}

/** Each comparison of a claim with its own verdict, of which the claim's is made: `✓ Multi-PIE +0.068 [+0.035, +0.100]; ? LFW ...`. */
export function comparisonsText({ comparisons }: Pick<ClaimVerdict, 'comparisons'>): string {
  const each = comparisons.map((comparison) => {
    const mark = comparisons.length === 1 ? '' : `${VERDICT_MARKS[comparison.verdict]} `;
    return `${mark}${comparison.column} ${effectText(comparison)}`;
  });
  return each.join('; ');
}

export const IRREPRODUCIBLE_NOTICE =
  'Some stages may give other bits on a rerun; they are marked in the list of stages.';

export function acceptedNotice({ stages }: Report): string | undefined {
  const accepted = stages.filter((stage) => stage.accepted !== undefined);
  if (accepted.length === 0) return undefined;
  const reasons = [...new Set(accepted.map((stage) => stage.accepted!))].map((reason) => `“${reason}”`).join('; ');
  return `${accepted.length} of ${stages.length} results were made by earlier code and accepted for the current code: ${reasons}.`;
}
