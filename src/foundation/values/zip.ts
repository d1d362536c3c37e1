/** Pairs of what stands at one place of two lists, which are of one length. */
export function zip<A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] {
  if (left.length !== right.length) throw new Error(`a list of ${left.length} beside one of ${right.length}`);
  return left.map((each, i) => [each, right[i] as B] as const);
}
