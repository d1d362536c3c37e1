import { studentQuantile } from '../../foundation/statistics/quantiles.js';
import { chanceOfReplicates } from '../measures/alike.js';
import type { MeasuredNoise, Measurement } from '../measures/measurement.js';
import type { Interval } from '../report.js';
import { numberText, plainly } from '../tables/table.js';

/** Why a comparison is undecided, and what would decide it if the effect is what was measured. */
export interface Lacking {
  readonly reason: string;
  readonly decides: string | null;
  /** The same where it is replicates, as a number. */
  readonly replicates?: number;
}

/** More replicates, and more times the subjects, than these are not proposed. */
const MOST_REPLICATES = 30;
const MOST_SUBJECTS = 20;

/** Fewer have a spread that says little. */
const LEAST_REPLICATES = 3;

function replicated(replicates: number): Pick<Lacking, 'decides' | 'replicates'> {
  return { decides: `\`replicates: ${replicates}\``, replicates };
}

/** A result that has no replicates, which are to be asked for before any can be added. */
export interface OneResult {
  /** False where the stage is given no seed. */
  readonly takesSeed: boolean;
}

/** Of the sides of a comparison, those that are one result, by label, and how many are not. */
export interface OneResults {
  readonly alone: ReadonlyMap<string, OneResult>;
  readonly others: number;
}

function replicatesOf({ alone, others }: OneResults): Pick<Lacking, 'decides' | 'replicates'> {
  const asked = replicated(LEAST_REPLICATES);
  if (alone.size === 0) return asked;
  const seedless = [...alone].filter(([, { takesSeed }]) => !takesSeed).map(([label]) => label);
  const seed = seedless.length === 0 ? '' : `, and \`{seed}\` among the words that run ${seedless.join(' and ')}`;
  const whose = others === 0 ? '' : ` of ${[...alone.keys()].join(' and ')}`;
  return { decides: `${asked.decides}${whose}${seed}` };
}

/**
 * @param isOpen whether the noise of the one replicate that there is cannot be known
 * @param how with how many digits the effect is printed
 */
export function whatIsLacking(
  measured: Measurement,
  isOpen: boolean,
  how: { readonly digits?: number },
  sides: OneResults,
): Lacking {
  const { value, interval, noise } = measured;
  if (value === null) return { reason: 'a number is missing', decides: null };
  if (noise === null || interval === null) {
    return { reason: 'a single value each, of unknown noise', ...replicatesOf(sides) };
  }
  const { words } = noise.counts;
  if (isOpen) {
    return {
      reason: `one of the ${words.replicates} each: the noise between ${words.replicates} is unknown`,
      ...replicatesOf(sides),
    };
  }
  const bound = numberText(Math.max(Math.abs(interval.low), Math.abs(interval.high)), plainly(how));
  const replicates = replicatesNeeded(value, noise);
  if (replicates !== undefined) {
    return {
      reason: `too few ${words.replicates} (${noise.counts.replicates})`,
      ...replicated(replicates),
    };
  }
  const alike = noise.error === 0 && value !== 0 ? alikeReplicatesNeeded(noise) : undefined;
  if (alike !== undefined) {
    return {
      reason: `too few ${words.replicates} (${noise.counts.replicates}), which gave one number`,
      ...replicated(alike),
    };
  }
  const subjects = noise.error === 0 ? alikeNeeded(value, interval, noise) : subjectsNeeded(value, noise);
  if (subjects !== undefined) {
    return { reason: `too few ${words.subjects} (${noise.counts.subjects})`, decides: `${subjects} ${words.subjects}` };
  }
  return { reason: `no effect larger than ${bound} is there`, decides: null };
}

/** So many that the interval, about the same effect, would leave zero out; undefined where none would do. */
function replicatesNeeded(
  effect: number,
  { subjects, replicates, freedom, error, counts }: MeasuredNoise,
): number | undefined {
  if (replicates === null || replicates === 0) return undefined;
  for (let n = counts.replicates + 1; n <= MOST_REPLICATES; n += 1) {
    const factor = counts.replicates / n;
    const variance = subjects + replicates * factor;
    // Degrees of freedom grow as the replicates do, as far as these are what the error is made of.
    const share = replicates / error ** 2;
    const grown = freedom * (1 + share * (n / counts.replicates - 1));
    if (Math.abs(effect) > studentQuantile(0.975, grown) * Math.sqrt(variance)) return n;
  }
  return undefined;
}

/** So many replicates of each side that still give one number; undefined where there are as many, or items tell more. */
function alikeReplicatesNeeded({ counts: { subjects, replicates, varying } }: MeasuredNoise): number | undefined {
  if (subjects > 0 || chanceOfReplicates(varying) <= 0.025) return undefined;
  let needed = replicates;
  while (chanceOfReplicates(varying.map(() => needed)) > 0.025) needed += 1;
  return needed;
}

function subjectsNeeded(effect: number, { subjects, replicates, freedom, counts }: MeasuredNoise): number | undefined {
  if (counts.subjects === 0) return undefined;
  for (let times = 1.1; times <= MOST_SUBJECTS; times *= 1.1) {
    const variance = subjects / times + (replicates ?? 0);
    if (Math.abs(effect) > studentQuantile(0.975, freedom) * Math.sqrt(variance)) {
      return roundUp(counts.subjects * times);
    }
  }
  return undefined;
}

/** So many subjects that are all alike, as all were; undefined where there is no effect, or too small a one. */
function alikeNeeded(
  effect: number,
  { low, high }: Interval,
  { counts: { subjects } }: MeasuredNoise,
): number | undefined {
  if (effect === 0 || subjects === 0) return undefined;
  // The share of what the metric can be that lies between this value and zero; half of it, by a sign test, where that is not known.
  const share = low < high ? (Math.abs(effect) / (high - low)) * (1 - 0.025 ** (1 / subjects)) : 0.5;
  const needed = Math.ceil(Math.log(0.025) / Math.log(1 - share));
  return needed > subjects && needed <= MOST_SUBJECTS * subjects ? needed : undefined;
}

/** To two digits. */
function roundUp(count: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.ceil(count / step) * step;
}
