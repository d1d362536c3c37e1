import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { SharingCode } from '../codes.js';
import { RemoteBlobs } from './blobs.js';
import { DirectoryStore } from './directory.js';
import { HttpStore } from './http.js';
import type { ObjectStore } from './objects.js';
import { Patience, type PatienceOptions } from './patience.js';
import { RemoteResults, type RemoteResultsOptions } from './results.js';
import { s3Account, s3Address, s3Signing } from './s3.js';
import type { Remote } from './transfer.js';

export interface RemoteOptions extends RemoteResultsOptions, PatienceOptions {
  readonly writable?: boolean;
  /** Milliseconds without a byte. Default 10 s. */
  readonly silence?: number;
}

/** A remote on any store of objects. */
export function remoteOn(objects: ObjectStore, options: RemoteOptions = {}): Remote {
  const patience = new Patience(options);
  return {
    name: objects.name,
    blobs: new RemoteBlobs(objects, patience),
    results: new RemoteResults(objects, patience, options),
    writable: options.writable ?? true,
    blame: (matter, failure) => patience.blame(matter, failure),
    settle: (matter) => patience.settle(matter),
  };
}

/** For messages: a reader of a log must not see the password. */
function withoutLogin(address: string): string {
  return address.replace(/\/\/[^/]*@/, '//').replace(/[?#].*$/s, '');
}

/** Whether a name or a token would go over the network for all on the way to read; not on this machine itself. */
export function isExposed(address: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  if (!/^http:\/\//i.test(address) || !URL.canParse(address)) return false;
  const { username, hostname } = new URL(address);
  const isHere = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return !isHere && (username !== '' || environment.FX_REMOTE_TOKEN !== undefined);
}

/**
 * Opens the remote at an address: a folder (a path or `file:`), `http(s)://[user:password@]host/path`, or
 * `s3://bucket/prefix`. Asks nothing of it yet.
 *
 * @param environment for `AWS_...` and `FX_REMOTE_TOKEN` (sent as `Authorization: Bearer`)
 */
export function openRemote(
  address: string,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  options: RemoteOptions = {},
): Result<Remote, readonly Diagnostic<SharingCode>[]> {
  const wrong = (what: string, help?: string) => fail(failure<SharingCode>('remote/bad-address', what, help));
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    const path = resolve(folder, address);
    // A folder would be made, and filled, where a server is meant.
    if (/^[\w.-]+:\d+(\/|$)/.test(address) && !existsSync(path))
      return wrong(
        `the remote's address ${address} names no scheme`,
        `write http://${address}, or ./${address} for a folder`,
      );
    return ok(remoteOn(new DirectoryStore(path), options));
  }
  if (!URL.canParse(address)) return wrong(`the remote's address ${withoutLogin(address)} cannot be read`);
  const url = new URL(address);
  const silence = options.silence === undefined ? {} : { patience: options.silence };
  switch (scheme) {
    case 'file':
      return ok(remoteOn(new DirectoryStore(fileURLToPath(url)), options));
    case 'http':
    case 'https': {
      const token = environment.FX_REMOTE_TOKEN;
      const authorize =
        token === undefined || url.username !== ''
          ? {}
          : { authorize: () => Promise.resolve({ authorization: `Bearer ${token}` }) };
      return ok(remoteOn(new HttpStore(url, { ...silence, ...authorize }), options));
    }
    case 's3': {
      const account = s3Account(environment);
      if (account === undefined)
        return wrong(`${withoutLogin(address)} needs keys`, 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
      const at = s3Address(url.hostname, url.pathname, account);
      return ok(remoteOn(new HttpStore(at, { ...silence, authorize: s3Signing(account) }), options));
    }
    default:
      return wrong(`a remote at ${scheme}:// is not known`, 'name a folder, http(s)://... or s3://bucket/prefix');
  }
}
