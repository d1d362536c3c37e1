import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How a request is ill served: a status; `kill`, the connection is cut; `hang`, no answer; `garbage`, other bytes; `cut`,
 * half of the body; `drip`, a byte at a time.
 */
export type Mischief = number | 'kill' | 'hang' | 'garbage' | 'cut' | 'drip';

/** A cache server in memory, on the loopback, that can be told to misbehave. */
export class FakeServer {
  readonly objects = new Map<string, Buffer>();
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[] = [];
  mischief: (method: string, path: string) => Mischief | undefined = () => undefined;
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new Set<Socket>();

  async start(): Promise<void> {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    this.requests.push({ method, path, headers });
    const mischief = this.mischief(method, path);
    if (mischief === 'kill') return void request.socket.destroy();
    if (mischief === 'hang') return;
    if (typeof mischief === 'number') return void response.writeHead(mischief).end();
    if (method === 'PUT') return this.#put(request, path, response);
    const found = mischief === 'garbage' ? Buffer.from('<html>Welcome</html>') : this.objects.get(path);
    if (found === undefined) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${found.length - 1}/${found.length}` };
    const body = found.subarray(from);
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': body.length, ...range });
    if (method === 'HEAD') return void response.end();
    if (mischief === 'cut') {
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
      return;
    }
    if (mischief === 'drip') {
      for (const byte of body) {
        if (response.destroyed) return;
        response.write(Buffer.of(byte));
        await sleep(50);
      }
    }
    response.end(mischief === 'drip' ? undefined : body);
  }

  async #put(request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const there = this.objects.has(path) && request.headers['if-none-match'] === '*';
    if (!there) this.objects.set(path, Buffer.concat(chunks));
    response.writeHead(there ? 412 : 201).end();
  }
}
