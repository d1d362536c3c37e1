import type { Distribution } from '../numbers/distribution.js';
import { parseQuantity, printQuantity, type QuantityProblem } from './quantity.js';
import type { Quantity } from './schema.js';

/**
 * Distributions as an experiment writes them: `uniform(-90 deg, 90 deg)`, `mixture(0.6: uniform(0, 1), 0.4: constant(0))`,
 * or a bare value for a constant.
 */
export const DISTRIBUTIONS = {
  constant: 'constant(value)',
  uniform: 'uniform(low, high)',
  normal: 'normal(mean, deviation)',
  'truncated-normal': 'truncated-normal(mean, deviation, low, high)',
  mixture: 'mixture(weight: distribution, ...)',
  choice: 'choice(value, ...)',
  grid: 'grid(from, to, step)',
} as const satisfies Record<Distribution['type'], string>;

export const UNCLOSED = 'a `)` is missing at the end';

export interface DistributionProblem {
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly wrong:
    | { readonly what: 'syntax'; readonly message: string }
    | { readonly what: 'name'; readonly name: string }
    | { readonly what: 'arguments'; readonly form: string; readonly given: number }
    | { readonly what: 'value'; readonly message: string }
    | { readonly what: 'quantity'; readonly written: string; readonly problem: QuantityProblem };
}

export type ParsedDistribution =
  | { readonly ok: true; readonly distribution: Distribution }
  | { readonly ok: false; readonly problem: DistributionProblem };

/** A stretch of the text between separators. */
interface Piece {
  readonly text: string;
  readonly start: number;
}

class Refused extends Error {
  readonly problem: DistributionProblem;
  constructor(problem: DistributionProblem) {
    super('refused');
    this.problem = problem;
  }
}

export function parseDistribution(of: Quantity, written: string | number): ParsedDistribution {
  try {
    if (typeof written === 'number') {
      const value = parseQuantity(of, written);
      if (typeof value === 'number') return { ok: true, distribution: { type: 'constant', value } };
      refuse({ text: String(written), start: 0 }, { what: 'quantity', written: String(written), problem: value });
    }
    return { ok: true, distribution: parse(of, { text: written, start: 0 }) };
  } catch (thrown) {
    if (thrown instanceof Refused) return { ok: false, problem: thrown.problem };
    throw thrown;
  }
}

