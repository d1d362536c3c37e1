import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a server is known by: only a page that it gave out may ask it. */
export interface Own {
  readonly port: number;
  /** A secret that the address on the terminal holds. */
  readonly token: string;
}

export interface Refused {
  readonly status: 401 | 403 | 405;
  readonly message: string;
}

/**
 * Whether a request is answered. Any user of this machine and any page in the browser can reach a port of loopback, so:
 *
 * - `Host` must be a name of loopback: a stranger's name that was made to lead here (DNS rebinding) is none
 * - `Origin` and `Sec-Fetch-Site`, if the browser sends them, must be this server's own
 * - what tells of the project needs the token, as a header: another page cannot send it, and no cookie does so for it. Cookies would
 *   also go to servers of other users at other ports of this host
 * - nothing but GET, and POST for what acts
 */
export function refusal(
  method: string,
  headers: IncomingHttpHeaders,
  own: Own,
  asks: { readonly tells: boolean; readonly acts: boolean },
): Refused | undefined {
  if (method !== (asks.acts ? 'POST' : 'GET')) return { status: 405, message: 'there is nothing to do here' };
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${own.port}`);
  if (headers.host === undefined || !hosts.includes(headers.host)) {
    return { status: 403, message: 'this is not a name of this machine' };
  }
  const origins = hosts.map((host) => `http://${host}`);
  if (headers.origin !== undefined && !origins.includes(headers.origin)) {
    return { status: 403, message: 'requests from other sites are refused' };
  }
  // What a browser sends itself, so no page can leave it out or change it. A link on another site may open the page.
  const site = headers['sec-fetch-site'];
  if (asks.tells && site !== undefined && site !== 'same-origin') {
    return { status: 403, message: 'requests from other sites are refused' };
  }
  if (asks.acts && (headers.origin === undefined || headers['content-type'] !== 'application/json')) {
    return { status: 403, message: 'only the page itself may request this' };
  }
  if (asks.tells && !isToken(headers.authorization, own.token)) {
    return { status: 401, message: 'open the address that fx ui printed' };
  }
  return undefined;
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Of every answer. Nothing runs but the page's own script, and nothing is asked of anyone else. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
