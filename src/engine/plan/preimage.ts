import { canonicalDigest } from '../../foundation/values/canonical.js';
import type { JsonObject } from '../../foundation/values/json.js';

/**
 * What a result is a function of, whole: the key is the digest of this record and of nothing else. docs/keys.md is its
 * normative description, golden tests freeze it. A new field, or another meaning of one, is a new `format`.
 */
export interface Preimage {
  /** History: `1` first. */
  readonly format: 'fx/preimage@1';
  /** Two kinds may share code and parameters and still mean different things. */
  readonly kind: string;
  /** A changed implementation is another result (engine/plan/identity). */
  readonly code: string;
  /** Whole stages, pieces and gathered wholes of the same parameters are different results. */
  readonly role: Role;
  /** Resolved and canonical: `35°` and `35 deg` are one value. Of a part: the part's own. */
  readonly parameters: JsonObject;
  /** By JSON pointer, the content digest of what is read there: content, so that equal outputs of a rerun change nothing. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Declared variables and tool versions, for kinds that depend on the machine (`command`). */
  readonly environment?: JsonObject;
  /** Of a link: the artifact it continues. */
  readonly previous?: string;
}

export type Role = 'stage' | 'shard' | 'link';

export function keyOf(preimage: Preimage): string {
  return canonicalDigest(preimage);
}
