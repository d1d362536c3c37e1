import type { Quantity } from './schema.js';

/**
 * Quantities as an experiment writes them (`35 deg`, `10k`, `4 GiB`) and their values in the canonical unit of
 * foundation/schema/schema.ts. Two spellings of one value give the same number, bit for bit.
 */
export interface Unit {
  readonly quantity: Quantity;
  /** A power of ten is applied to the decimal digits as written, so that `1.1M` is 1100000 exactly. */
  readonly shift?: number;
  readonly factor?: number;
}

const DEGREES_PER_RADIAN = 180 / Math.PI;

const UNITS: Readonly<Record<string, Unit>> = {
  deg: { quantity: 'angle' },
  '°': { quantity: 'angle' },
  degrees: { quantity: 'angle' },
  rad: { quantity: 'angle', factor: DEGREES_PER_RADIAN },
  mrad: { quantity: 'angle', shift: -3, factor: DEGREES_PER_RADIAN },
  k: { quantity: 'count', shift: 3 },
  K: { quantity: 'count', shift: 3 },
  M: { quantity: 'count', shift: 6 },
  '%': { quantity: 'fraction', shift: -2 },
  '‰': { quantity: 'fraction', shift: -3 },
  um: { quantity: 'length', shift: -3 },
  µm: { quantity: 'length', shift: -3 },
  mm: { quantity: 'length' },
  cm: { quantity: 'length', shift: 1 },
  m: { quantity: 'length', shift: 3 },
  ms: { quantity: 'duration', shift: -3 },
  s: { quantity: 'duration' },
  min: { quantity: 'duration', factor: 60 },
  h: { quantity: 'duration', factor: 3600 },
  d: { quantity: 'duration', factor: 86400 },
  B: { quantity: 'size' },
  kB: { quantity: 'size', shift: 3 },
  MB: { quantity: 'size', shift: 6 },
  GB: { quantity: 'size', shift: 9 },
  TB: { quantity: 'size', shift: 12 },
  KiB: { quantity: 'size', factor: 1024 },
  MiB: { quantity: 'size', factor: 1024 ** 2 },
  GiB: { quantity: 'size', factor: 1024 ** 3 },
  TiB: { quantity: 'size', factor: 1024 ** 4 },
};

/** What each quantity is called, the units it is written in and an example: for messages and docs/dsl.md. */
export const QUANTITIES: Readonly<
  Record<Quantity, { readonly a: string; readonly units: readonly string[]; readonly example: string }>
> = {
  angle: { a: 'an angle', units: ['deg', '°', 'rad', 'mrad'], example: '35 deg' },
  length: { a: 'a length', units: ['um', 'mm', 'cm', 'm'], example: '12 mm' },
  duration: { a: 'a duration', units: ['ms', 's', 'min', 'h', 'd'], example: '2 min' },
  size: { a: 'a size', units: ['B', 'kB', 'MB', 'GB', 'TB', 'KiB', 'MiB', 'GiB', 'TiB'], example: '4 GiB' },
  fraction: { a: 'a fraction', units: ['%', '‰'], example: '5%' },
  count: { a: 'a count', units: ['k', 'M'], example: '10k' },
  number: { a: 'a number', units: [], example: '0.5' },
};

/** Quantities that are nothing without a unit: 35 what? */
const NEED_UNIT: ReadonlySet<Quantity> = new Set<Quantity>(['angle', 'length', 'duration', 'size']);

export type QuantityProblem =
  | { readonly wrong: 'syntax' }
  | { readonly wrong: 'unit-missing'; readonly value: number }
  | { readonly wrong: 'unit-unknown'; readonly unit: string }
  | { readonly wrong: 'unit'; readonly unit: string; readonly is: Quantity }
  | { readonly wrong: 'not-whole'; readonly value: number };

const WRITTEN = /^\s*([-+−]?)\s*((?:\d[\d_]*)?(?:\.\d+)?)(?:[eE]([-+]?\d+))?\s*([^\d\s.][^\s]*)?\s*$/u;

/** The value in the canonical unit. Bare numbers are right for numbers, counts and fractions, and zero for all. */
export function parseQuantity(of: Quantity, written: string | number): number | QuantityProblem {
  if (typeof written === 'number') return checked(of, written, undefined);
  const match = WRITTEN.exec(written);
  const digits = match?.[2]?.replaceAll('_', '') ?? '';
  if (match === null || digits === '') return { wrong: 'syntax' };
  const sign = match[1] === '' || match[1] === '+' ? '' : '-';
  const name = match[4];
  const unit = name === undefined ? undefined : unitOf(name);
  if (name !== undefined && unit === undefined) return { wrong: 'unit-unknown', unit: name };
  const exponent = Number(match[3] ?? 0) + (unit?.shift ?? 0);
  const value = Number(`${sign}${digits}e${exponent}`) * (unit?.factor ?? 1);
  return checked(of, value, name);
}

function checked(of: Quantity, value: number, unit: string | undefined): number | QuantityProblem {
  if (!Number.isFinite(value)) return { wrong: 'syntax' };
  if (unit === undefined) {
    if (NEED_UNIT.has(of) && value !== 0) return { wrong: 'unit-missing', value };
  } else {
    const is = UNITS[unit]!.quantity;
    const fits = is === of || (of === 'number' && (is === 'count' || is === 'fraction'));
    if (!fits) return { wrong: 'unit', unit, is };
  }
  if (of === 'count' && !Number.isSafeInteger(value)) return { wrong: 'not-whole', value };
  // There is no negative zero in canonical values.
  return value === 0 ? 0 : value;
}

/** The quantity that a text is of by its unit, `number` without one; undefined where it is none. */
export function quantityOf(written: string): Quantity | undefined {
  const match = WRITTEN.exec(written);
  if (match === null || match[2] === '') return undefined;
  return match[4] === undefined ? 'number' : unitOf(match[4])?.quantity;
}

function unitOf(name: string): Unit | undefined {
  return Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
}

/** As an experiment would write it, shortest: `35 deg`, `10k`, `4 GiB`. {@link parseQuantity} gives the same value back. */
export function printQuantity(of: Quantity, value: number): string {
  switch (of) {
    case 'angle':
      return `${value} deg`;
    case 'length':
      return `${value} mm`;
    case 'duration':
      return value !== 0 && value % 3600 === 0
        ? `${value / 3600} h`
        : value !== 0 && value % 60 === 0
          ? `${value / 60} min`
          : `${value} s`;
    case 'size':
      for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
        const factor = UNITS[unit]!.factor!;
        if (value !== 0 && value % factor === 0) return `${value / factor} ${unit}`;
      }
      return `${value} B`;
    case 'count':
      if (value !== 0 && value % 1e6 === 0) return `${value / 1e6}M`;
      return value !== 0 && value % 1e3 === 0 ? `${value / 1e3}k` : String(value);
    case 'fraction':
    case 'number':
      return String(value);
  }
}
