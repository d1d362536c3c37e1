import { Agent as PlainAgent, request as requestPlain, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { RemoteFailure, type Body, type ObjectStore, type Place, type Written } from './objects.js';

export interface HttpOptions {
  /** Milliseconds without an answer, or without a byte, after which a request is given up. */
  readonly patience?: number;
  /** Adds credentials to a request. */
  readonly authorize?: (request: HttpRequest) => Promise<Readonly<Record<string, string>>>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** sha256 of the body. */
  readonly digest: string;
}

/**
 * Bazel's HTTP cache protocol: GET, HEAD and PUT of `/ac/<sha256>` and `/cas/<sha256>` below an address. Any server that takes
 * PUT serves: nginx with WebDAV, bazel-remote (with `--disable_http_ac_validation`: our entries are not Bazel's).
 *
 * Entries are put with `If-None-Match: *`: servers that know it keep the first; with others the last of several
 * simultaneous writers wins. Redirections are not followed, so that credentials go nowhere else.
 */
export class HttpStore implements ObjectStore {
  readonly name: string;
  readonly #base: URL;
  readonly #patience: number;
  readonly #authorize: NonNullable<HttpOptions['authorize']>;
  readonly #agent: PlainAgent | SecureAgent;

  constructor(address: URL, options: HttpOptions = {}) {
    const base = new URL(address);
    const login = basicLogin(base);
    base.username = base.password = '';
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    this.#base = base;
    // What follows a `?` may be a key: it is no part of an address of this protocol, and is neither sent nor said.
    base.search = base.hash = '';
    this.name = base.href.replace(/\/$/, '');
    this.#patience = options.patience ?? 10_000;
    this.#authorize = options.authorize ?? (() => Promise.resolve(login));
    const kept = { keepAlive: true, maxSockets: 16, timeout: 5000 };
    this.#agent = base.protocol === 'https:' ? new SecureAgent(kept) : new PlainAgent(kept);
  }

  async size(place: Place, signal: AbortSignal): Promise<number | undefined> {
    const answer = await this.#request('HEAD', place, {}, signal);
    answer.resume();
    if (isMissing(answer)) return undefined;
    this.#expect(answer, 200);
    return Number(answer.headers['content-length'] ?? NaN);
  }

  async read(place: Place, from: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    const range: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
    const answer = await this.#request('GET', place, range, signal);
    if (isMissing(answer)) {
      answer.resume();
      return undefined;
    }
    const continued =
      answer.statusCode === 206 && answer.headers['content-range']?.startsWith(`bytes ${from}-`) === true;
    if (!continued) this.#expect(answer, 200);
    return this.#chunks(answer, continued ? 0 : from, signal);
  }

  async write(place: Place, body: Body, signal: AbortSignal, options: { replace?: boolean } = {}): Promise<Written> {
    const first: Record<string, string> = options.replace === true ? {} : { 'if-none-match': '*' };
    const headers = { 'content-length': String(body.bytes), 'content-type': 'application/octet-stream', ...first };
    const answer = await this.#request('PUT', place, headers, signal, body);
    answer.resume();
    if (answer.statusCode === 412 || answer.statusCode === 409) return 'there';
    this.#expect(answer, 200, 201, 202, 204);
    return 'written';
  }

  async #request(
    method: HttpRequest['method'],
    place: Place,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body?: Body,
  ): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const url = new URL(`${place.room}/${place.digest}`, this.#base);
    const digest = body?.digest ?? EMPTY;
    const more = await this.#authorize({ method, url, headers, digest });
    const send = url.protocol === 'https:' ? requestSecure : requestPlain;
    return new Promise((resolve, reject) => {
      const request = send(url, { method, headers: { ...headers, ...more }, agent: this.#agent, signal });
      const late = (): void => {
        request.destroy(new RemoteFailure('late', `${this.name} does not answer`));
      };
      request.setTimeout(this.#patience, late);
      request.on('response', resolve);
      request.on('error', (error) => reject(this.#failure(error, signal)));
      if (body === undefined) request.end();
      // Should the server answer before it has read all, the answer tells why.
      else pipeline(body.open(), request).catch((error: unknown) => request.destroy(error as Error));
    });
  }

  /** The body without its first `skip` bytes; a cut, or too long a silence, is a failure. */
  async *#chunks(answer: IncomingMessage, skip: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of answer as AsyncIterable<Uint8Array>) {
        const rest = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - rest.length;
        if (rest.length > 0) yield rest;
      }
    } catch (error) {
      throw this.#failure(error, signal);
    }
    if (!answer.complete) throw new RemoteFailure('broken', `${this.name} broke off`);
  }

  #failure(error: unknown, signal: AbortSignal): Error {
    if (signal.aborted) return signal.reason as Error;
    if (error instanceof RemoteFailure) return error;
    const { code, message, reason } = error as NodeJS.ErrnoException & { readonly reason?: string };
    if (code === 'EPROTO') return new RemoteFailure('broken', `${this.name}: no TLS connection: ${reason ?? code}`);
    return new RemoteFailure('broken', `${this.name}: ${message === '' ? (code ?? 'no connection') : message}`);
  }

  #expect(answer: IncomingMessage, ...statuses: readonly number[]): void {
    const status = answer.statusCode!;
    if (statuses.includes(status)) return;
    answer.destroy();
    const says = `${this.name} answers ${status} ${answer.statusMessage ?? ''}`.trimEnd();
    const aim = status >= 300 && status < 400 ? redirection(answer.headers.location, this.#base) : undefined;
    if (aim !== undefined) throw new RemoteFailure('broken', `${says} to ${aim}, which is not followed`);
    if (REFUSALS.has(status)) throw new RemoteFailure('refused', says);
    if (status === 429 || status === 503) {
      const seconds = Number(answer.headers['retry-after'] ?? NaN);
      throw new RemoteFailure('busy', says, Number.isFinite(seconds) ? seconds * 1000 : undefined);
    }
    throw new RemoteFailure('broken', says);
  }
}

/** Not allowed (401, 403, 407), or a server that takes no PUT (405, 501) or none as large (413, 507). */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 405, 407, 413, 501, 507]);

/** sha256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Whither, without the name of the object and without what follows a `?`, which may be a key. */
function redirection(location: string | undefined, base: URL): string | undefined {
  if (location === undefined || !URL.canParse(location, base.href)) return undefined;
  const { protocol, host, pathname } = new URL(location, base.href);
  return `${protocol}//${host}${pathname.replace(/\/(ac|cas)\/[0-9a-f]{64}$/, '')}`;
}

function isMissing(answer: IncomingMessage): boolean {
  return answer.statusCode === 404 || answer.statusCode === 410;
}

function basicLogin(address: URL): Record<string, string> {
  if (address.username === '') return {};
  const login = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}
