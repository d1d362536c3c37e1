import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { stopRun } from '../../history/history.js';
import { Answers, type Answer } from './answer.js';
import { HEADERS, refusal, type Own } from './guard.js';
import { isPageFile, PAGE_FILES, readPageFile } from './page-files.js';
import type { UiProject } from './project.js';
import { stream } from './stream.js';

export interface UiServer {
  /** With the token: for the person who started it. */
  readonly address: string;
  readonly port: number;
  readonly token: string;
  close(): Promise<void>;
}

/**
 * Serves the page and what it shows, on loopback alone. It writes nothing; the one thing that it does is to ask a run to stop.
 *
 * @param port 0 for one that is free
 */
export async function serveUi(project: UiProject, { port = 0 }: { readonly port?: number } = {}): Promise<UiServer> {
  const token = randomBytes(24).toString('base64url');
  const answers = new Answers(project);
  const own: { port: number; token: string } = { port, token };
  const server = createServer((request, response) => {
    handle(request, response, project, answers, own).catch((error: unknown) => {
      // A bug: the page gets an error, and the server goes on.
      if (!response.headersSent) send(request, response, 500, 'application/json', BROKEN);
      else response.destroy();
      server.emit('bug', error);
    });
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  await listen(server, port);
  own.port = (server.address() as AddressInfo).port;
  return {
    port: own.port,
    token,
    address: `http://127.0.0.1:${own.port}/#token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const BROKEN = Buffer.from(JSON.stringify({ message: 'a bug in fx: this cannot be shown' }));

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  project: UiProject,
  answers: Answers,
  own: Own,
): Promise<void> {
  // As it is written: no step of a path is taken, so that none leads anywhere.
  const [before = '', ...rest] = (request.url ?? '').split('?');
  const [path, query] = [before.slice(1), new URLSearchParams(rest.join('?'))];
  const tells = path.startsWith('api/');
  const stops = /^api\/runs\/([\w-]+)\/stop$/.exec(path)?.[1];
  const refused = refusal(request.method ?? '', request.headers, own, { tells, acts: stops !== undefined });
  if (refused !== undefined) {
    send(request, response, refused.status, 'application/json', Buffer.from(JSON.stringify(refused)));
    return;
  }
  if (!tells) {
    sendPage(request, response, path === '' ? 'index.html' : path);
    return;
  }
  if (stops !== undefined) {
    const entry = answers.runs.entry(stops);
    const stopped = entry !== undefined && stopRun(project.root, entry);
    const message = stopped ? 'the run was asked to stop' : 'the run is not at work';
    send(request, response, stopped ? 200 : 404, 'application/json', Buffer.from(JSON.stringify({ message })));
    return;
  }
  const streamed = /^api\/runs\/([\w-]+)\/stream$/.exec(path)?.[1];
  if (streamed !== undefined) {
    if (answers.runs.summary(streamed) === undefined) {
      sendAnswer(request, response, { status: 404, json: { message: 'no such run, or it is gone' } });
      return;
    }
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    stream(response, {
      project: project.root,
      id: streamed,
      events: numberIn(query, 'events'),
      series: numberIn(query, 'series'),
      summary: () => answers.runs.summary(streamed),
    });
    return;
  }
  sendAnswer(request, response, await answers.get(path, query));
}

function numberIn(query: URLSearchParams, name: string): number {
  const number = Number(query.get(name) ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

function sendPage(request: IncomingMessage, response: ServerResponse, name: string): void {
  const content = isPageFile(name) ? readPageFile(name) : undefined;
  if (!isPageFile(name) || content === undefined) {
    send(request, response, 404, 'text/plain; charset=utf-8', Buffer.from('There is no such page.\n'));
    return;
  }
  send(request, response, 200, PAGE_FILES[name], content);
}

function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if ('bytes' in answer) send(request, response, 200, answer.type, answer.bytes);
  else send(request, response, answer.status, 'application/json', Buffer.from(JSON.stringify(answer.json)));
}

/** Bytes below which compressing gains nothing. */
const SMALL = 2048;

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  content: Uint8Array,
): void {
  const accepts = (request.headers['accept-encoding'] ?? '').includes('gzip');
  const zips = accepts && content.length > SMALL && !type.startsWith('image/png');
  const body = zips ? gzipSync(content, { level: 1 }) : content;
  response.writeHead(status, {
    ...HEADERS,
    // A picture that is opened by itself runs nothing either.
    ...(type === 'image/svg+xml' ? { 'content-security-policy': "default-src 'none'; sandbox" } : {}),
    'content-type': type,
    'content-length': body.length,
    ...(zips ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(body);
}
