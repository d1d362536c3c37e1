/** The known word that was probably meant by `word`; undefined if none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const plain = fold(word);
  // One number is as near to another as the next.
  if (plain.length < 2 || /^[-+]?\d/.test(plain)) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of known) {
    const other = fold(candidate);
    if (Math.abs(other.length - plain.length) >= least) {
      if (other.length > 3 && plain.length > 3 && other.startsWith(plain) && best === undefined) best = candidate;
      continue;
    }
    const distance = editDistance(plain, other, least);
    if (distance < least || (distance === least && best === undefined && distance <= 1)) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** `did you mean x?`, or the known words where there are few. */
export function suggestion(word: string, known: readonly string[], what: string): string | undefined {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (known.length === 0) return undefined;
  const few = [...known].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const shown = few.slice(0, 12).map((name) => `\`${name}\``);
  return `${what}: ${shown.join(', ')}${few.length > shown.length ? `, and ${few.length - shown.length} more` : ''}`;
}

function fold(word: string): string {
  return word.toLowerCase().replace(/[_ ]/g, '-');
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment; Damerau 1964). Anything from
 * `limit` on is as good as `limit`.
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let lowest = i;
    for (let j = 1; j <= b.length; j += 1) {
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      lowest = Math.min(lowest, cost);
    }
    if (lowest >= limit) return limit;
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
