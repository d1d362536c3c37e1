import type { Paints } from '../../foundation/words/terminal.js';
import { cut, padded, widthOf } from '../../foundation/words/width.js';

/** What a line of the tree has to say, the most important first where there is no room for all. */
export interface RowLine {
  readonly name: string;
  /** How far it is, 0 to 1; undefined where nothing tells. */
  readonly fraction: number | undefined;
  readonly left: string | undefined;
  readonly parts: string | undefined;
  readonly elapsed: string;
  readonly rate: string | undefined;
}

/**
 * A stage at work: a mark that turns, its name, a bar, and as many facts as fit, whole. Where little room is, rates go first,
 * then the time gone by, then parts, then the bar; names are shortened last.
 */
export function rowLine(row: RowLine, mark: string, nameWidth: number, columns: number, paints: Paints): string {
  const name = padded(cut(row.name, nameWidth), nameWidth);
  const { rate, elapsed, parts, left } = row;
  const choices: readonly (readonly [number, readonly (string | undefined)[]])[] = [
    [WIDE, [parts, rate, elapsed, left]],
    [WIDE, [parts, elapsed, left]],
    [NARROW, [parts, elapsed, left]],
    [NARROW, [parts, left]],
    [NARROW, [left ?? elapsed]],
    [0, [left ?? elapsed]],
  ];
  const lines = choices.map(([width, facts]) => {
    const bar = width === 0 ? [] : [paints.green(barOf(row.fraction, width))];
    const shown = facts.filter((fact) => fact !== undefined).join('  ');
    return [`${mark} ${name}`, ...bar, paints.dim(shown)].join('  ');
  });
  return lines.find((line) => widthOf(line) <= columns) ?? lines.at(-1)!;
}

/** Room that a line leaves for its name: at least eight columns, at most as many as the longest name has. */
export function nameWidthFor(names: readonly string[], columns: number): number {
  const longest = Math.max(8, ...names.map((name) => widthOf(name)));
  return Math.min(longest, Math.max(8, Math.floor(columns * 0.4)), 40);
}

/** How much of the whole is done, as a line. */
export function ruleOf(fraction: number, width: number, paints: Paints): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return paints.green('━'.repeat(full)) + paints.dim('─'.repeat(width - full));
}

const WIDE = 16;
const NARROW = 8;

/** Eighths of a block, so that slow work is seen to move. */
function barOf(fraction: number | undefined, width: number): string {
  if (fraction === undefined) return ' '.repeat(width);
  const eighths = Math.round(fraction * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  const rest = eighths % 8 === 0 ? '' : '▏▎▍▌▋▊▉'[(eighths % 8) - 1]!;
  return (full + rest).padEnd(width, '·');
}
