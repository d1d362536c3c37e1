/**
 * Variance where items are of one or two subjects, and items that share a subject vary together (Fafchamps and Gubert 2007;
 * Aronow, Samii and Assenova 2015): the sum, over all pairs of items with a subject in common, of the product of their
 * influences. With S(p) the sum of the influences of the items that p is in, and D(p, q) that of the items of p and q,
 * it is sum S(p)^2 - sum D(p, q)^2: a pair of items with both subjects in common stands in two S and is to count once.
 */
export interface Subjects {
  /** Number of subjects that have items. */
  readonly subjects: number;
  /** [2 couples]: the two subjects of each couple that has items, from 0 to `subjects` - 1. */
  readonly couples: Int32Array;
}

/** The subjects of a test, and which of its items are whose. */
export interface SubjectLayout extends Subjects {
  /** [subjects]: what each was called. */
  readonly labels: Int32Array;
  /** [2n], from 0 to `subjects` - 1. */
  readonly of: Int32Array;
  /** [n]: which couple of two subjects the item is of; -1 where it is of one. */
  readonly couple: Int32Array;
}

/** @param labels [2n], any numbers from 0 on */
export function subjectLayout(labels: Int32Array): SubjectLayout {
  const positions = new Map<number, number>();
  const of = labels.map((label) => {
    const position = positions.get(label) ?? positions.size;
    positions.set(label, position);
    return position;
  });
  const subjects = positions.size;
  const known = new Map<number, number>();
  const couples: number[] = [];
  const couple = new Int32Array(labels.length / 2);
  for (let i = 0; i < couple.length; i += 1) {
    const [a, b] = [of[2 * i]!, of[2 * i + 1]!];
    if (a === b) {
      couple[i] = -1;
      continue;
    }
    const key = Math.min(a, b) * subjects + Math.max(a, b);
    let at = known.get(key);
    if (at === undefined) {
      known.set(key, (at = known.size));
      couples.push(a, b);
    }
    couple[i] = at;
  }
  return { subjects, labels: Int32Array.from(positions.keys()), of, couple, couples: Int32Array.from(couples) };
}

/** Influences summed over the items of each subject, and of each couple. */
export interface SubjectSums {
  readonly subject: Float64Array;
  readonly couple: Float64Array;
}

export function sumBySubject(layout: SubjectLayout, influence: Float64Array): SubjectSums {
  const subject = new Float64Array(layout.subjects);
  const couple = new Float64Array(layout.couples.length / 2);
  for (let i = 0; i < influence.length; i += 1) {
    const value = influence[i]!;
    const at = layout.couple[i]!;
    subject[layout.of[2 * i]!]! += value;
    if (at < 0) continue;
    subject[layout.of[2 * i + 1]!]! += value;
    couple[at]! += value;
  }
  return { subject, couple };
}

/** One side of a difference: replicates of the same thing on the same items, and what their mean is multiplied by. */
export interface Side {
  readonly factor: number;
  readonly replicates: readonly SubjectSums[];
}

/**
 * What each subject adds to the variance of a combination of means over replicates, as far as it comes of the subjects alone:
 * of a side with two replicates or more, from products of different replicates, in which what belongs to one replicate has no
 * part (a replicate's own noise, and what it makes of a subject, are counted by the spread between replicates). Couples are
 * taken off half and half. The sum over subjects may be negative.
 */
export function subjectVariance(layout: Subjects, sides: readonly Side[]): Float64Array {
  const parts = new Float64Array(layout.subjects);
  for (let p = 0; p < parts.length; p += 1) parts[p] = combined(sides, ({ subject }) => subject[p]!);
  for (let c = 0; 2 * c < layout.couples.length; c += 1) {
    const half = combined(sides, ({ couple }) => couple[c]!) / 2;
    parts[layout.couples[2 * c]!]! -= half;
    parts[layout.couples[2 * c + 1]!]! -= half;
  }
  return parts;
}

/** The square of the combination, without the products of a replicate with itself where a side has others. */
function combined(sides: readonly Side[], of: (sums: SubjectSums) => number): number {
  let total = 0;
  let own = 0;
  for (const { factor, replicates } of sides) {
    let sum = 0;
    let squares = 0;
    for (const replicate of replicates) {
      const value = of(replicate);
      sum += value;
      squares += value * value;
    }
    const n = replicates.length;
    total += (factor * sum) / n;
    if (n > 1) own += factor * factor * ((sum * sum - squares) / (n * (n - 1)) - (sum * sum) / (n * n));
  }
  return total * total + own;
}
