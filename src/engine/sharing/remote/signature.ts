import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { sha256 } from '../../../foundation/files/digest.js';

/**
 * A record's signature says: the holder of this key had this result and stands for it. Ed25519 (RFC 8032) over the line
 * `fx/signature@1 <sha256 of the record's text>`; the record's text holds the key, the outputs and the metrics.
 */
export interface Signature {
  /** The public key: `ed25519:` and 32 bytes in base64. */
  readonly by: string;
  /** 64 bytes in base64. */
  readonly ed25519: string;
}

export interface Signer {
  readonly publicKey: string;
  readonly sign: (recordText: string) => Signature;
}

/** Public keys that are believed, and the names they go by. */
export type TrustedKeys = ReadonlyMap<string, string>;

/** A new private key as PEM. */
export function makeSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** Undefined where the text is no ed25519 private key. */
export function openSigner(pem: string): Signer | undefined {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = `${PREFIX}${Buffer.from(x!, 'base64url').toString('base64')}`;
  return {
    publicKey,
    sign: (text) => ({ by: publicKey, ed25519: sign(null, statement(text), key).toString('base64') }),
  };
}

/** Whether the signature is that of this text by the key it names. Malformed ones are not. */
export function isSignedBy(signature: Signature, recordText: string): boolean {
  if (!isPublicKey(signature.by)) return false;
  const x = Buffer.from(signature.by.slice(PREFIX.length), 'base64').toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, statement(recordText), key, Buffer.from(signature.ed25519, 'base64'));
  } catch {
    return false;
  }
}

export function isPublicKey(text: string): boolean {
  return /^ed25519:[A-Za-z0-9+/]{43}=$/.test(text);
}

const PREFIX = 'ed25519:';

function statement(recordText: string): Buffer {
  return Buffer.from(`fx/signature@1 ${sha256(recordText)}\n`, 'utf8');
}
