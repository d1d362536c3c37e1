import { canonicalDigest, canonicalText } from '../../../foundation/values/canonical.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { Digest } from '../../../foundation/files/digest.js';
import { isJsonObject, type Json, type JsonObject } from '../../../foundation/values/json.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import { parseRecord, recordText, type ResultRecord } from '../../artifacts/content/result-record.js';
import type { SharingCode } from '../codes.js';
import { isSignedBy, type Signature, type Signer, type TrustedKeys } from './signature.js';

/**
 * What stands at `/ac/<key>`, in lines: the record as the cache keeps it; `{"preimages":[...]}`, what its key was made of
 * (and, of an accepted result, the key it was made under); `{"signature":{...}}` where it is signed.
 */
export interface Entry {
  readonly record: ResultRecord;
  readonly preimages: readonly JsonObject[];
  readonly signature?: Signature;
}

/** More than the largest record takes (200 epochs of curves): larger is no entry. */
export const LARGEST_ENTRY = 16 << 20;

export function entryText(record: ResultRecord, preimages: readonly JsonObject[], signer?: Signer): string {
  const text = recordText(record);
  const signed = signer === undefined ? '' : `${canonicalText({ signature: signer.sign(text) })}\n`;
  return `${text}${canonicalText({ preimages })}\n${signed}`;
}

/**
 * Reads what a remote gave for a key. Refused: what is damaged or of another key, what names unsafe paths, a record that
 * contradicts its preimage and, where keys are named, what none of them signed.
 */
export function parseEntry(
  text: string,
  key: Digest,
  trusted?: TrustedKeys,
): Result<Entry, readonly Diagnostic<SharingCode>[]> {
  const refuse = (what: string, code: SharingCode = 'remote/damaged-record') =>
    fail(failure(code, `the remote's result ${key.slice(0, 12)}... was refused: ${what}`));
  const end = text.indexOf('\n') + 1;
  const head = text.slice(0, end);
  const parsed = parseRecord(head, key);
  if (!parsed.ok) return refuse(parsed.error.map(({ message }) => message.replace(/\.$/, '')).join('; '));
  const record = parsed.value;
  const rest = linesOf(text.slice(end));
  if (rest === undefined) return refuse('what follows the record is damaged');
  const { preimages = [], signature } = rest;
  if (!Array.isArray(preimages) || !(preimages as Json[]).every(isJsonObject)) return refuse('it has no preimages');
  const digests = (preimages as JsonObject[]).map((preimage) => digestOf(preimage));
  if (digests.some((digest) => digest !== key && digest !== record.preimage))
    return refuse('its preimage is of another key');
  if (record.preimage !== key && record.accepted === undefined) return refuse('it was made under another key');
  const signed = isSignature(signature) && isSignedBy(signature, head) ? signature : undefined;
  if (trusted !== undefined && !(signed !== undefined && trusted.has(signed.by))) {
    const who = signed === undefined ? 'no valid signature' : `a signature by ${signed.by}, which is not named`;
    return refuse(`it has ${who}`, 'remote/unsigned');
  }
  return ok({ record, preimages: preimages as JsonObject[], ...(signed === undefined ? {} : { signature: signed }) });
}

function linesOf(text: string): JsonObject | undefined {
  const found = new Map<string, Json>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const value = JSON.parse(line) as Json;
      if (!isJsonObject(value)) return undefined;
      for (const [name, one] of Object.entries(value)) found.set(name, one);
    } catch {
      return undefined;
    }
  }
  return { preimages: found.get('preimages') ?? [], signature: found.get('signature') ?? null };
}

function digestOf(preimage: JsonObject): Digest | undefined {
  try {
    return canonicalDigest(preimage);
  } catch (error) {
    // A RangeError: nested so deep that no preimage is.
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isSignature(value: Json | undefined): value is JsonObject & Signature {
  return isJsonObject(value) && typeof value.by === 'string' && typeof value.ed25519 === 'string';
}
