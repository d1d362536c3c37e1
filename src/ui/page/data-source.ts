import { address } from '../model/address.js';
import type { Refusal, RunSummary } from '../model/views.js';
import type { KeptEvent } from '../../history/events.js';
import type { Point } from '../model/curves.js';

/** Where the page has what it shows from: a server on this machine, or the files of an export beside it. */
export interface DataSource {
  readonly isLive: boolean;
  /** Rejects with an {@link Unanswered}. */
  get<T>(path: string): Promise<T>;
  /** What an `img` shows it by. */
  picture(path: string): Promise<string>;
  /** Asks a run to stop. */
  stop(id: string): Promise<string>;
}

/** An answer that is none, in words for a person. */
export class Unanswered extends Error {
  readonly help: string | undefined;
  /** Nobody answers: the server has gone, or is not reached. */
  readonly isGone: boolean;

  constructor({ message, help }: Refusal, isGone = false) {
    super(message);
    this.help = help;
    this.isGone = isGone;
  }
}

/** An export's files speak through these (ui/server/export.ts). */
interface Exported {
  readonly index: Readonly<Record<string, string>>;
  readonly given: Record<string, unknown>;
}

declare global {
  interface Window {
    fxExport?: Exported;
  }
}

export function openDataSource(): DataSource {
  return window.fxExport === undefined ? liveSource(takeToken()) : exportedSource(window.fxExport);
}

const KEPT_AS = 'fx-token';

/**
 * The token comes behind the `#` of the address, which no browser sends to anyone, and is kept for this origin alone, port
 * included. A reload and a new tab find it there.
 */
function takeToken(): string {
  const given = /^#token=([\w-]+)/.exec(window.location.hash)?.[1];
  if (given !== undefined) {
    localStorage.setItem(KEPT_AS, given);
    history.replaceState(null, '', `${window.location.pathname}#/`);
  }
  return given ?? localStorage.getItem(KEPT_AS) ?? '';
}

let currentToken = '';

function liveSource(token: string): DataSource {
  currentToken = token;
  const pictures = new Map<string, Promise<string>>();
  return {
    isLive: true,
    get: async <T>(path: string): Promise<T> => (await (await ask(path)).json()) as T,
    picture: (path) => {
      let url = pictures.get(path);
      if (url === undefined) {
        url = ask(path).then(async (response) => URL.createObjectURL(await response.blob()));
        pictures.set(path, url);
        url.catch(() => pictures.delete(path));
      }
      return url;
    },
    stop: async (id) => {
      const headers = { 'content-type': 'application/json' };
      const response = await ask(address.stop(id), { method: 'POST', headers, body: '{}' });
      return ((await response.json()) as Refusal).message;
    },
  };
}

/** Of `fetch`, what is used. */
interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

async function ask(path: string, options: Asking = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { ...options.headers, authorization: `Bearer ${currentToken}` },
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new Unanswered({ message: 'fx ui does not answer', help: 'start it again, and open its address' }, true);
  }
  if (response.ok) return response;
  const refusal = (await response.json().catch(() => ({ message: response.statusText }))) as Refusal;
  throw new Unanswered(refusal);
}

function exportedSource({ index, given }: Exported): DataSource {
  const file = (path: string): string => {
    const name = index[path];
    if (name === undefined) throw new Unanswered({ message: 'this is not part of the export' });
    return `data/${name}`;
  };
  const get = async <T>(path: string): Promise<T> => {
    if (!(path in given)) await loadScript(file(path));
    return given[path] as T;
  };
  return {
    isLive: false,
    get,
    picture: (path) => Promise.resolve().then(() => file(path)),
    stop: () => Promise.reject(new Unanswered({ message: 'an export runs nothing' })),
  };
}

/** What Trusted Types ask for: a script of this page's own folder and no other. */
const policy = (
  window as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } } }
).trustedTypes?.createPolicy('fx', {
  createScriptURL: (url: string) => {
    if (/^(plot\.js|data\/[\w.-]+\.js)$/.test(url)) return url;
    throw new TypeError(`no script of this page: ${url}`);
  },
});

export function loadScript(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = policy === undefined ? name : policy.createScriptURL(name);
    script.onload = () => resolve();
    script.onerror = () => reject(new Unanswered({ message: `${name} cannot be read` }));
    document.head.append(script);
  });
}

/** What hears a run as it goes. */
export interface Listener {
  readonly events: (events: readonly KeptEvent[]) => void;
  readonly points: (points: readonly Point[]) => void;
  readonly run: (run: RunSummary) => void;
  /** Whether it is being listened to: false while the connection is lost. */
  readonly connected: (isConnected: boolean) => void;
}

/**
 * Listens to a run until it is over or `signal` ends it. A lost connection (a laptop asleep) is taken up again where it was left.
 * Not `EventSource`: that can't send the token as a header.
 */
export async function listen(
  id: string,
  from: { readonly events: number; readonly series: number },
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  let at = from;
  let isOver = false;
  for (let failures = 0; !signal.aborted && !isOver; failures += 1) {
    if (failures > 0) await pause(Math.min(5000, 500 * failures), signal);
    try {
      const response = await ask(address.stream(id, at.events, at.series), { signal });
      listener.connected(true);
      for await (const { event, id: place, data } of messages(response, signal)) {
        failures = 0;
        const [events, series] = place.split('-').map(Number);
        if (event === 'events') listener.events(JSON.parse(data) as KeptEvent[]);
        else if (event === 'points') listener.points(JSON.parse(data) as Point[]);
        else if (event === 'run') {
          const run = JSON.parse(data) as RunSummary;
          isOver = run.state !== 'running';
          listener.run(run);
        }
        if (Number.isSafeInteger(events) && Number.isSafeInteger(series)) at = { events: events!, series: series! };
      }
    } catch (error) {
      if (hasEnded(signal)) return;
      if (error instanceof Unanswered && !error.isGone) throw error;
    }
    if (!isOver) listener.connected(false);
  }
}

/** The loop above takes it to be as it was at its head. */
function hasEnded(signal: AbortSignal): boolean {
  return signal.aborted;
}

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Server-sent events of an answer: https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* messages(response: Response, signal: AbortSignal): AsyncGenerator<Message> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      ) as Record<string, string>;
      if (fields.data !== undefined) yield { event: fields.event ?? '', id: fields.id ?? '', data: fields.data };
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const wake = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', wake, { once: true });
  });
}
