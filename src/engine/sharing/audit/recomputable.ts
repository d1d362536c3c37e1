import { stream } from '../../../foundation/numbers/random.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import { identifyPart, type Identified, type IdentifiedPart } from '../../plan/identify.js';
import type { Division } from '../../stage.js';
import { chainProgress, type ChainProgress, type Knowledge } from '../../plan/plan.js';

/** A computation whose result is known, so that it can be compared with the same again. */
export type Recomputable = { readonly identified: Identified; readonly record: ResultRecord } & (
  | { /** A stage that is not divided, or a chain whose links are not known here. */ readonly what: 'whole' }
  | { /** What follows the parts of a divided stage. */ readonly what: 'gather'; readonly division: Division<unknown> }
  | { readonly what: 'shard'; readonly part: IdentifiedPart }
  | { readonly what: 'link'; readonly at: number; readonly links: readonly Link[]; readonly link: Link }
);

type Link = ChainProgress['known'][number];

/** Which part it is of its stage, for after the stage's name; undefined for a whole. */
export function partOf(one: Recomputable): string | undefined {
  switch (one.what) {
    case 'whole':
      return undefined;
    case 'gather':
      return 'gathering';
    case 'shard':
      return one.part.part.id;
    case 'link':
      return one.link.part.part.id;
  }
}

/** All of a stage that can be recomputed by itself. */
export function recomputablesOf(
  identified: Identified,
  record: ResultRecord,
  knowledge: Knowledge,
): readonly Recomputable[] {
  const of = { identified, record };
  const { division } = identified.node.kind;
  if (division === undefined) return [{ ...of, what: 'whole' }];
  const gather: Recomputable = { ...of, what: 'gather', division };
  const parts = [...division.parts(identified.parameters)];
  if (division.shape === 'shards') {
    return [
      ...parts.map((part): Recomputable => ({ ...of, what: 'shard', part: identifyPart(identified, part) })),
      gather,
    ];
  }
  const links = chainProgress(identified, division, knowledge).known;
  // The links of a chain stay where they were made: a remote has the chain whole.
  if (links.length < parts.length) return [{ ...of, what: 'whole' }];
  return [...links.map((link, at): Recomputable => ({ ...of, what: 'link', at, links, link })), gather];
}

/** A share of the items, at least one, in their order. The same seed chooses the same of as many items. */
export function sampleOf<T>(items: readonly T[], share: number, seed: number): readonly T[] {
  const wanted = Math.min(items.length, Math.max(1, Math.ceil(share * items.length)));
  const order = stream(seed, 'audit').shuffle(items.map((_, i) => i));
  const chosen = new Set(order.slice(0, wanted));
  return items.filter((_, i) => chosen.has(i));
}
