import { failure } from '../../../foundation/failures/diagnostic.js';
import { stream, type Stream } from '../../../foundation/numbers/random.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import { compareNames } from '../datasets/sets/image-list.js';
import type { ImagePair, PairList } from '../datasets/formats/pairs.js';
import type { BenchmarkDiagnostic } from './benchmark.js';

/** An image and whom it shows. */
export interface NamedImage {
  readonly name: string;
  readonly identity: string;
}

export interface DrawOptions {
  readonly seed: number;
  readonly folds: number;
  /** Genuine pairs of a fold, and impostor pairs of a fold. */
  readonly perFold: number;
}

/** The paper's: 10 folds of 300 + 300. Its list is not published; this seed is ours. */
export const PAPER_DRAW: DrawOptions = { seed: 2018, folds: 10, perFold: 300 };

/**
 * Pairs by the protocol of LFW's view 2 (Huang et al. 2007): persons are dealt to folds, so that no person is in two; a
 * genuine pair is a person and then two of the person's images, an impostor pair two persons and then an image of each, all
 * uniformly; no pair is drawn twice. Within a fold and class pairs are sorted by name.
 *
 * Depends on the seed and on the names alone, not on their order.
 */
export function drawPairs(
  images: Iterable<NamedImage>,
  options: DrawOptions,
): Result<PairList, readonly BenchmarkDiagnostic[]> {
  const { seed, folds, perFold } = options;
  const persons = new Map<string, string[]>();
  for (const { identity, name } of [...images].sort((a, b) => compareNames(a.name, b.name))) {
    const names = persons.get(identity);
    if (names === undefined) persons.set(identity, [name]);
    else names.push(name);
  }
  const dealt = stream(seed, 'pairs/folds').shuffle(
    [...persons].sort(([a], [b]) => compareNames(a, b)).map(([, names]) => names),
  );
  const pairs: ImagePair[] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    const members = dealt.filter((_, i) => i % folds === fold);
    for (const genuine of [true, false]) {
      const random = stream(seed, genuine ? 'pairs/genuine' : 'pairs/impostor', fold);
      const drawn = genuine ? drawGenuine(members, perFold, random) : drawImpostors(members, perFold, random);
      if (drawn.length < perFold) {
        const kind = genuine ? 'genuine' : 'impostor';
        const message = `fold ${fold + 1} of ${folds} has ${members.length} ${members.length === 1 ? 'person' : 'persons'}, enough for ${drawn.length} ${kind} pairs of ${perFold}`;
        return fail(failure('benchmarks/too-few-images', message, 'ask for fewer folds or pairs, or give more images'));
      }
      drawn.sort((x, y) => compareNames(x[0], y[0]) || compareNames(x[1], y[1]));
      for (const [a, b] of drawn) pairs.push({ fold, genuine, a, b });
    }
  }
  return ok({ folds, perFold, pairs });
}

type NamePair = readonly [string, string];

function drawGenuine(members: readonly (readonly string[])[], count: number, random: Stream): NamePair[] {
  // A person leaves when all of the person's pairs are drawn.
  const left = members.filter((images) => images.length > 1).map((images) => ({ images, pairs: pairCount(images) }));
  return drawDistinct(count, () => {
    if (left.length === 0) return undefined;
    const at = random.integer(left.length);
    const person = left[at]!;
    const first = random.integer(person.images.length);
    const second = (first + 1 + random.integer(person.images.length - 1)) % person.images.length;
    return {
      pair: sortedPair(person.images[first]!, person.images[second]!),
      accept: () => {
        person.pairs -= 1;
        if (person.pairs === 0) left.splice(at, 1);
      },
    };
  });
}

function drawImpostors(members: readonly (readonly string[])[], count: number, random: Stream): NamePair[] {
  const images = members.reduce((sum, names) => sum + names.length, 0);
  const within = members.reduce((sum, names) => sum + pairCount(names), 0);
  let left = (images * (images - 1)) / 2 - within;
  return drawDistinct(count, () => {
    if (left === 0) return undefined;
    const first = random.integer(members.length);
    const second = (first + 1 + random.integer(members.length - 1)) % members.length;
    const [a, b] = [members[first]!, members[second]!].map((names) => names[random.integer(names.length)]!);
    return { pair: sortedPair(a!, b!), accept: () => (left -= 1) };
  });
}

/** Draws until there are `count` different pairs or none is left. */
function drawDistinct(
  count: number,
  draw: () => { readonly pair: NamePair; readonly accept: () => void } | undefined,
): NamePair[] {
  const seen = new Set<string>();
  const pairs: NamePair[] = [];
  while (pairs.length < count) {
    const drawn = draw();
    if (drawn === undefined) break;
    const key = drawn.pair.join('\n');
    if (seen.has(key)) continue;
    seen.add(key);
    pairs.push(drawn.pair);
    drawn.accept();
  }
  return pairs;
}

function pairCount(images: readonly string[]): number {
  return (images.length * (images.length - 1)) / 2;
}

function sortedPair(a: string, b: string): NamePair {
  return a < b ? [a, b] : [b, a];
}
