import { canonicalText } from '../../../foundation/values/canonical.js';
import { isDigest, type Digest } from '../../../foundation/files/digest.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import type { Cache } from '../cache.js';
import type { ResultRecord } from '../content/result-record.js';

/** Where a link stands in its chain: texts that are equal for a link and for whatever continues it. */
export interface Link {
  /** Of what may continue this one. */
  readonly end: string;
  /** Of what this one continues; undefined for the first of a chain. */
  readonly start: string | undefined;
}

/** Undefined for whatever is no link of a chain, and where its preimage is lost. */
export function linkOf(cache: Cache, record: ResultRecord): Link | undefined {
  if (record.part === undefined) return undefined;
  const preimage = cache.preimages.find(record.preimage);
  if (preimage?.role !== 'link') return undefined;
  const { previous } = preimage;
  const start = isDigest(previous) ? joint(preimage, previous) : undefined;
  return { start, end: joint(preimage, record.artifact) };
}

/** Work of one kind on one input that goes on from one state. */
function joint({ kind, code, inputs, environment }: JsonObject, state: Digest): string {
  return canonicalText([kind ?? null, code ?? null, inputs ?? null, environment ?? null, state]);
}

/**
 * Links that others continue. Nothing reads their files any more but a chain that would stop short of its next link, and
 * a long training has hundreds of them: their files are garbage. Their records stay for as long as the chain's newest,
 * since the key of each link is made of the one before it.
 */
export class Chains<Entry extends { readonly link: Link | undefined }> {
  readonly #continued = new Set<string>();
  readonly #byEnd = new Map<string, Entry[]>();

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      if (entry.link === undefined) continue;
      if (entry.link.start !== undefined) this.#continued.add(entry.link.start);
      const others = this.#byEnd.get(entry.link.end) ?? [];
      if (others.length === 0) this.#byEnd.set(entry.link.end, others);
      others.push(entry);
    }
  }

  isSuperseded({ link }: Entry): boolean {
    return link !== undefined && this.#continued.has(link.end);
  }

  /** All links that those given continue, however far back. */
  before(entries: Iterable<Entry>): ReadonlySet<Entry> {
    const found = new Set<Entry>();
    const waiting = [...entries];
    for (const { link } of waiting) {
      for (const entry of (link?.start === undefined ? undefined : this.#byEnd.get(link.start)) ?? []) {
        if (found.has(entry)) continue;
        found.add(entry);
        waiting.push(entry);
      }
    }
    return found;
  }
}
