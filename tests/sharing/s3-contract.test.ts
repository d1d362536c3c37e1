import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { HttpStore } from '../../src/engine/sharing/remote/http.js';
import { RemoteFailure, type Body, type Place } from '../../src/engine/sharing/remote/objects.js';
import { openRemote } from '../../src/engine/sharing/remote/open.js';
import { s3Account, s3Address, s3Signing } from '../../src/engine/sharing/remote/s3.js';
import type { Remote } from '../../src/engine/sharing/remote/transfer.js';
import { sha256 } from '../../src/foundation/files/digest.js';
import { blobStoreContract } from '../engine/artifacts/contract.js';
import { exampleRecord } from '../engine/artifacts/example.js';
import { scratch } from '../engine/artifacts/scratch.js';
import { value } from '../engine/artifacts/value.js';
import { basename } from 'node:path';

interface Answer {
  readonly method: string;
  readonly range?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const FIXTURE = new URL('../../../tests/sharing/fixtures/s3-answers.json', import.meta.url);
const DATA = Buffer.from('alpha beta');
const PLACE: Place = { room: 'cas', digest: sha256(DATA) };
const BODY: Body = { bytes: DATA.length, digest: PLACE.digest, open: () => Readable.from([DATA]) };
const { signal } = new AbortController();

describe('the answers that a real S3 server gave', () => {
  const { answers } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as { readonly answers: readonly Answer[] };
  const asked: { method: string; path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const answer = answers[asked.length]!;
    asked.push({ method, path, headers });
    request.resume().on('end', () => {
      response.writeHead(answer.status, answer.headers).end(method === 'HEAD' ? undefined : answer.body);
    });
  });
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  after(() => server.close());

  it('are understood: missing, whole, ranged, written, refused', async () => {
    const store = (bucket = 'bucket'): HttpStore => {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const account = s3Account({
        AWS_ACCESS_KEY_ID: 'A',
        AWS_SECRET_ACCESS_KEY: 'B',
        AWS_ENDPOINT_URL_S3: endpoint,
      })!;
      return new HttpStore(s3Address(bucket, 'rec', account), { authorize: s3Signing(account) });
    };
    const text = async (from: number): Promise<string | undefined> => {
      const stream = await store().read(PLACE, from, signal);
      if (stream === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    const failsAs = (kind: RemoteFailure['kind']) => (error: unknown) =>
      error instanceof RemoteFailure && error.kind === kind;
    assert.equal(await store().size(PLACE, signal), undefined);
    assert.equal(await text(0), undefined);
    assert.equal(await store().write(PLACE, BODY, signal), 'written');
    assert.equal(await store().size(PLACE, signal), DATA.length);
    assert.equal(await text(0), 'alpha beta');
    assert.equal(await text(6), 'beta');
    assert.equal(
      await store().write(PLACE, BODY, signal),
      'written',
      'it does not know If-None-Match, and stays the same',
    );
    await assert.rejects(text(0), failsAs('refused'));
    await assert.rejects(store('nobucket').write(PLACE, BODY, signal), failsAs('broken'));
    assert.deepEqual(
      asked.map(({ method, headers: { range } }) => ({ method, ...(range === undefined ? {} : { range }) })),
      answers.map(({ method, range }) => ({ method, ...(range === undefined ? {} : { range }) })),
    );
    assert.ok(asked.every(({ path }, i) => path === `/${i === 8 ? 'nobucket' : 'bucket'}/rec/cas/${PLACE.digest}`));
  });
});

/** `FX_TEST_S3=bucket` with AWS_ENDPOINT_URL_S3 and keys: the contracts against a server that runs. */
const BUCKET = process.env.FX_TEST_S3;

(BUCKET === undefined ? describe.skip : describe)('a bucket of a running S3 server', () => {
  const open = (at: string): Remote => value(openRemote(`s3://${BUCKET!}/${basename(at)}`, '/', process.env));
  blobStoreContract('the bucket', (at) => open(at).blobs);
  const fresh = scratch();

  it('keeps a result of its first writer, and tells a later one', async () => {
    // Of several at the same moment only a server that knows If-None-Match keeps the first.
    const [one, two] = [exampleRecord('one'), { ...exampleRecord('one'), duration: 9 }];
    const at = fresh();
    assert.deepEqual(value(await open(at).results.publish(one)), one);
    assert.deepEqual(value(await open(at).results.publish(two)), one);
    assert.deepEqual(await open(at).results.find(one.key), { record: one, warnings: [] });
  });
});