function parse(of: Quantity, piece: Piece): Distribution {
  const call = /^([A-Za-z][\w-]*)\s*\((.*)\)$/s.exec(piece.text);
  if (call === null) {
    if (/^[A-Za-z][\w-]*\s*\(/.test(piece.text)) refuse(piece, { what: 'syntax', message: UNCLOSED });
    if (/^[A-Za-z]/.test(piece.text)) refuse(piece, { what: 'name', name: /^[\w-]+/.exec(piece.text)![0] });
    return { type: 'constant', value: value(of, piece) };
  }
  const name = call[1]!;
  if (!Object.hasOwn(DISTRIBUTIONS, name)) refuse({ text: name, start: piece.start }, { what: 'name', name });
  const type = name as Distribution['type'];
  const args = split(call[2]!, piece.start + piece.text.length - 1 - call[2]!.length);
  const wanted = { constant: 1, uniform: 2, normal: 2, 'truncated-normal': 4, mixture: 0, choice: 0, grid: 3 }[type];
  if (args.length === 0 || (wanted > 0 && args.length !== wanted))
    refuse(piece, { what: 'arguments', form: DISTRIBUTIONS[type], given: args.length });
  const numbers = type === 'mixture' ? [] : args.map((arg) => value(of, arg));
  const at = (i: number): number => numbers[i]!;
  const ordered = (low: number, high: number): void => {
    if (at(low) > at(high))
      refuse(args[low]!, {
        what: 'value',
        message: `${args[low]!.text} is above ${args[high]!.text}: give the lower end first`,
      });
  };
  switch (type) {
    case 'constant':
      return { type, value: at(0) };
    case 'uniform':
      ordered(0, 1);
      return { type, low: at(0), high: at(1) };
    case 'normal':
    case 'truncated-normal': {
      if (at(1) < 0) refuse(args[1]!, { what: 'value', message: 'a deviation cannot be negative' });
      if (type === 'normal') return { type, mean: at(0), deviation: at(1) };
      ordered(2, 3);
      return { type, mean: at(0), deviation: at(1), low: at(2), high: at(3) };
    }
    case 'choice':
      return { type, values: numbers };
    case 'grid':
      ordered(0, 1);
      if (at(2) <= 0) refuse(args[2]!, { what: 'value', message: 'the step of a grid must be above 0' });
      return { type, from: at(0), to: at(1), step: at(2) };
    case 'mixture': {
      const components = args.map((arg) => component(of, arg));
      if (components.every(({ weight }) => weight === 0))
        refuse(piece, { what: 'value', message: 'the weights of a mixture cannot all be 0' });
      return { type, components };
    }
  }
}

function component(of: Quantity, piece: Piece): { weight: number; distribution: Distribution } {
  const colon = piece.text.indexOf(':');
  if (colon < 0) refuse(piece, { what: 'syntax', message: 'a component of a mixture is `weight: distribution`' });
  const before = trim({ text: piece.text.slice(0, colon), start: piece.start });
  const weight = value('fraction', before);
  if (weight < 0) refuse(before, { what: 'value', message: 'a weight cannot be negative' });
  return {
    weight,
    distribution: parse(of, trim({ text: piece.text.slice(colon + 1), start: piece.start + colon + 1 })),
  };
}

function value(of: Quantity, piece: Piece): number {
  const parsed = parseQuantity(of, piece.text);
  if (typeof parsed === 'number') return parsed;
  return refuse(piece, { what: 'quantity', written: piece.text, problem: parsed });
}

/** At commas outside of parentheses. */
function split(text: string, start: number): Piece[] {
  const pieces: Piece[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i += 1) {
    const c = text[i];
    if (c === '(') depth += 1;
    else if (c === ')') depth -= 1;
    if (depth < 0) refuse({ text: ')', start: start + i }, { what: 'syntax', message: 'this `)` closes nothing' });
    if (i < text.length && (c !== ',' || depth > 0)) continue;
    pieces.push(trim({ text: text.slice(from, i), start: start + from }));
    from = i + 1;
  }
  if (depth > 0) refuse({ text, start }, { what: 'syntax', message: 'a `)` is missing' });
  return pieces.length === 1 && pieces[0]!.text === '' ? [] : pieces;
}

function trim(piece: Piece): Piece {
  const text = piece.text.trimStart();
  return { text: text.trimEnd(), start: piece.start + piece.text.length - text.length };
}

function refuse(piece: Piece, wrong: DistributionProblem['wrong']): never {
  throw new Refused({ start: piece.start, end: piece.start + Math.max(piece.text.length, 1), wrong });
}

/** Every value that can be drawn lies in [low, high]; infinite for a normal distribution. */
export function support(distribution: Distribution): { readonly low: number; readonly high: number } {
  switch (distribution.type) {
    case 'constant':
      return { low: distribution.value, high: distribution.value };
    case 'uniform':
    case 'truncated-normal':
      return { low: distribution.low, high: distribution.high };
    case 'normal':
      return distribution.deviation === 0
        ? { low: distribution.mean, high: distribution.mean }
        : { low: -Infinity, high: Infinity };
    case 'grid':
      return { low: distribution.from, high: distribution.to };
    case 'choice':
      return { low: Math.min(...distribution.values), high: Math.max(...distribution.values) };
    case 'mixture': {
      const parts = distribution.components.map((part) => support(part.distribution));
      return { low: Math.min(...parts.map((p) => p.low)), high: Math.max(...parts.map((p) => p.high)) };
    }
  }
}

/** As an experiment would write it; {@link parseDistribution} gives the same back. */
export function printDistribution(of: Quantity, distribution: Distribution): string {
  const print = (x: number): string => printQuantity(of, x);
  switch (distribution.type) {
    case 'constant':
      return `constant(${print(distribution.value)})`;
    case 'uniform':
      return `uniform(${print(distribution.low)}, ${print(distribution.high)})`;
    case 'normal':
      return `normal(${print(distribution.mean)}, ${print(distribution.deviation)})`;
    case 'truncated-normal':
      return `truncated-normal(${[distribution.mean, distribution.deviation, distribution.low, distribution.high].map(print).join(', ')})`;
    case 'choice':
      return `choice(${distribution.values.map(print).join(', ')})`;
    case 'grid':
      return `grid(${print(distribution.from)}, ${print(distribution.to)}, ${print(distribution.step)})`;
    case 'mixture':
      return `mixture(${distribution.components.map((part) => `${part.weight}: ${printDistribution(of, part.distribution)}`).join(', ')})`;
  }
}
