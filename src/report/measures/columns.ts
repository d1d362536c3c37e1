import type { Arm, Measured } from '../../foundation/statistics/contrast.js';
import type { Subjects, SubjectSums } from '../../foundation/statistics/dyadic.js';

/** Arms whose tests share no subject that is known to be the same. */
export interface Joined {
  readonly arms: readonly Arm[];
  /** Whether tests of different items say who their subjects are. */
  readonly isNamed: boolean;
  /** How many subjects are in tests of different items, of how many in all. */
  readonly shared: number;
  readonly subjects: number;
  /** The same for two sets of items that are one test now. */
  readonly groupOf: (layout: Subjects) => unknown;
}

/** Sets of items that have subjects in common, as one test. */
interface Group {
  readonly layouts: readonly Subjects[];
  readonly whole: Subjects;
  /** Where the subjects and couples of each set of items stand in the whole. */
  readonly places: ReadonlyMap<Subjects, Places>;
}

interface Places {
  readonly subject: ArrayLike<number>;
  readonly couple: ArrayLike<number>;
}

/**
 * Tests that have subjects in common as one test: what a subject does to one, it does to the other, while `estimate` takes the tests
 * of an arm for independent. Those on the same items have the same subjects. Those on different items have the subjects in common
 * that they name alike, where all of them say who theirs are.
 */
export function joinColumns(arms: readonly Arm[]): Joined {
  const places = new Map<Subjects, Set<number>>();
  for (const { replicates } of arms)
    for (const [t, { layout }] of replicates[0]!.entries())
      places.set(layout, (places.get(layout) ?? new Set<number>()).add(t));
  const names = namesOf(arms);
  const { groups, shared, subjects } = names === undefined ? alone(places.keys()) : bySubjects(names);
  const groupOf = (layout: Subjects): unknown => groups.find(({ layouts }) => layouts.includes(layout));
  const found = { isNamed: names !== undefined, shared, subjects, groupOf };
  if (groups.every(({ layouts }) => layouts.length === 1 && places.get(layouts[0]!)!.size === 1))
    return { ...found, arms };
  return {
    ...found,
    arms: arms.map((arm) => ({
      ...arm,
      replicates: arm.replicates.map((tests) =>
        groups.map((group) =>
          together(
            group,
            tests.filter(({ layout }) => group.layouts.includes(layout)),
            groups.length / tests.length,
          ),
        ),
      ),
    })),
  };
}

/** Who the subjects of each set of items are, where an arm is a mean over different ones; undefined where one does not say. */
function namesOf(arms: readonly Arm[]): ReadonlyMap<Subjects, readonly string[]> | undefined {
  if (!arms.some(({ replicates }) => new Set(replicates[0]!.map(({ layout }) => layout)).size > 1)) return undefined;
  const names = new Map<Subjects, readonly string[]>();
  const layouts = new Set<Subjects>();
  for (const { layout, names: own } of arms.flatMap(({ replicates }) => replicates.flat())) {
    layouts.add(layout);
    if (own !== undefined && !names.has(layout)) names.set(layout, own);
  }
  return names.size === layouts.size ? names : undefined;
}

interface Grouping {
  readonly groups: readonly Group[];
  readonly shared: number;
  readonly subjects: number;
}

function alone(layouts: Iterable<Subjects>): Grouping {
  return { groups: Array.from(layouts, groupAlone), shared: 0, subjects: 0 };
}

function groupAlone(layout: Subjects): Group {
  const inOrder = (length: number): readonly number[] => Array.from({ length }, (_, i) => i);
  const places = { subject: inOrder(layout.subjects), couple: inOrder(layout.couples.length / 2) };
  return { layouts: [layout], whole: layout, places: new Map([[layout, places]]) };
}

/** Sets of items that share no subject, not even by way of a third, stay apart: they are independent. */
function bySubjects(names: ReadonlyMap<Subjects, readonly string[]>): Grouping {
  const seen = new Map<string, number>();
  let parted: { readonly layouts: readonly Subjects[]; readonly names: ReadonlySet<string> }[] = [];
  for (const [layout, own] of names) {
    for (const name of own) seen.set(name, (seen.get(name) ?? 0) + 1);
    const sharing = parted.filter((part) => own.some((name) => part.names.has(name)));
    parted = [
      ...parted.filter((part) => !sharing.includes(part)),
      {
        layouts: [...sharing.flatMap(({ layouts }) => layouts), layout],
        names: new Set([...sharing.flatMap((part) => [...part.names]), ...own]),
      },
    ];
  }
  const groups = parted.map(({ layouts }) =>
    layouts.length === 1 ? groupAlone(layouts[0]!) : groupTogether(layouts, names),
  );
  return { groups, shared: [...seen.values()].filter((count) => count > 1).length, subjects: seen.size };
}

function groupTogether(layouts: readonly Subjects[], names: ReadonlyMap<Subjects, readonly string[]>): Group {
  const positions = new Map<string, number>();
  const subject = layouts.map((layout) =>
    names.get(layout)!.map((name) => {
      const position = positions.get(name) ?? positions.size;
      positions.set(name, position);
      return position;
    }),
  );
  const known = new Map<number, number>();
  const couples: number[] = [];
  const places = layouts.map((layout, l): readonly [Subjects, Places] => {
    const couple = new Int32Array(layout.couples.length / 2);
    for (let c = 0; c < couple.length; c += 1) {
      const [a, b] = [subject[l]![layout.couples[2 * c]!]!, subject[l]![layout.couples[2 * c + 1]!]!];
      const key = Math.min(a, b) * positions.size + Math.max(a, b);
      let at = known.get(key);
      if (at === undefined) {
        known.set(key, (at = known.size));
        couples.push(a, b);
      }
      couple[c] = at;
    }
    return [layout, { subject: subject[l]!, couple }];
  });
  return {
    layouts,
    whole: { subjects: positions.size, couples: Int32Array.from(couples) },
    places: new Map(places),
  };
}

/** The sum of the tests of a group, multiplied by `factor`. */
function together({ whole, places }: Group, tests: readonly Measured[], factor: number): Measured {
  const sums: SubjectSums = {
    subject: new Float64Array(whole.subjects),
    couple: new Float64Array(whole.couples.length / 2),
  };
  let value = 0;
  let variance = 0;
  let quartic = 0;
  for (const test of tests) {
    value += factor * test.value;
    const at = places.get(test.layout)!;
    for (const part of ['subject', 'couple'] as const)
      test.sums[part].forEach((sum, i) => (sums[part][at[part][i]!]! += factor * sum));
    if (test.own === undefined) continue;
    const own = factor ** 2 * test.own.variance;
    variance += own;
    quartic += own ** 2 / test.own.freedom;
  }
  const own = quartic === 0 ? {} : { own: { variance, freedom: variance ** 2 / quartic } };
  return { value, layout: whole, sums, ...own };
}
