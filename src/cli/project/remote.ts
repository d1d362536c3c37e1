import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Cache } from '../../engine/artifacts/cache.js';
import { SETTINGS_FILE } from '../../engine/document/settings.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import type { RemoteCache } from '../../engine/sharing/remote/remote-cache.js';
import { isPublicKey, openSigner, type Signer, type TrustedKeys } from '../../engine/sharing/remote/signature.js';
import type { Remote } from '../../engine/sharing/remote/transfer.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../foundation/files/files.js';
import { isJsonObject, type JsonObject } from '../../foundation/values/json.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { readIfPresent } from '../results/lock.js';

/** What commands that know a remote understand. */
export interface RemoteChoice {
  /** `--remote ADDRESS`; false: `--no-remote`. */
  readonly remote?: string | false;
}

type Chosen<T> = Result<T, readonly Diagnostic<SharingCode>[]>;

/**
 * The remote that the command line, else FX_REMOTE, else `remote:` in the settings file names; undefined where none does.
 * It is only read from where FX_REMOTE_MODE or `mode:` is `read`, and, unless one of them says otherwise, in the continuous
 * integration of a pull request: the author of a pull request does not write what others then believe.
 */
export async function chooseRemote(choice: RemoteChoice, project: string): Promise<Chosen<Remote | undefined>> {
  if (choice.remote === false) return ok(undefined);
  const settings = await remoteSettings(project);
  const env = givenVariables();
  const given = choice.remote ?? env.FX_REMOTE;
  const [address, folder] = given === undefined ? [settings.url, project] : [given, process.cwd()];
  if (typeof address !== 'string') return ok(undefined);
  if (address.trim() === '')
    return wrong('the address of the remote is empty', 'name a folder, http(s)://... or s3://bucket/prefix');
  const mode = env.FX_REMOTE_MODE ?? settings.mode ?? (isPullRequest() ? 'read' : 'write');
  if (mode !== 'read' && mode !== 'write')
    return wrong(`the mode of a remote is read or write, not ${JSON.stringify(mode)}`);
  const signer = signerOf(env.FX_REMOTE_SIGN_WITH ?? settings['sign-with'], project);
  if (!signer.ok) return signer;
  const trusted = trustedKeys(env.FX_REMOTE_SIGNED_BY, settings['signed-by']);
  if (!trusted.ok) return trusted;
  const { isExposed, openRemote } = await import('../../engine/sharing/remote/open.js');
  if (isExposed(address, env)) {
    const host = new URL(address).host;
    const { openTerminal } = await import('../terminal/terminal.js');
    const terminal = openTerminal();
    terminal.note(
      terminal.yellow(`warning: the remote’s credentials go to ${host} unencrypted: use https://  [remote/exposed]`),
    );
  }
  return openRemote(address, folder, env, {
    writable: mode === 'write',
    signer: signer.value,
    trusted: trusted.value,
  });
}

/** Whose signatures are asked for, of results from anywhere; undefined where none is. */
export async function trustedSigners(project: string): Promise<Chosen<TrustedKeys | undefined>> {
  return trustedKeys(givenVariables().FX_REMOTE_SIGNED_BY, (await remoteSettings(project))['signed-by']);
}

/** The remote as a run uses it. */
export async function remoteCache(
  remote: Remote,
  cache: Cache,
  warn: (warning: Diagnostic) => void,
): Promise<RemoteCache> {
  const { RemoteCache } = await import('../../engine/sharing/remote/remote-cache.js');
  return new RemoteCache(remote, cache, { warn });
}

function wrong(message: string, help?: string): Chosen<never> {
  return fail(failure('remote/bad-address', message, help));
}

/** The environment. An empty variable is none: where one of a repository, or a secret, is not set, workflows pass an empty text. */
function givenVariables(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).filter((each): each is [string, string] => each[1] !== undefined && each[1] !== ''),
  );
}

function isPullRequest(): boolean {
  const { GITHUB_EVENT_NAME, CI_MERGE_REQUEST_ID } = givenVariables();
  return GITHUB_EVENT_NAME?.startsWith('pull_request') === true || CI_MERGE_REQUEST_ID !== undefined;
}

async function remoteSettings(project: string): Promise<JsonObject> {
  const text = readIfPresent(join(project, SETTINGS_FILE));
  if (text?.includes('remote') !== true) return {};
  const { parse } = await import('yaml');
  try {
    const settings: unknown = parse(text, { maxAliasCount: 0 });
    const remote = isJsonObject(settings) ? settings.remote : undefined;
    return typeof remote === 'string' ? { url: remote } : isJsonObject(remote) ? remote : {};
  } catch {
    return {}; // Reading the experiment says what is wrong with the file.
  }
}

function signerOf(file: unknown, project: string): Chosen<Signer | undefined> {
  if (typeof file !== 'string' || file === '') return ok(undefined);
  try {
    const signer = openSigner(readFileSync(resolve(project, file), 'utf8'));
    return signer === undefined ? wrong(`${file} holds no ed25519 private key`, 'fx cache key makes one') : ok(signer);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return wrong(`the signing key cannot be read: ${error.message}`);
  }
}

/** `name=ed25519:...` separated by commas, or a map of such in the settings. Undefined: what is unsigned is believed too. */
function trustedKeys(variable: string | undefined, setting: unknown): Chosen<TrustedKeys | undefined> {
  const given =
    variable !== undefined
      ? variable.split(',').map((pair): [string, string] => {
          const at = pair.indexOf('=');
          return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
        })
      : isJsonObject(setting)
        ? Object.entries(setting).map(([name, key]): [string, string] => [name, typeof key === 'string' ? key : ''])
        : undefined;
  if (given === undefined) return ok(undefined);
  const malformed = given.find(([, key]) => !isPublicKey(key));
  if (malformed !== undefined) return wrong(`${malformed[1]} is no public key`, 'write name=ed25519:...');
  return ok(new Map(given.map(([name, key]) => [key, name])));
}
